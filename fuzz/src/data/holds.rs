//! What holds of any file: it is refused in words, or is a table that is what was written, reads back the same and divides.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;

use autolossgen::data::{
    Columns, Dataset, Duplicates, LabelRule, LoadOptions, Ratings, ReadOptions, Schema, SplitRule, divide, read,
    read_ratings, write_ratings, write_split,
};
use autolossgen::formula::{Semantics, resolve};
use autolossgen::recsys::random::stream;
use autolossgen::recsys::{
    BiasedMf, EpochPlans, Hyperparameters, MfOptions, Model, Optimizer, SearchData, Task, Workspace,
};

use super::super::scratch;
use super::made::Row;

const SHARES: [f64; 3] = [0.5, 0.25, 0.25];
/// More rows say nothing new, and take seconds.
const MANY: usize = 4000;

/// One line of words.
pub fn is_said(words: &str) {
    assert!(!words.trim().is_empty() && !words.contains(char::is_control), "{words:?}");
}

/// A file; `expected` are its rows where nothing is wrong with it.
pub fn file(path: &Path, options: &ReadOptions, expected: Option<&[Row]>) {
    let (ratings, schema) = match read_ratings(path, options) {
        Ok(found) => found,
        Err(error) => return is_said(&error.to_string()),
    };
    assert!(!ratings.is_empty() && schema.rows == ratings.len());
    said(&schema);
    if ratings.len() > MANY {
        return;
    }
    let rows = rows(&ratings);
    assert_eq!(rows.len(), ratings.len());
    if let Some(expected) = expected {
        // Rows without a rating are dropped, where they are few.
        let expected: Vec<Row> = expected.iter().filter(|row| !row.rating.is_nan()).cloned().collect();
        is_what_was_written(&rows, &expected, &schema);
    }
    // Not all for every input: many inputs come to the same.
    let number = u8::from_str_radix(&ratings.checksum()[..2], 16).expect("hexadecimal digits").into();
    if number % 3 == 0 {
        loads(path, options);
    }
    if rows.len() < 400 {
        divides(&ratings, &rows, number);
    }
}

fn said(schema: &Schema) {
    [schema.form(), schema.columns()].iter().for_each(|line| is_said(line));
    schema.to_string().lines().for_each(is_said);
}

/// The rows, by way of the file that they are written into, which reads back the same.
pub fn rows(ratings: &Ratings) -> Vec<Row> {
    let path = scratch::folder().join("again.tsv");
    let _ = std::fs::remove_file(&path);
    write_ratings(ratings, &path).expect("scratch files can be written");
    let (again, _) = read_ratings(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((again.len(), again.checksum()), (ratings.len(), ratings.checksum()));
    let text = std::fs::read_to_string(&path).expect("it is there");
    let bare = |field: &str| match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => field.to_owned(),
    };
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |text: &&str| text.parse::<f64>().expect("a number");
        Row {
            user: bare(fields[0]),
            item: bare(fields[1]),
            rating: number(&fields[2]),
            time: fields.get(3).map(number),
        }
    };
    text.split_terminator('\n').skip(1).map(row).collect()
}

fn is_what_was_written(rows: &[Row], expected: &[Row], schema: &Schema) {
    let mut said = String::new();
    let shown = |rows: &[Row]| rows.iter().take(4).map(|row| format!("{row:?}\n")).collect::<String>();
    write!(said, "{schema}\nfound {}:\n{}\nwritten {}:\n{}", rows.len(), shown(rows), expected.len(), shown(expected))
        .expect("text can be written");
    if schema.is_encoding_guessed {
        // Names may be read wrongly, and rows may not.
        let (found, written) = (numbered(rows), numbered(expected));
        assert!(found == written, "{said}");
    } else {
        assert!(rows == expected, "{said}");
    }
}

/// Rows with the number of the first row of their user, and of their item, in place of a name.
fn numbered(rows: &[Row]) -> Vec<(usize, usize, u64, Option<f64>)> {
    let (mut users, mut items) = (HashMap::new(), HashMap::new());
    let row = |(number, row)| {
        let Row { user, item, rating, time }: &Row = row;
        (*users.entry(user).or_insert(number), *items.entry(item).or_insert(number), rating.to_bits(), *time)
    };
    rows.iter().enumerate().map(row).collect()
}

/// Reading by the name of a source: what is said of it, and its division by default.
pub fn loads(source: &Path, options: &ReadOptions) {
    let options = LoadOptions { read: options.clone(), ..LoadOptions::default() };
    let source = source.to_str().expect("a path of text");
    let table = read(source, &options, &mut |_| ()).unwrap_or_else(|error| panic!("{error}"));
    table.notes(&options).iter().for_each(|line| is_said(line));
    table.profile.to_string().lines().for_each(is_said);
    match table.divide(&options) {
        Ok(dataset) => splits_again(dataset),
        Err(error) => is_said(&error.to_string()),
    }
}

/// Parts that are written are ready files.
fn splits_again(dataset: Dataset) {
    let folder = scratch::folder().join("again");
    let _ = std::fs::remove_dir_all(&folder);
    let n = dataset.search.train.len() + dataset.search.validation.len();
    let train = dataset.search.train.labels().to_vec();
    write_split(dataset, &folder).expect("scratch files can be written");
    let source = folder.to_str().expect("a path of text");
    let table = read(source, &LoadOptions::default(), &mut |_| ()).unwrap_or_else(|error| panic!("{error}"));
    let again = table.divide(&LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.search.train.len() + again.search.validation.len(), n);
    assert_eq!(again.search.train.labels(), train);
}

/// Every split, with a rule for repeated pairs, a task and labels that `number` chooses.
fn divides(ratings: &Ratings, rows: &[Row], number: usize) {
    const TASKS: [Task; 2] = [Task::Classification, Task::Regression];
    const LABELS: [LabelRule; 2] = [LabelRule::Binary, LabelRule::Rating];
    const DUPLICATES: [Duplicates; 4] = [Duplicates::Last, Duplicates::Mean, Duplicates::Keep, Duplicates::Error];
    let splits = [SplitRule::LeaveOneOut, SplitRule::Random(SHARES), SplitRule::Temporal(SHARES)];
    for (at, split) in splits.into_iter().enumerate() {
        let (task, label) = (TASKS[(number + at) % 2], LABELS[number / 2 % 2]);
        let duplicates = DUPLICATES[(number / 4 + at) % 4];
        let options = LoadOptions { split, task, label, duplicates, ..LoadOptions::default() };
        match divide("hostile".into(), ratings.clone(), &options) {
            Ok(dataset) => {
                if at == 1 && number.is_multiple_of(8) {
                    trains(&dataset.search);
                }
                fits(dataset, rows, &options);
            }
            Err(error) => {
                let error = error.to_string();
                is_said(&error);
                assert!(error.starts_with("hostile: "), "{error}");
            }
        }
    }
}

/// The rows of a part: user, item and label.
pub type Part = Vec<(String, String, f32)>;

/// The parts of a dataset, whose ids are within bounds and labels within [0, 1].
pub fn parts(dataset: Dataset) -> [Part; 3] {
    let Dataset { search, test, user_ids, item_ids, .. } = dataset;
    assert_eq!((search.n_users, search.n_items), (user_ids.len(), item_ids.len()));
    [search.train, search.validation, test.spend()].map(|part| {
        let ids = part.users().iter().zip(part.items());
        let row = |((&user, &item), &label): ((&u32, &u32), &f32)| {
            assert!((0.0..=1.0).contains(&label), "{label}");
            (user_ids[user as usize].clone(), item_ids[item as usize].clone(), label)
        };
        ids.zip(part.labels()).map(row).collect()
    })
}

fn fits(dataset: Dataset, rows: &[Row], options: &LoadOptions) {
    let parts = parts(dataset);
    // The latest row of each pair.
    let mut latest: HashMap<(&str, &str), &Row> = HashMap::new();
    for row in rows {
        let is_later = |other: &&Row| row.time.unwrap_or(0.0).total_cmp(&other.time.unwrap_or(0.0)).is_ge();
        let known = latest.entry((&row.user, &row.item)).or_insert(row);
        if is_later(known) {
            *known = row;
        }
    }
    let n = parts.iter().map(Vec::len).sum::<usize>();
    let expected = if options.duplicates == Duplicates::Keep { rows.len() } else { latest.len() };
    assert_eq!(n, expected, "{options:?}");
    let pairs =
        |part: &'_ Part| part.iter().map(|(user, item, _)| (user.clone(), item.clone())).collect::<HashSet<_>>();
    let sets = parts.each_ref().map(pairs);
    assert_eq!(sets.iter().map(HashSet::len).sum::<usize>(), latest.len(), "pairs on both sides: {options:?}");
    assert!(sets.iter().flatten().all(|(user, item)| latest.contains_key(&(user.as_str(), item.as_str()))));
    if options.duplicates != Duplicates::Last {
        return;
    }
    let is_ready = latest.values().all(|row| row.rating == 0.0 || row.rating == 1.0);
    let threshold = if is_ready { 0.5 } else { options.threshold };
    let row = |(user, item, _): &(String, String, f32)| latest[&(user.as_str(), item.as_str())];
    if options.label == LabelRule::Binary || is_ready {
        let all = parts.iter().flatten();
        all.for_each(|found| assert_eq!(found.2, f32::from(u8::from(row(found).rating > threshold))));
    }
    if let SplitRule::Temporal(_) = options.split {
        let times = parts
            .each_ref()
            .map(|part| part.iter().map(|found| row(found).time.expect("there are times")).collect::<Vec<_>>());
        let last = |times: &Vec<f64>| times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(times[1].iter().chain(&times[2]).all(|&time| time >= last(&times[0])));
        assert!(times[2].iter().all(|&time| time >= last(&times[1])));
    }
}

/// The recommender, whose loops check no index, on whatever users and items there are.
fn trains(data: &SearchData) {
    let options = MfOptions { dimension: 3, init_std: 0.1, global_bias: 0.0 };
    let mut model = BiasedMf::new(data.n_users, data.n_items, &options, &mut stream(7, "model", 0));
    let loss = resolve("mse").expect("it has a name").compile(Semantics::unclamped(1e-6)).expect("ε is in order");
    let plan = EpochPlans::new(4, 7).get(data, 1);
    let mut logits = Vec::new();
    for optimizer in [Optimizer::Sgd, Optimizer::Adagrad, Optimizer::Adam] {
        let settings = Hyperparameters { optimizer, learning_rate: 0.1, l2: 1e-3, l2_multiplier: 1.0, clip: 0.0 };
        model.reset_optimizer();
        model.train_epoch(&plan, &loss, &settings, &mut Workspace::default());
        model.predict(&data.validation, &mut logits);
        assert!(model.is_finite() && logits.iter().all(|logit| logit.is_finite()));
    }
}

/// Columns by number, counted from 1.
pub fn numbered_columns(places: [Option<usize>; 4]) -> Columns {
    let [user, item, rating, timestamp] = places.map(|place| place.map(|place| (place + 1).to_string()));
    Columns { user, item, rating, timestamp }
}
