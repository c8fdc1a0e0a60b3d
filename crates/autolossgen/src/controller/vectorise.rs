//! Compiles plain loops for the vectors of the processor at hand, without unsafe code.

/// A function whose body is compiled for each instruction set that `pulp` knows; the processor's best is called. Results
/// are equal to the bit on each: no operation is fused and sums have one order.
macro_rules! vectorised {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name($($arg: $type),*) {
            #[inline(always)]
            fn body($($arg: $type),*) $body
            pulp::Arch::new().dispatch(
                #[inline(always)]
                move || {
                    // Moved out, so that the closure is `FnOnce` and no more: called through `FnMut` it is not inlined.
                    let ($($arg,)*) = ($($arg,)*);
                    body($($arg),*)
                },
            );
        }
    };
}
pub(super) use vectorised;
