//! The instruction sets that the hot loops are compiled for.

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
/// no operation is fused and sums have one order. Types beside the vectors are handed on, so that each combination is a
/// function of its own, small enough for its loops to keep what they need in registers.
///
/// Panics when the processor does not have the instruction set.
macro_rules! for_each_instruction_set {
    (
        $(#[$doc:meta])*
        fn $name:ident $(<$($of:ident : $bound:path),*>)? => $body:ident ( $($arg:ident : $type:ty),* $(,)? ) $(-> $result:ty)?
    ) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        pub(crate) fn $name $(<$($of: $bound),*>)? (
            set: $crate::kernel::instruction_set::InstructionSet, $($arg: $type),*
        ) $(-> $result)? {
            assert!(set.is_available(), "the processor has no {set:?}");
            use $crate::kernel::simd::Portable;
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::kernel::{instruction_set::InstructionSet, simd::{Avx2, Avx512}};
                #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
                #[allow(clippy::too_many_arguments)]
                fn with_avx512 $(<$($of: $bound),*>)? (simd: Avx512, $($arg: $type),*) $(-> $result)? {
                    $body::<Avx512 $(, $($of),*)?>(simd, $($arg),*)
                }
                #[target_feature(enable = "avx2")]
                #[allow(clippy::too_many_arguments)]
                fn with_avx2 $(<$($of: $bound),*>)? (simd: Avx2, $($arg: $type),*) $(-> $result)? {
                    $body::<Avx2 $(, $($of),*)?>(simd, $($arg),*)
                }
                match set {
                    // SAFETY: the processor has just said that it has these instructions.
                    InstructionSet::Avx512 => return unsafe { with_avx512 $(::<$($of),*>)? (Avx512::new(), $($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { with_avx2 $(::<$($of),*>)? (Avx2::new(), $($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            $body::<Portable $(, $($of),*)?>(Portable, $($arg),*)
        }
    };
}
pub(crate) use for_each_instruction_set;
