//! What recommenders predicted, row by row, as a file from which every metric can be computed again.
//!
//! One row a prediction, with the columns loss, seed, part (validation or test), user, item, label and logit; ids as they are in
//! the data. Text is tab-separated, with numbers as short as they read back to the same 32 bits.

#[cfg(feature = "parquet")]
pub(crate) mod columns;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use autolossgen_recsys::Interactions;

use crate::error::DataError;
use crate::file::PartialFile;

/// The predictions of one recommender.
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    /// Name, or the formula's text, of the loss that it was trained with
    pub loss: &'a str,
    /// Seed that it was trained from
    pub seed: u64,
    /// The validation rows, and a logit for each
    pub validation: (&'a Interactions, &'a [f32]),
    /// The test rows, and a logit for each
    pub test: (&'a Interactions, &'a [f32]),
    /// User ids by dense index
    pub user_ids: &'a [String],
    /// Item ids by dense index
    pub item_ids: &'a [String],
}

/// Rows of one part, and where a piece of them begins.
#[derive(Clone, Copy)]
struct Piece<'a> {
    part: &'static str,
    users: &'a [u32],
    items: &'a [u32],
    labels: &'a [f32],
    logits: &'a [f32],
}

impl<'a> Predictions<'a> {
    /// Rows of a piece, at the most: what is made of a piece is all that is in memory beside the predictions.
    const PIECE: usize = 1 << 16;

    /// All rows, in order: those of validation, then those of test.
    fn pieces(&self) -> impl Iterator<Item = Piece<'a>> + use<'a> {
        let parts = [("validation", self.validation), ("test", self.test)];
        parts.into_iter().flat_map(|(part, (rows, logits))| {
            let starts = (0..rows.len()).step_by(Self::PIECE);
            starts.map(move |start| {
                let range = start..rows.len().min(start + Self::PIECE);
                let (users, items, labels) = (rows.users(), rows.items(), rows.labels());
                Piece {
                    part,
                    users: &users[range.clone()],
                    items: &items[range.clone()],
                    labels: &labels[range.clone()],
                    logits: &logits[range],
                }
            })
        })
    }
}

/// A file of predictions, to which recommenders come one by one; it is in its place when it is whole.
pub struct PredictionFile {
    path: PathBuf,
    format: Format,
}

enum Format {
    Text(PartialFile),
    #[cfg(feature = "parquet")]
    Parquet(columns::Writer),
}

impl PredictionFile {
    /// A file without a prediction: Parquet where the name ends in .parquet, tab-separated text where it ends in .tsv, .tab or
    /// .txt.
    ///
    /// # Errors
    /// A file that exists or cannot be written; a name that says something else.
    pub fn create(path: &Path) -> Result<Self, DataError> {
        if path.exists() {
            return Err(DataError::file(path, "the file exists: choose another name"));
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let open = || PartialFile::create(path).map_err(DataError::io("write", path));
        let format = match extension {
            "tsv" | "tab" | "txt" => Format::Text(open()?),
            #[cfg(feature = "parquet")]
            "parquet" => Format::Parquet(columns::Writer::new(open()?).map_err(DataError::io("write", path))?),
            #[cfg(not(feature = "parquet"))]
            "parquet" => {
                let message = "this build writes no Parquet: build it with the feature 'parquet', or use .tsv";
                return Err(DataError::file(path, message));
            }
            _ => return Err(DataError::file(path, "the file type is not known: use .parquet, .tsv, .tab or .txt")),
        };
        let mut file = Self { path: path.to_owned(), format };
        file.begin().map_err(DataError::io("write", path))?;
        Ok(file)
    }

    fn begin(&mut self) -> io::Result<()> {
        match &mut self.format {
            Format::Text(file) => text::write_header(file),
            #[cfg(feature = "parquet")]
            Format::Parquet(_) => Ok(()),
        }
    }

    /// Appends the predictions of a recommender.
    ///
    /// # Errors
    /// What the operating system refuses.
    ///
    /// # Panics
    /// When rows and logits differ in number, or an index has no id.
    pub fn write(&mut self, predictions: &Predictions<'_>) -> Result<(), DataError> {
        for (rows, logits) in [predictions.validation, predictions.test] {
            assert_eq!(rows.len(), logits.len(), "a prediction has one logit a row");
        }
        let written = match &mut self.format {
            Format::Text(file) => text::write(file, predictions),
            #[cfg(feature = "parquet")]
            Format::Parquet(writer) => writer.write(predictions),
        };
        written.map_err(DataError::io("write", &self.path))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn finish(self) -> Result<(), DataError> {
        let finished = match self.format {
            Format::Text(file) => file.commit(),
            #[cfg(feature = "parquet")]
            Format::Parquet(writer) => writer.finish(),
        };
        finished.map_err(DataError::io("write", &self.path))
    }
}

impl std::fmt::Debug for PredictionFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PredictionFile").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of which every piece but the last is full, with labels between 0 and 1 and logits of every size.
    fn rows(n: usize) -> (Interactions, Vec<f32>) {
        let ids: Vec<u32> = (0..n as u32).map(|row| row % 3).collect();
        let labels = (0..n).map(|row| (row % 5) as f32 / 4.0).collect();
        let logits = (0..n).map(|row| f32::from_bits(0x9e37_79b9_u32.wrapping_mul(row as u32 + 1)));
        let logits = logits.map(|logit| if logit.is_finite() { logit } else { -0.0 }).collect();
        (Interactions::new(ids.clone(), ids, labels), logits)
    }

    /// What a file of two recommenders reads back as, by `read`.
    fn written(name: &str, n: usize, read: impl Fn(&Path) -> Vec<[String; 7]>) -> Vec<[String; 7]> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let ids = ["\"a", "7", "é x"].map(str::to_owned);
        let (validation, logits) = rows(n);
        let (test, tested) = rows(2);
        let mut file = PredictionFile::create(&path).unwrap();
        for (loss, seed) in [("bce", 42), ("-(pred) * label", u64::MAX)] {
            let (validation, test) = ((&validation, &logits[..]), (&test, &tested[..]));
            file.write(&Predictions { loss, seed, validation, test, user_ids: &ids, item_ids: &ids }).unwrap();
        }
        assert!(!path.exists(), "half a file is no file");
        file.finish().unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing lies beside it");
        let found = read(&path);
        assert_eq!(found.len(), 2 * (n + 2));
        for (row, logit) in logits.iter().enumerate() {
            assert_eq!(found[row][..3], ["bce", "42", "validation"]);
            assert_eq!((&found[row][3], &found[row][4]), (&ids[row % 3], &ids[row % 3]));
            assert_eq!(found[row][5].parse(), Ok((row % 5) as f32 / 4.0));
            assert_eq!(found[row][6].parse::<f32>().unwrap().to_bits(), logit.to_bits(), "{logit:?}");
        }
        assert_eq!(found[n + 1][..3], ["bce", "42", "test"]);
        assert_eq!(found[n + 2][..3], ["-(pred) * label", "18446744073709551615", "validation"]);
        found
    }

    fn read_text(path: &Path) -> Vec<[String; 7]> {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("loss\tseed\tpart\tuser\titem\tlabel\tlogit"));
        let field = |field: &str| match field.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"').unwrap().replace("\"\"", "\""),
            None => field.to_owned(),
        };
        lines.map(|line| line.split('\t').map(field).collect::<Vec<_>>().try_into().unwrap()).collect()
    }

    #[test]
    fn text_reads_back_to_the_bit() {
        written("a.tsv", 20, read_text);
        written("a.txt", 1, read_text);
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_reads_back_to_the_bit_and_has_the_rows_of_the_text() {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        use parquet::record::Field;
        let read = |path: &Path| {
            let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
            let text = |field: &Field| match field {
                Field::Str(text) => text.clone(),
                Field::Float(value) => format!("{value:?}"),
                other => other.to_string(),
            };
            let row = |row: parquet::record::Row| {
                row.get_column_iter().map(|(_, field)| text(field)).collect::<Vec<_>>().try_into().unwrap()
            };
            reader.get_row_iter(None).unwrap().map(|found| row(found.unwrap())).collect::<Vec<[String; 7]>>()
        };
        let more_than_a_piece = Predictions::PIECE + 3;
        let found = written("a.parquet", more_than_a_piece, read);
        let number = |rows: Vec<[String; 7]>| {
            rows.into_iter().map(|mut row| {
                row[5] = format!("{:?}", row[5].parse::<f32>().unwrap());
                row
            })
        };
        assert!(number(found).eq(number(written("a.tsv", more_than_a_piece, read_text))));
    }

    #[test]
    fn what_cannot_be_a_file_of_predictions_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |name: &str| PredictionFile::create(&folder.path().join(name)).unwrap_err().to_string();
        assert!(refusal("a.csv").ends_with("a.csv: the file type is not known: use .parquet, .tsv, .tab or .txt"));
        assert!(refusal("none/a.tsv").contains("cannot write"));
        std::fs::write(folder.path().join("b.tsv"), "mine").unwrap();
        assert!(refusal("b.tsv").ends_with("b.tsv: the file exists: choose another name"));
        drop(PredictionFile::create(&folder.path().join("c.tsv")).unwrap());
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left of a file that was not finished");
    }
}
