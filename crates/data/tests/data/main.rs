//! The crate from outside, in one binary, so that it is linked once.

mod bounds;
mod cases;
mod common;
mod data_files;
mod layouts;
mod published;
