//! Predictions as Parquet: a row group for each recommender.

use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::{Piece, Predictions};
use crate::file::PartialFile;

const SCHEMA: &str = "message predictions {
    required binary loss (STRING);
    required int64 seed (INTEGER(64, false));
    required binary part (STRING);
    required binary user (STRING);
    required binary item (STRING);
    required float label;
    required float logit;
}";

/// How every Parquet file of this crate is written.
pub(crate) fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("autolossgen ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
}

/// A file that is written recommender by recommender, and column by column within each.
pub(super) struct Writer(SerializedFileWriter<PartialFile>);

type Group<'a> = SerializedRowGroupWriter<'a, PartialFile>;

impl Writer {
    pub(super) fn new(file: PartialFile) -> io::Result<Self> {
        let schema = parse_message_type(SCHEMA)?;
        Ok(Self(SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties()))?))
    }

    pub(super) fn write(&mut self, predictions: &Predictions<'_>) -> io::Result<()> {
        let Predictions { loss, seed, user_ids, item_ids, .. } = *predictions;
        let mut group = self.0.next_row_group()?;
        let same = |text: &str, n: usize| vec![ByteArray::from(text); n];
        let ids = |names: &[String], rows: &[u32]| -> Vec<ByteArray> {
            rows.iter().map(|&row| ByteArray::from(names[row as usize].as_str())).collect()
        };
        // An unsigned number has the bits of a signed one here.
        let seed = seed as i64;
        column::<ByteArrayType>(&mut group, predictions, |piece| same(loss, piece.users.len()))?;
        column::<Int64Type>(&mut group, predictions, |piece| vec![seed; piece.users.len()])?;
        column::<ByteArrayType>(&mut group, predictions, |piece| same(piece.part, piece.users.len()))?;
        column::<ByteArrayType>(&mut group, predictions, |piece| ids(user_ids, piece.users))?;
        column::<ByteArrayType>(&mut group, predictions, |piece| ids(item_ids, piece.items))?;
        column::<FloatType>(&mut group, predictions, |piece| piece.labels.to_vec())?;
        column::<FloatType>(&mut group, predictions, |piece| piece.logits.to_vec())?;
        group.close()?;
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.0.into_inner()?.commit()
    }
}

/// Writes the next column of a group, piece by piece.
fn column<T: DataType>(
    group: &mut Group<'_>,
    predictions: &Predictions<'_>,
    values: impl Fn(Piece<'_>) -> Vec<T::T>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.expect("the schema has seven columns");
    for piece in predictions.pieces() {
        column.typed::<T>().write_batch(&values(piece), None, None)?;
    }
    column.close()
}
