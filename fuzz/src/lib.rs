//! What holds for any input, one function a reader: the fuzz targets call them, and so does a plain test over the corpus.

mod checkpoint;
mod config;
mod data;
mod formula;
mod journal;
mod scratch;

pub use checkpoint::checkpoint;
pub use config::config;
pub use data::{containers, folder, json, parquet, table};
pub use formula::formula;
pub use journal::journal;
