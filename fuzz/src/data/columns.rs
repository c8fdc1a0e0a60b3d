//! A table as Parquet, in the types and codecs that programs write.

use std::sync::Arc;

use autolossgen::data::ReadOptions;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::choices::Choices;
use super::damage;
use super::made::{IDS, Made, Rated, Row, Timed};
use super::text::{ITEMS, RATINGS, TIMES, USERS, Written};

/// Values of a column; `None` is null.
enum Values {
    Int32(Vec<Option<i32>>),
    Int64(Vec<Option<i64>>),
    Int96(Vec<Option<Int96>>),
    Float(Vec<Option<f32>>),
    Double(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
    Bytes(Vec<Option<ByteArray>>),
    Fixed(Vec<Option<FixedLenByteArray>>),
}

struct Column {
    name: &'static str,
    /// Its type, as a schema writes it before and behind the name.
    kind: [&'static str; 2],
    values: Values,
    is_optional: bool,
}

pub fn write(choices: &mut Choices<'_>) -> Written {
    let rated =
        choices.of(&[Rated::Whole, Rated::Halves, Rated::Labels, Rated::No, Rated::Ten, Rated::Words(&["no", "yes"])]);
    let timed = choices.of(&[Timed::Seconds, Timed::No, Timed::Date, Timed::Zulu, Timed::Fraction, Timed::Millis]);
    let kinds = [0, 1].map(|_| choices.below(IDS));
    let mut made = Made::with(choices, rated, timed, kinds);
    let mut options = ReadOptions::default();
    let mut columns = vec![
        ids(choices, &mut made.rows, USERS, |row| &mut row.user),
        ids(choices, &mut made.rows, ITEMS, |row| &mut row.item),
    ];
    if made.is_rated {
        columns.push(ratings(choices, &made, rated));
    }
    if made.is_timed {
        columns.push(times(choices, &mut made, timed));
    }
    if choices.once_in(2) {
        let titles = made.rows.iter().map(|row| row.item.as_bytes().to_vec().into());
        columns.push(column("title", ["BYTE_ARRAY", "(STRING)"], Values::Bytes(titles.map(Some).collect())));
    }
    nulls(choices, &mut made.rows, &mut columns, &mut options);
    for at in (1..columns.len()).rev() {
        columns.swap(at, choices.below(at + 1));
    }
    let per_group = if choices.once_in(3) { 1 + choices.below(20) } else { usize::MAX };
    let mut bytes = file(choices, &columns, made.cells.len(), per_group);
    let is_damaged = choices.once_in(2);
    if is_damaged {
        damage::bytes(choices, &mut bytes);
    }
    Written { bytes, options, expected: (!is_damaged).then_some(made.rows) }
}

fn column(name: &'static str, kind: [&'static str; 2], values: Values) -> Column {
    Column { name, kind, values, is_optional: false }
}

/// A column of ids; `id` is where a row has its own.
fn ids(
    choices: &mut Choices<'_>,
    rows: &mut [Row],
    names: [&'static str; 12],
    id: fn(&mut Row) -> &mut String,
) -> Column {
    // A type writes what RecBole does into another place.
    let name = choices.of(&names[..8]);
    let ids: Vec<String> = rows.iter_mut().map(|row| id(row).clone()).collect();
    let signed: Option<Vec<i64>> = ids.iter().map(|id| whole(id)).collect();
    let unsigned: Option<Vec<u64>> =
        ids.iter().map(|id| id.parse().ok().filter(|n: &u64| n.to_string() == *id)).collect();
    match (choices.below(6), signed, unsigned) {
        (0, Some(ids), _) if ids.iter().all(|&id| i32::try_from(id).is_ok()) => {
            let kind = if ids.iter().all(|&id| (0..128).contains(&id)) { "(INTEGER(8,true))" } else { "" };
            column(name, ["INT32", kind], Values::Int32(ids.into_iter().map(|id| Some(id as i32)).collect()))
        }
        (1, Some(ids), _) if ids.iter().all(|&id| id.unsigned_abs() < 1 << 53) => {
            column(name, ["DOUBLE", ""], Values::Double(ids.into_iter().map(|id| Some(id as f64)).collect()))
        }
        (2 | 3, _, Some(ids)) => column(
            name,
            ["INT64", "(INTEGER(64,false))"],
            Values::Int64(ids.into_iter().map(|id| Some(id as i64)).collect()),
        ),
        (_, Some(ids), _) => column(name, ["INT64", ""], Values::Int64(ids.into_iter().map(Some).collect())),
        // 16 bytes that are no text.
        (0, ..) => {
            let bytes = |id: &String| {
                let byte = |at: usize| if at == 0 { 0xff } else { id.as_bytes()[at % id.len()] };
                (0..16).map(byte).collect::<Vec<u8>>()
            };
            let all: Vec<Vec<u8>> = ids.iter().map(bytes).collect();
            for (row, bytes) in rows.iter_mut().zip(&all) {
                *id(row) = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            }
            column(
                name,
                ["FIXED_LEN_BYTE_ARRAY(16)", ""],
                Values::Fixed(all.into_iter().map(|bytes| Some(ByteArray::from(bytes).into())).collect()),
            )
        }
        (kind, ..) => {
            let kind = if kind == 1 { "" } else { "(STRING)" };
            column(
                name,
                ["BYTE_ARRAY", kind],
                Values::Bytes(ids.iter().map(|id| Some(id.as_bytes().to_vec().into())).collect()),
            )
        }
    }
}

/// A number that is written as `id`.
fn whole(id: &str) -> Option<i64> {
    id.parse().ok().filter(|n: &i64| n.to_string() == id)
}

fn ratings(choices: &mut Choices<'_>, made: &Made, rated: Rated) -> Column {
    let name = choices.of(&RATINGS[..8]);
    let values = || made.rows.iter().map(|row| row.rating);
    let is_whole = values().all(|value| value.fract() == 0.0);
    let hundredths = || values().map(|value| Some((value * 100.0) as i32));
    match (choices.below(9), rated) {
        (0, Rated::Labels | Rated::Words(_)) => {
            column(name, ["BOOLEAN", ""], Values::Bool(values().map(|value| Some(value == 1.0)).collect()))
        }
        (1, _) if is_whole => {
            column(name, ["INT32", ""], Values::Int32(values().map(|value| Some(value as i32)).collect()))
        }
        (2, _) if is_whole => {
            column(name, ["INT64", ""], Values::Int64(values().map(|value| Some(value as i64)).collect()))
        }
        (3, _) => column(name, ["FLOAT", ""], Values::Float(values().map(|value| Some(value as f32)).collect())),
        (4, _) => column(name, ["INT32", "(DECIMAL(9,2))"], Values::Int32(hundredths().collect())),
        (5, _) => {
            let bytes = hundredths().map(|n| n.map(|n| ByteArray::from(n.to_be_bytes().to_vec())));
            column(name, ["BYTE_ARRAY", "(DECIMAL(10,2))"], Values::Bytes(bytes.collect()))
        }
        (6, _) => {
            let text = made.cells.iter().map(|cells| Some(cells.rating.as_bytes().to_vec().into()));
            column(name, ["BYTE_ARRAY", "(STRING)"], Values::Bytes(text.collect()))
        }
        (7, _) if values().all(|value| value < 1.0) => {
            column(name, ["INT32", "(DECIMAL(2,2))"], Values::Int32(hundredths().collect()))
        }
        _ => column(name, ["DOUBLE", ""], Values::Double(values().map(Some).collect())),
    }
}

fn times(choices: &mut Choices<'_>, made: &mut Made, timed: Timed) -> Column {
    let name = choices.of(&TIMES[..6]);
    let seconds: Vec<f64> = made.rows.iter().map(|row| row.time.expect("the table has times")).collect();
    let scaled = |by: f64| Values::Int64(seconds.iter().map(|time| Some((time * by) as i64)).collect());
    let is_date = timed == Timed::Date;
    match choices.below(8) {
        0 if timed != Timed::Millis => column(name, ["INT64", "(TIMESTAMP(MILLIS,true))"], scaled(1e3)),
        1 if timed != Timed::Millis => column(name, ["INT64", "(TIMESTAMP(MICROS,false))"], scaled(1e6)),
        2 if timed != Timed::Millis => {
            made.rows.iter_mut().for_each(|row| row.time = row.time.map(|time| time * 1e9));
            column(name, ["INT64", "(TIMESTAMP(NANOS,true))"], scaled(1e9))
        }
        3 if is_date => column(
            name,
            ["INT32", "(DATE)"],
            Values::Int32(seconds.iter().map(|time| Some((time / 86_400.0) as i32)).collect()),
        ),
        4 if timed != Timed::Millis => {
            let int96 = |time: &f64| {
                let (days, nanos) = ((time / 86_400.0).floor(), time.rem_euclid(86_400.0) * 1e9);
                let nanos = nanos as u64;
                let mut value = Int96::new();
                value.set_data(nanos as u32, (nanos >> 32) as u32, (days as i64 + 2_440_588) as u32);
                Some(value)
            };
            column(name, ["INT96", ""], Values::Int96(seconds.iter().map(int96).collect()))
        }
        5 => {
            let text = made.cells.iter().map(|cells| Some(cells.time.as_bytes().to_vec().into()));
            column(name, ["BYTE_ARRAY", "(STRING)"], Values::Bytes(text.collect()))
        }
        _ => column(name, ["DOUBLE", ""], Values::Double(seconds.iter().copied().map(Some).collect())),
    }
}

/// Nulls: rows without an id are dropped, those without a rating or a time refused.
fn nulls(choices: &mut Choices<'_>, rows: &mut Vec<Row>, columns: &mut [Column], options: &mut ReadOptions) {
    columns.iter_mut().for_each(|column| column.is_optional = choices.once_in(2));
    if !choices.once_in(4) {
        return;
    }
    let at = choices.below(columns.len());
    columns[at].is_optional = true;
    options.max_missing = 1.0;
    let row = choices.below(rows.len());
    columns[at].values.lose(row);
    match (at, columns[at].name) {
        (0 | 1, _) => drop(rows.remove(row)),
        (_, "title") => {}
        (_, name) if TIMES.contains(&name) => rows[row].time = Some(f64::NAN),
        _ => rows[row].rating = f64::NAN,
    }
}

impl Values {
    fn lose(&mut self, row: usize) {
        match self {
            Self::Int32(values) => values[row] = None,
            Self::Int64(values) => values[row] = None,
            Self::Int96(values) => values[row] = None,
            Self::Float(values) => values[row] = None,
            Self::Double(values) => values[row] = None,
            Self::Bool(values) => values[row] = None,
            Self::Bytes(values) => values[row] = None,
            Self::Fixed(values) => values[row] = None,
        }
    }

    fn write(&self, rows: std::ops::Range<usize>, is_optional: bool, writer: &mut SerializedColumnWriter<'_>) {
        match self {
            Self::Int32(values) => batch::<Int32Type>(&values[rows], is_optional, writer),
            Self::Int64(values) => batch::<Int64Type>(&values[rows], is_optional, writer),
            Self::Int96(values) => batch::<Int96Type>(&values[rows], is_optional, writer),
            Self::Float(values) => batch::<FloatType>(&values[rows], is_optional, writer),
            Self::Double(values) => batch::<DoubleType>(&values[rows], is_optional, writer),
            Self::Bool(values) => batch::<BoolType>(&values[rows], is_optional, writer),
            Self::Bytes(values) => batch::<ByteArrayType>(&values[rows], is_optional, writer),
            Self::Fixed(values) => batch::<FixedLenByteArrayType>(&values[rows], is_optional, writer),
        }
    }
}

fn batch<T: DataType>(values: &[Option<T::T>], is_optional: bool, writer: &mut SerializedColumnWriter<'_>) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let there: Vec<T::T> = values.iter().flatten().cloned().collect();
    let levels = is_optional.then_some(levels.as_slice());
    writer.typed::<T>().write_batch(&there, levels, None).expect("the values fit their type");
}

/// A file with these columns.
fn file(choices: &mut Choices<'_>, columns: &[Column], n_rows: usize, per_group: usize) -> Vec<u8> {
    let field = |column: &Column| {
        let repetition = if column.is_optional { "OPTIONAL" } else { "REQUIRED" };
        format!("{repetition} {} {} {};", column.kind[0], column.name.replace([' ', ':'], "_"), column.kind[1])
    };
    let fields: String = columns.iter().map(field).collect();
    let schema = parse_message_type(&format!("message schema {{ {fields} }}")).expect("the schema is one");
    let codec = choices.of(&[
        Compression::SNAPPY,
        Compression::UNCOMPRESSED,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
    ]);
    let version = choices.of(&[WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0]);
    let packed = choices.of(&[Encoding::PLAIN, Encoding::PLAIN, Encoding::PLAIN, Encoding::DELTA_BYTE_ARRAY]);
    let mut properties = WriterProperties::builder()
        .set_compression(codec)
        .set_writer_version(version)
        .set_dictionary_enabled(choices.once_in(2))
        .set_data_page_row_count_limit(if choices.once_in(3) { 7 } else { 20_000 })
        .set_write_batch_size(if choices.once_in(3) { 3 } else { 1024 });
    // The second version packs texts as deltas unless told otherwise.
    for column in columns.iter().filter(|column| column.kind[0] == "BYTE_ARRAY") {
        properties = properties.set_column_encoding(column.name.replace([' ', ':'], "_").as_str().into(), packed);
    }
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build()))
        .expect("memory can be written");
    let mut start = 0;
    while start < n_rows {
        let end = start.saturating_add(per_group).min(n_rows);
        let mut group = writer.next_row_group().expect("memory can be written");
        for column in columns {
            let mut one = group.next_column().expect("memory can be written").expect("a column of the schema");
            column.values.write(start..end, column.is_optional, &mut one);
            one.close().expect("memory can be written");
        }
        group.close().expect("memory can be written");
        start = end;
    }
    writer.into_inner().expect("memory can be written")
}
