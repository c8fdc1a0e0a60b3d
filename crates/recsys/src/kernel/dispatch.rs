//! One function for each instruction set, and the choice among them.

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
