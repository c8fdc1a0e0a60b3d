//! The embeddings of a recommender as a score compares them.

use super::hyperparameters::{SHORTEST, Similarity};
use crate::kernel::table::Table;

/// Rows of each table, of `dimension` numbers; under the cosine at length 1.
pub(super) fn of_tables(tables: [&Table; 2], dimension: usize, similarity: Similarity) -> [Vec<f32>; 2] {
    tables.map(|table| {
        let rows = table.rows.chunks_exact(table.stride).map(|row| &row[..dimension]);
        rows.flat_map(|row| {
            let length = row.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
            let by = match similarity {
                Similarity::Inner => 1.0,
                Similarity::Cosine if length < SHORTEST => 0.0,
                Similarity::Cosine => 1.0 / length,
            };
            row.iter().map(move |weight| weight * by)
        })
        .collect()
    })
}
