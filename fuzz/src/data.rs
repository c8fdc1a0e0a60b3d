//! Files of ratings.

use autolossgen::data::{
    Columns, Dataset, LabelRule, LoadOptions, Ratings, SplitRule, divide, read_member, read_ratings, write_ratings,
};
use autolossgen::formula::{Semantics, resolve};
use autolossgen::recsys::random::stream;
use autolossgen::recsys::{
    BiasedMf, EpochPlans, Hyperparameters, MfOptions, Model, Optimizer, SearchData, Task, Workspace,
};

use super::scratch;

/// Names of text files, each a layout of its own.
const NAMES: [&str; 6] = ["u.data", "ratings.dat", "ratings.csv", "a.inter", "a.tsv", "a.txt"];
const SHARES: [f64; 3] = [0.5, 0.25, 0.25];

/// Text files: the first byte chooses the layout, and whether columns are named.
pub fn table(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else { return };
    let choice = usize::from(choice.wrapping_sub(b'0'));
    reads(NAMES[choice % NAMES.len()], text, &columns(choice / NAMES.len() % 2 == 1));
}

/// One JSON object a line.
pub fn json_lines(input: &[u8]) {
    reads("reviews.json", input, &Columns::default());
}

/// Parquet files.
pub fn parquet(input: &[u8]) {
    reads("a.parquet", input, &Columns::default());
}

/// Gzipped text.
pub fn gzip(input: &[u8]) {
    reads("ratings.csv.gz", input, &Columns::default());
}

/// Zip archives, of which one member is taken.
pub fn archive(input: &[u8]) {
    const LIMIT: u64 = 1 << 16;
    let path = scratch::file("a.zip", input);
    match read_member(&path, "ml-100k/u.data", LIMIT) {
        Ok(content) => assert!(content.len() as u64 <= LIMIT),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn columns(named: bool) -> Columns {
    if !named {
        return Columns::default();
    }
    let name = |name: &str| Some(name.to_owned());
    Columns { user: name("u"), item: name("i"), rating: name("r"), timestamp: None }
}

/// Any content is refused in words, or is a table that is written, read back the same, and divided.
fn reads(name: &str, content: &[u8], columns: &Columns) {
    let path = scratch::file(name, content);
    match read_ratings(&path, columns) {
        Ok(ratings) => {
            assert!(!ratings.is_empty());
            // More rows say nothing new, and take seconds.
            if ratings.len() < 10_000 {
                reads_back(&ratings);
                divides(ratings);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn reads_back(ratings: &Ratings) {
    for name in ["again.tsv", "again.data"] {
        let path = scratch::folder().join(name);
        let _ = std::fs::remove_file(&path);
        write_ratings(ratings, &path).expect("scratch files can be written");
        let again = read_ratings(&path, &Columns::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((again.len(), again.checksum()), (ratings.len(), ratings.checksum()), "{name}");
    }
}

fn divides(ratings: Ratings) {
    for split in [SplitRule::LeaveOneOut, SplitRule::Random(SHARES), SplitRule::Temporal(SHARES)] {
        for (task, label) in [(Task::Classification, LabelRule::Binary), (Task::Regression, LabelRule::Rating)] {
            let options = LoadOptions { split, task, label, ..LoadOptions::default() };
            let rows = ratings.len();
            match divide("hostile".into(), ratings.clone(), &options) {
                Ok(dataset) => fits(dataset, rows),
                Err(error) => assert!(error.to_string().starts_with("hostile: "), "{error}"),
            }
        }
    }
}

fn fits(dataset: Dataset, rows: usize) {
    trains(&dataset.search);
    let Dataset { search, test, user_ids, item_ids, .. } = dataset;
    let parts = [search.train, search.validation, test.spend()];
    assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), rows);
    assert_eq!((search.n_users, search.n_items), (user_ids.len(), item_ids.len()));
    for part in parts {
        assert!(part.users().iter().all(|&user| (user as usize) < user_ids.len()));
        assert!(part.items().iter().all(|&item| (item as usize) < item_ids.len()));
        assert!(part.labels().iter().all(|label| (0.0..=1.0).contains(label)));
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
