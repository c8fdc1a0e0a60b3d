//! Recommenders that are no loss, from the positives of training: what a loss has to beat.

mod choose;
mod item_knn;
mod popularity;

pub use choose::{Chosen, choose};
pub use item_knn::{ItemKnn, ItemKnnSettings};
pub use popularity::Popularity;
