//! Scores of users and items, row by row: what a recommender lists, or says of given pairs.

use std::fmt::Write;

/// Rows of user, item, their rank in the user's list where it is one, and score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores<'a> {
    /// Ids of users, shape (n,)
    pub users: Vec<&'a str>,
    /// Ids of items, shape (n,)
    pub items: Vec<&'a str>,
    /// Ranks from 1, shape (n,); `None` of pairs
    pub ranks: Option<Vec<u32>>,
    /// Scores, shape (n,)
    pub scores: Vec<f32>,
}

impl Scores<'_> {
    /// The first line of the text of lists and of pairs.
    pub const HEADINGS: [&'static str; 2] = ["user\titem\trank\tscore\n", "user\titem\tscore\n"];

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// Tab-separated text with a heading; an id is in quotes where it has a tab, a quote or a line break. Scores are as short as they
    /// read back to the same 32 bits.
    ///
    /// ```
    /// use autolossgen_data::Scores;
    /// let scores = Scores { users: vec!["ann"], items: vec!["a\tb"], ranks: Some(vec![1]), scores: vec![0.1] };
    /// assert_eq!(scores.to_text(), "user\titem\trank\tscore\nann\t\"a\tb\"\t1\t0.1\n");
    /// ```
    ///
    /// # Panics
    /// When the columns differ in length.
    pub fn to_text(&self) -> String {
        let mut text = Self::HEADINGS[usize::from(self.ranks.is_none())].to_owned();
        for row in 0..self.len() {
            let _ = write!(text, "{}\t{}\t", cell(self.users[row]), cell(self.items[row]));
            if let Some(ranks) = &self.ranks {
                let _ = write!(text, "{}\t", ranks[row]);
            }
            let _ = writeln!(text, "{}", self.scores[row]);
        }
        text
    }

    /// The same as the bytes of a Parquet file: strings, an unsigned rank where there are ranks, single precision.
    ///
    /// # Errors
    /// What the writer of the format refuses.
    ///
    /// # Panics
    /// When the columns differ in length.
    #[cfg(feature = "parquet")]
    pub fn to_parquet(&self) -> std::io::Result<Vec<u8>> {
        use std::sync::Arc;

        use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type};
        use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
        use parquet::schema::parser::parse_message_type;

        fn column<T: DataType>(
            group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
            values: &[T::T],
        ) -> std::io::Result<()> {
            let mut column = group.next_column()?.expect("the schema has as many columns");
            column.typed::<T>().write_batch(values, None, None)?;
            Ok(column.close()?)
        }

        let rank = if self.ranks.is_some() { "required int32 rank (INTEGER(32, false));" } else { "" };
        let schema = format!(
            "message scores {{ required binary user (STRING); required binary item (STRING); {rank} required float score; }}"
        );
        let mut bytes = Vec::new();
        let (schema, properties) = (parse_message_type(&schema)?, crate::predictions::columns::properties());
        let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(properties))?;
        let mut group = file.next_row_group()?;
        let texts = |ids: &[&str]| ids.iter().map(|&id| ByteArray::from(id)).collect::<Vec<_>>();
        column::<ByteArrayType>(&mut group, &texts(&self.users))?;
        column::<ByteArrayType>(&mut group, &texts(&self.items))?;
        if let Some(ranks) = &self.ranks {
            // An unsigned number has the bits of a signed one here.
            column::<Int32Type>(&mut group, &ranks.iter().map(|&rank| rank as i32).collect::<Vec<_>>())?;
        }
        column::<FloatType>(&mut group, &self.scores)?;
        group.close()?;
        file.close()?;
        Ok(bytes)
    }
}

/// An id as a cell of tab-separated text.
fn cell(id: &str) -> String {
    if id.contains(['\t', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    #[test]
    fn parquet_has_what_was_written() {
        let ranks = Some(vec![1, 2]);
        let lists = Scores { users: vec!["u", "ü\t"], items: vec!["1", "2"], ranks, scores: vec![0.5, -1e-30] };
        for scores in [Scores { ranks: None, ..lists.clone() }, lists] {
            let file = SerializedFileReader::new(bytes::Bytes::from(scores.to_parquet().unwrap())).unwrap();
            let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
            let score = if scores.ranks.is_some() { 3 } else { 2 };
            for (row, found) in rows.iter().enumerate() {
                assert_eq!(found.get_string(0).unwrap(), scores.users[row]);
                assert_eq!(found.get_string(1).unwrap(), scores.items[row]);
                assert_eq!(found.get_float(score).unwrap(), scores.scores[row]);
            }
            if let Some(ranks) = &scores.ranks {
                assert_eq!([rows[0].get_uint(2).unwrap(), rows[1].get_uint(2).unwrap()], ranks[..]);
            }
            assert_eq!(rows.len(), scores.len());
        }
        let none = Scores::default().to_parquet().unwrap();
        assert_eq!(
            SerializedFileReader::new(bytes::Bytes::from(none)).unwrap().metadata().file_metadata().num_rows(),
            0
        );
    }
}
