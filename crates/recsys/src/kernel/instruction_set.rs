//! The instruction sets that the hot loops are compiled for. AVX-512 takes the vectors of AVX2: rows are short, and what
//! it can add is wider loops in the pass over the loss.

/// One of them. Results are equal to the bit on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    Avx512,
    Avx2,
    Portable,
}

impl InstructionSet {
    /// Every instruction set, the fastest first.
    pub(crate) const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// The fastest that this processor has.
    pub(crate) fn best() -> Self {
        Self::ALL.into_iter().find(|set| set.is_available()).unwrap_or(Self::Portable)
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn is_available(self) -> bool {
        match self {
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
            }
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Portable => true,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn is_available(self) -> bool {
        self == Self::Portable
    }
}

/// Compiles `$body` for every instruction set, with its vectors; the first argument chooses. Results are equal to the bit:
/// no operation is fused and sums have one order.
///
/// Panics when the processor does not have the instruction set.
macro_rules! for_each_instruction_set {
    ($(#[$doc:meta])* fn $name:ident => $body:ident ( $($arg:ident : $type:ty),* ) $(-> $result:ty)?) => {
        $(#[$doc])*
        pub(crate) fn $name(set: $crate::kernel::instruction_set::InstructionSet, $($arg: $type),*) $(-> $result)? {
            assert!(set.is_available(), "the processor has no {set:?}");
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
                fn with_avx512(simd: $crate::kernel::simd::Avx2, $($arg: $type),*) $(-> $result)? {
                    $body(simd, $($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn with_avx2(simd: $crate::kernel::simd::Avx2, $($arg: $type),*) $(-> $result)? {
                    $body(simd, $($arg),*)
                }
                use $crate::kernel::{instruction_set::InstructionSet, simd::Avx2};
                match set {
                    // SAFETY: the processor has just said that it has these instructions, and they include AVX2.
                    InstructionSet::Avx512 => return unsafe { with_avx512(Avx2::new(), $($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { with_avx2(Avx2::new(), $($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            $body($crate::kernel::simd::Portable, $($arg),*)
        }
    };
}
pub(crate) use for_each_instruction_set;
