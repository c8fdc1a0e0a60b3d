//! What the crate promises, from outside: named losses, pointwise and of ranking, against PyTorch, exported code byte for byte, and properties of
//! formulas over random cases (text, canonical form, evaluation, simplification).
//!
//! The random stream is fixed, so that a run either always passes or always fails. `PROPTEST_RNG_SEED` chooses another
//! stream.

mod canonical;
mod derivative;
mod enumerate;
mod export;
mod golden;
mod non_finite;
mod random;
mod ranking;
mod ranking_random;
mod reference;
mod simplified;
mod text;
