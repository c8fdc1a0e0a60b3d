//! The length of a table row, as a constant where it is that of the default d = 64: loops over a row then have no end to
//! look for.

pub(crate) trait Stride: Copy {
    /// Whether the compiler knows it.
    const IS_CONSTANT: bool;

    /// Floats of a row.
    fn floats(self) -> usize;
}

#[derive(Clone, Copy)]
pub(crate) struct SixtyFour;

#[derive(Clone, Copy)]
pub(crate) struct Any(pub(crate) usize);

impl Stride for SixtyFour {
    const IS_CONSTANT: bool = true;

    #[inline(always)]
    fn floats(self) -> usize {
        64
    }
}

impl Stride for Any {
    const IS_CONSTANT: bool = false;

    #[inline(always)]
    fn floats(self) -> usize {
        self.0
    }
}

/// Evaluates `$body` with the [`Stride`] of `$floats` floats as `$name`.
macro_rules! with_stride {
    ($floats:expr, |$name:ident| $body:expr) => {
        match $floats {
            64 => {
                let $name = $crate::kernel::stride::SixtyFour;
                $body
            }
            floats => {
                let $name = $crate::kernel::stride::Any(floats);
                $body
            }
        }
    };
}
pub(crate) use with_stride;
