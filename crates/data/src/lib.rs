//! Rating data: from any file that people have to train, validation and test rows.
//!
//! [`read`] understands a file or a folder and says how, in a [`Schema`] and a [`Profile`]; [`Table::divide`] makes labels and
//! parts of it. [`load`] does both.

mod archive;
mod dataset;
mod duplicates;
mod error;
pub mod fetch;
pub mod file;
mod histories;
mod implicit;
mod info;
mod k_core;
mod labels;
mod named;
mod noise;
mod options;
mod parts;
mod predictions;
mod printable;
mod profile;
mod published;
mod ratings;
mod read;
mod scores;
mod split;
pub mod synth;
mod table;
mod turn;
mod write;

pub use archive::read_member;
pub use dataset::Dataset;
pub use error::DataError;
pub use file::write_atomically;
pub use histories::Times;
pub use implicit::RankingDataset;
pub use info::{Detectable, Info, describe};
pub use named::NamedData;
pub use noise::{FlipCount, Flips, LabelNoise};
pub use options::{Columns, Duplicates, HeaderRule, LabelRule, LoadOptions, ReadOptions, SeparatorRule};
pub use predictions::{PredictionFile, Predictions};
pub use printable::{is_printable, printable, printable_lines};
pub use profile::{Order, Profile, Scale, Suggestion};
pub use published::Ml100kSplit;
pub use ratings::Ratings;
pub use read::{Column, Compression, Kind, Rule, Schema, read_ratings};
pub use scores::Scores;
pub use split::{SplitKind, SplitRule};
pub use table::{Table, divide, load, load_positives, load_with_notes, pairs, read};
pub use write::{write_ratings, write_split};
