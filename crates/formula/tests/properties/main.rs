//! Properties of formulas over random cases: text, canonical form, evaluation.
//!
//! The random stream is fixed, so that a run either always passes or always fails. Set `PROPTEST_RNG_SEED` to walk
//! another one.

mod canonical;
mod derivative;
mod non_finite;
mod random;
mod reference;
mod simplified;
mod text;
