//! Files of every kind that the readers know, and what they say of broken ones.

use std::io::Write;

use autolossgen_data::{
    Columns, DataError, Dataset, LoadOptions, ReadOptions, SplitRule, describe, load, read_ratings, write_split,
};

use crate::common::file;

/// Users a and b, in time: a: 5+ 1- 4+ 5+ 2-; b: 4+ 5+ 1-.
const ROWS: [(&str, &str, u32, u32); 8] = [
    ("a", "x", 5, 900_000_001),
    ("a", "y", 1, 900_000_002),
    ("b", "x", 4, 900_000_003),
    ("a", "z", 4, 900_000_004),
    ("b", "y", 5, 900_000_005),
    ("a", "w", 5, 900_000_006),
    ("b", "z", 1, 900_000_007),
    ("a", "v", 2, 900_000_008),
];

fn table(header: &str, separator: &str) -> String {
    let mut text = if header.is_empty() { String::new() } else { format!("{header}\n") };
    for (user, item, rating, time) in ROWS {
        text += &[user, item, &rating.to_string(), &time.to_string()].join(separator);
        text += "\n";
    }
    text
}

fn load_text(name: &str, content: impl AsRef<[u8]>) -> Result<Dataset, DataError> {
    let (_folder, path) = file(name, content);
    // Validation is one positive and its negatives; these rows have none of the latter, so the division is at random.
    let split = SplitRule::Random([0.5, 0.25, 0.25]);
    load(path.to_str().unwrap(), &LoadOptions { split, seed: 3, ..LoadOptions::default() })
}

fn checksum(name: &str, content: impl AsRef<[u8]>) -> String {
    let (_folder, path) = file(name, content);
    read_ratings(&path, &ReadOptions::default()).unwrap().0.checksum()
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn json_lines() -> String {
    let line = |(user, item, rating, time): (&str, &str, u32, u32)| {
        format!(
            "{{\"reviewerID\": \"{user}\", \"asin\": \"{item}\", \"overall\": {rating}.0, \"unixReviewTime\": {time}, \"reviewText\": \"fine\"}}\n"
        )
    };
    ROWS.map(line).concat()
}

#[test]
fn every_kind_of_file_holds_the_same_rows() {
    let expected = checksum("u.data", table("", "\t"));
    assert_eq!(checksum("ratings.dat", table("", "::")), expected);
    assert_eq!(checksum("ratings.csv", table("userId,movieId,rating,timestamp", ",")), expected);
    assert_eq!(checksum("table.tsv", table("user\titem\trating\ttimestamp", "\t")), expected);
    assert_eq!(
        checksum("some.inter", table("user_id:token\titem_id:token\trating:float\ttimestamp:float", "\t")),
        expected
    );
    assert_eq!(checksum("ratings_Electronics.csv", table("", ",")), expected);
    assert_eq!(checksum("reviews.json", json_lines()), expected);
    assert_eq!(checksum("ratings.csv.gz", gz(&table("userId,movieId,rating,timestamp", ","))), expected);
    assert_eq!(checksum("u.data", table("", "\t").replace('\n', "\r\n")), expected);
}

#[test]
fn columns_can_be_named_and_ids_can_be_quoted() {
    let (_folder, path) = file("odd.csv", "who,what,how,when\n\"a, b\",x,5,1\nc,\"y \"\"z\"\"\",1,2\n");
    let named = |name: &str| Some(name.to_owned());
    let columns = Columns { user: named("who"), item: named("what"), rating: named("how"), timestamp: named("when") };
    let read = |columns: Columns| read_ratings(&path, &ReadOptions { columns, ..ReadOptions::default() });
    assert_eq!(read(columns.clone()).unwrap().0.len(), 2);
    let message = read(Columns { user: named("whom"), ..columns }).unwrap_err().to_string();
    assert!(message.contains("data.user_column = 'whom': there is no such column (did you mean 'who'?)"), "{message}");
    let message = read(Columns::default()).unwrap_err().to_string();
    assert!(
        message.contains("no column looks like the user, the item or the rating: set data.user_column"),
        "{message}"
    );
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_files_are_read() {
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ratings.parquet");
    let schema = "message ratings { required binary user_id (UTF8); required int64 item_id; required double rating; required int64 timestamp; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(std::fs::File::create(&path).unwrap(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let users: Vec<ByteArray> = ["a", "b", "a"].map(ByteArray::from).to_vec();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&users, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[7, 8, 9], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[5.0, 1.0, 3.5], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[10, 11, 12], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let (ratings, _) = read_ratings(&path, &ReadOptions::default()).unwrap();
    let text = "user\titem\trating\ttime\na\t7\t5\t10\nb\t8\t1\t11\na\t9\t3.5\t12\n";
    assert_eq!(ratings.checksum(), checksum("a.tsv", text));
    std::fs::write(&path, "PAR1").unwrap();
    assert!(
        read_ratings(&path, &ReadOptions::default()).unwrap_err().to_string().contains("not a readable Parquet file")
    );
}

#[test]
fn a_written_split_reads_back() {
    let dataset = load("synthetic", &LoadOptions::default()).unwrap();
    let (info, checksum) = (describe(&dataset), dataset.checksum.clone());
    assert_eq!((info.users, info.items, info.positive + info.negative), (943, 1682, 100_000));
    let folder = tempfile::tempdir().unwrap();
    write_split(dataset, folder.path()).unwrap();
    let again = load(folder.path().to_str().unwrap(), &LoadOptions::default()).unwrap();
    assert_eq!(again.checksum, checksum);
    let refused = write_split(again, folder.path()).unwrap_err().to_string();
    assert!(refused.contains("the folder is not empty"), "{refused}");
}

/// The message, after the path of the file.
fn refusal(name: &str, content: &str) -> String {
    let message = load_text(name, content).unwrap_err().to_string();
    message.split_once(name).map_or(message.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let header = "user,item,rating,timestamp\n";
    let csv = |rows: &str| refusal("ratings.csv", &format!("{header}{rows}"));
    assert_eq!(refusal("ratings.csv", ""), ": the file has no rows: at least one rating is needed");
    assert_eq!(csv(""), ": the file has no rows: at least one rating is needed");
    assert!(csv("a,x\n").starts_with(", line 2: 2 fields where at least 4 are needed: mend the line"));
    let number = "a finite number is needed, or true or false, yes or no, like or dislike";
    assert_eq!(csv("a,x,good,1\n"), format!(", line 2: the rating 'good' is no number: {number}"));
    assert_eq!(
        csv("a,x,5,1\nb,x,NaN,1\n"),
        ", line 3: the rating is 'NaN': 1 of 2 rows (50.0%) have no user, no item or no rating, more than data.max_missing = 0.05; fill them in, or raise it to drop the rows"
    );
    let time = "set data.timestamp_column to another column, or to none";
    assert!(
        csv("a,x,5,yesterday\n").starts_with(", line 2: the timestamp 'yesterday' is no finite number and no date")
    );
    assert_eq!(csv("a,x,5,\n"), format!(", line 2: the timestamp is missing: {time}"));
    assert_eq!(
        csv("a,x,5,1\nb,y,1,2015-04-13\n"),
        format!(", line 3: the timestamp '2015-04-13' is a date, and others are numbers: {time}")
    );
    for (one, other) in [("20150413", "1428905600"), ("1428905600", "20150413"), ("1428905600000", "1428905600")] {
        let said = csv(&format!("a,x,5,{one}\nb,y,1,{other}\n"));
        assert!(said.starts_with(", line 3: the timestamp counts in another unit than others"), "{said}");
    }
    assert!(csv(",x,5,1\n").starts_with(
        ", line 2: the user is empty: 1 of 1 rows (100.0%) have no user, no item or no rating, more than"
    ));
    assert!(csv("a,x,5,1\nb,y,1,2,more\n").starts_with(", line 3: 5 fields where the header names 4: quote fields"));
    assert!(csv("a,x,True,1\nb,y,4,2\n").starts_with(", line 2: the rating 'True' is a word, and others are numbers"));
    assert!(csv("a,x,\"4,500\",1\n").starts_with(", line 2: the rating '4,500' has a comma, which may stand before"));
    assert!(refusal("u.data", "1\t2\n").contains("implicit feedback"));
    assert!(csv("a,x,5,1\nb,x,5,1\n").contains("every one of the 2 rows is positive under rating > 3"));
    assert!(refusal("notes.doc", "x").starts_with(", line 1: the line 'x' is not divided into columns by a comma"));
    assert!(refusal("a.csv", "SQLite format 3\0 and more").contains("this is an SQLite database, which is not read"));
    assert!(refusal("a.csv", "a\0b").contains("this is no text: it has bytes of zero"));
    let missing = load("ml-100", &LoadOptions::default()).unwrap_err().to_string();
    assert!(
        missing.contains("there is no file, folder or named dataset 'ml-100' (did you mean 'ml-100k'?)"),
        "{missing}"
    );
}

#[test]
fn a_folder_needs_files_to_train_and_to_test() {
    let (folder, _) = file("d.train.csv", "uid\tiid\tlabel\n1\t2\t1\n");
    let message = load(folder.path().to_str().unwrap(), &LoadOptions::default()).unwrap_err().to_string();
    assert!(message.contains("the test file is missing: train and test are needed"), "{message}");
}
