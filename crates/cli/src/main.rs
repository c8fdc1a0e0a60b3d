//! The autolossgen command line.

fn main() {}
