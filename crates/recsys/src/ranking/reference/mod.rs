//! Recommenders that are no loss, from the positives of training: what a loss has to beat.

mod choose;
mod ease;
mod error;
mod inverse;
mod item_knn;
mod popularity;
mod taken;

pub use choose::{Chosen, choose};
pub use ease::{Ease, EaseSettings};
pub use error::ReferenceError;
pub use item_knn::{ItemKnn, ItemKnnSettings};
pub use popularity::Popularity;
