//! Files that earlier versions read wrongly or refused without a way out: the folders of `../shared/cases`, whose rows are
//! invented. Skipped with a word where the folder is not there.

use std::path::{Path, PathBuf};

use autolossgen_data::{
    Columns, Duplicates, Kind, LoadOptions, Order, ReadOptions, Schema, SeparatorRule, SplitRule, Table, Times, load,
    read,
};

/// The folder, beside the root of the project.
fn cases() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let folder = std::env::var_os("AUTOLOSSGEN_CASES").map_or(folder, PathBuf::from);
    if !folder.exists() {
        println!("not tested: {} is not there", folder.display());
    }
    folder.exists().then_some(folder)
}

struct Case {
    path: PathBuf,
    options: LoadOptions,
}

impl Case {
    fn table(&self) -> Table {
        read(self.path.to_str().unwrap(), &self.options, &mut |_| ()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The table of 40 users, 30 items and 480 rows that most cases hold.
    fn whole(&self) -> Table {
        let table = self.table();
        let profile = &table.profile;
        assert_eq!((profile.rows, profile.users, profile.items), (480, 40, 30), "{}", self.path.display());
        table
    }

    /// What is said of a file that is refused, after its name.
    fn refusal(&self) -> String {
        let said = read(self.path.to_str().unwrap(), &self.options, &mut |_| ()).unwrap_err().to_string();
        assert!(!said.contains('\n'), "{said}");
        let name = self.path.file_name().unwrap().to_str().unwrap();
        said.split_once(name).unwrap_or_else(|| panic!("{said}")).1.to_owned()
    }

    fn with(mut self, set: impl FnOnce(&mut LoadOptions)) -> Self {
        set(&mut self.options);
        self
    }
}

/// A file of a case; `None` where there are no cases.
fn case(path: &str) -> Option<Case> {
    cases().map(|folder| Case { path: folder.join(path), options: LoadOptions::default() })
}

/// Names of the columns of user, item, rating and time.
fn columns(schema: &Schema) -> [&str; 4] {
    let name = |column: &'_ Option<autolossgen_data::Column>| {
        column.as_ref().map_or("", |column| column.name.as_str()).to_owned()
    };
    let (rating, timestamp) = (name(&schema.rating), name(&schema.timestamp));
    [schema.user.name.as_str(), schema.item.name.as_str(), rating.leak(), timestamp.leak()]
}

fn named(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn case_02_a_matrix_is_no_table_of_ratings() {
    let Some(case) = case("02-silent-matrix/ratings.csv") else { return };
    let said = case.refusal();
    assert!(said.contains("which of the 5 columns is the user, the item and the rating cannot be told"), "{said}");
    assert!(said.contains("the first rows are (25, -7.8, 99, 1.5, 2.2), (22, 8.8, -3.2, 1.5, 2.2)"), "{said}");
}

#[test]
fn case_03_a_third_column_of_numbers_is_said_or_refused() {
    let Some(views) = case("03-silent-five-columns/views.csv") else { return };
    assert!(
        views.refusal().contains("column 3 cannot be told to be the rating, for every row of an item has the same")
    );
    let set = views.with(|options| {
        options.read.columns = Columns { user: named("1"), item: named("2"), rating: named("3"), timestamp: named("4") }
    });
    let notes = set.whole().notes(&set.options);
    assert!(
        notes[0].contains(
            "no header, utf-8; user = column 1 (as set), item = column 2 (as set), rating = column 3 (as set)"
        )
    );
    assert!(notes[1].contains("ratings from 0 to 6"));
    let refused = |name: &str, expected: &str| {
        let said = case(&format!("03-silent-five-columns/{name}")).unwrap().refusal();
        assert!(said.contains(expected), "{said}");
    };
    refused("session.csv", "column 2 cannot be the item, for it has '2014-04-07T10:45:09.277Z'");
    refused(
        "rating_first.csv",
        "column 3 cannot be told to be the rating, for it has 30 values, column 1 has 5 and column 2 has 40",
    );
    refused(
        "header_numeric.csv",
        "no column looks like the user or the item: set data.rating_column, data.user_column and data.item_column",
    );
}

#[test]
fn case_04_dates_are_times() {
    let Some(rating) = case("04-iso-time/rating.csv") else { return };
    let table = rating.whole();
    assert_eq!(columns(&table.schemas[0]), ["userId", "movieId", "rating", "timestamp"]);
    assert_eq!(table.profile.times, Times::Usable);
    assert_eq!(table.profile.time_range, Some(["2005-04-01T23:00:47Z".into(), "2005-04-28T23:59:47Z".into()]));
    let date = case("04-iso-time/date.csv").unwrap();
    assert_eq!(columns(&date.whole().schemas[0])[3], "date");
    let none = date.with(|options| options.read.columns.timestamp = named(Columns::NONE));
    assert_eq!(none.whole().profile.times, Times::None);
}

#[test]
fn case_05_a_separator_is_found_by_content() {
    let files = [
        ("colons.txt", SeparatorRule::DoubleColon),
        ("decimal_comma.csv", SeparatorRule::Semicolon),
        ("header.dat", SeparatorRule::DoubleColon),
        ("pipes.csv", SeparatorRule::Pipe),
        ("quoted.tsv", SeparatorRule::Tab),
        ("semicolons.csv", SeparatorRule::Semicolon),
        ("spaces.txt", SeparatorRule::Space),
        ("tabs.dat", SeparatorRule::Tab),
        ("tabs_header.dat", SeparatorRule::Tab),
        ("two_spaces.txt", SeparatorRule::Space),
    ];
    for (file, separator) in files {
        let Some(case) = case(&format!("05-separators/{file}")) else { return };
        assert_eq!(case.whole().schemas[0].separator, Some(separator), "{file}");
        case.with(|options| options.read.separator = separator).whole();
    }
    let decimal = case("05-separators/decimal_comma.csv").unwrap().whole().profile.ratings.unwrap();
    assert_eq!((decimal.smallest, decimal.largest), (0.5, 4.5));
    let wrong = case("05-separators/pipes.csv").unwrap().with(|options| options.read.separator = SeparatorRule::Tab);
    assert!(wrong.refusal().contains("is not divided into columns by data.separator = 'tab'"));
}

#[test]
fn case_06_quotes_hold_lines_together() {
    for file in ["reviews.csv", "silent.csv"] {
        let Some(case) = case(&format!("06-multiline-quotes/{file}")) else { return };
        case.whole();
    }
}

#[test]
fn case_07_a_short_row_is_an_error() {
    let Some(case) = case("07-panic-short-row/short.csv") else { return };
    assert!(case.refusal().starts_with(", line 2: 3 fields where at least 5 are needed"));
}

#[test]
fn case_08_names_of_columns_are_found() {
    for (file, expected) in [
        ("anime.csv", ["User_ID", "Anime_ID", "Feedback", ""]),
        ("bx.csv", ["User-ID", "ISBN", "Book-Rating", ""]),
        ("ctr.csv", ["user_id", "item_id", "click", "time"]),
        ("foodcom.csv", ["user_id", "recipe_id", "rating", "date"]),
        ("irb.csv", ["user_procid", "item_procid", "ratings", ""]),
        ("kuairec.csv", ["user_id", "video_id", "watch_ratio", "timestamp"]),
        ("restaurant.csv", ["userID", "placeID", "rating", ""]),
        ("rr.csv", ["visitorid", "itemid", "rating", "timestamp"]),
        ("shop.csv", ["customer_id", "product_id", "rating", ""]),
        ("yelp.csv", ["user_id", "business_id", "stars", "date"]),
    ] {
        let Some(case) = case(&format!("08-column-names/{file}")) else { return };
        assert_eq!(columns(&case.whole().schemas[0]), expected, "{file}");
    }
}

#[test]
fn case_09_implicit_feedback_is_said_to_be_that() {
    for (file, kind, rows) in
        [("clicks.csv", Kind::Table, 480), ("pairs.txt", Kind::Table, 480), ("lists.txt", Kind::Lists, 12)]
    {
        let Some(case) = case(&format!("09-implicit/{file}")) else { return };
        let table = case.table();
        assert_eq!((table.schemas[0].kind, table.profile.rows), (kind, rows), "{file}");
        assert!(table.schemas[0].is_implicit() && table.profile.ratings.is_none());
        let said = table.divide(&case.options).unwrap_err().to_string();
        assert!(said.contains("implicit feedback") && said.contains("task = 'ranking'"), "{said}");
    }
    let ones = case("09-implicit/ones.tsv").unwrap();
    let said = ones.whole().divide(&ones.options).unwrap_err().to_string();
    assert!(said.contains("every one of the 480 labels is 1 (implicit feedback)"), "{said}");
    assert!(case("09-implicit/libsvm.txt").unwrap().refusal().contains("is libSVM's"));
}

#[test]
fn case_10_missing_ids_are_dropped_or_refused() {
    for (file, line, n) in [("nan.csv", 3, 82), ("null.jsonl", 1, 80)] {
        let Some(case) = case(&format!("10-missing-ids/{file}")) else { return };
        let said = case.refusal();
        assert!(
            said.starts_with(&format!(", line {line}: the user is")) && said.contains(&format!("{n} of 480 rows")),
            "{said}"
        );
        let dropped = case.with(|options| options.read.max_missing = 0.2).table();
        assert_eq!((dropped.schemas[0].missing, dropped.profile.rows, dropped.profile.users), (n, 480 - n, 40));
    }
}

#[test]
fn case_11_large_numbers_are_ids() {
    let Some(case) = case("11-json-big-ids/ids.jsonl") else { return };
    assert_eq!(case.whole().schemas[0].first_rows[0][0], "1000000000000000000000");
}

#[test]
fn case_12_the_better_of_two_names_is_taken() {
    let Some(users) = case("12-ambiguous-header/two_users.csv") else { return };
    assert_eq!(columns(&users.whole().schemas[0]), ["user_id", "movie_id", "rating", ""]);
    let ratings = case("12-ambiguous-header/two_ratings.csv").unwrap();
    assert_eq!(columns(&ratings.whole().schemas[0]), ["user_id", "item_id", "rating", ""]);
}

#[test]
fn case_13_without_time_held_out_rows_are_drawn() {
    for (file, times, order) in [
        ("by_item.csv", Times::None, Order::ByUser),
        ("by_rating.csv", Times::None, Order::ByRating),
        ("tied.csv", Times::Constant, Order::ByUser),
    ] {
        let Some(case) = case(&format!("13-no-time/{file}")) else { return };
        let table = case.table();
        assert_eq!((table.profile.times, table.profile.order), (times, order), "{file}");
        let warnings = table.warnings(&case.options).join("; ");
        assert!(
            warnings.contains("leave-one-out takes a user's rows in an order that is drawn by the seed"),
            "{warnings}"
        );
        let dataset = table.divide(&case.options).unwrap();
        // The last items of the alphabet, or the lowest ratings, would be the test rows of the file's order.
        let middle = dataset.search.n_items as f64 / 2.0;
        let test = dataset.test.spend();
        let mean = test.items().iter().map(|&item| f64::from(item)).sum::<f64>() / test.len() as f64;
        assert!((mean - middle).abs() < 0.25 * middle, "{file}: {mean} of {middle}");
    }
}

#[test]
fn case_14_no_pair_is_on_both_sides() {
    let Some(noise) = case("14-duplicates/noise.csv") else { return };
    let random = |rule| {
        move |options: &mut LoadOptions| {
            options.split = SplitRule::Random([0.5, 0.2, 0.3]);
            options.duplicates = rule;
        }
    };
    for rule in [Duplicates::Last, Duplicates::Mean, Duplicates::Keep] {
        let case = case("14-duplicates/noise.csv").unwrap().with(random(rule));
        let table = case.table();
        assert_eq!((table.profile.rows, table.profile.duplicates), (1800, 1200));
        let dataset = table.divide(&case.options).unwrap();
        let rows = if rule == Duplicates::Keep { 1800 } else { 600 };
        let (train, validation, test) = (dataset.search.train, dataset.search.validation, dataset.test.spend());
        assert_eq!(train.len() + validation.len() + test.len(), rows);
        let pairs = |rows: &autolossgen_recsys::Interactions| {
            rows.users().iter().copied().zip(rows.items().iter().copied()).collect::<std::collections::BTreeSet<_>>()
        };
        let [train, validation, test] = [pairs(&train), pairs(&validation), pairs(&test)];
        assert!(train.is_disjoint(&test) && train.is_disjoint(&validation) && validation.is_disjoint(&test));
    }
    let error = noise.with(random(Duplicates::Error));
    let said = error.table().divide(&error.options).unwrap_err().to_string();
    assert!(said.starts_with("noise: 1200 of 1800 rows repeat a user and an item"), "{said}");
}

#[test]
fn case_15_parts_have_their_usual_names() {
    for folder in ["valid", "dev", "val"] {
        let Some(case) = case(&format!("15-ready-folder-names/{folder}")) else { return };
        let dataset = case.whole().divide(&case.options).unwrap();
        assert_eq!(dataset.search.train.len() + dataset.search.validation.len() + dataset.test.len(), 480);
    }
    let two = case("15-ready-folder-names/two").unwrap();
    let table = two.whole();
    assert!(table.warnings(&two.options)[0].contains("43 of the 384 training rows are drawn for validation"));
    let dataset = table.divide(&two.options).unwrap();
    assert_eq!((dataset.search.train.len(), dataset.search.validation.len(), dataset.test.len()), (341, 43, 96));
}

#[test]
fn validation_that_is_drawn_shares_no_pair_with_training() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |users: std::ops::Range<usize>| {
        let row = |user: usize| format!("u{user},i{},{}\nu{user},i{},{}\n", user % 9, user % 2, user % 9, user % 2);
        format!("user,item,label\n{}", users.map(row).collect::<String>())
    };
    std::fs::write(folder.path().join("train.csv"), rows(0..60)).unwrap();
    std::fs::write(folder.path().join("test.csv"), rows(60..80)).unwrap();
    let options = LoadOptions { ratios: [0.5, 0.5], ..LoadOptions::default() };
    let search = load(folder.path().to_str().unwrap(), &options).unwrap().search;
    let pairs = |rows: &autolossgen_recsys::Interactions| {
        rows.users().iter().copied().zip(rows.items().iter().copied()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(search.train.len() + search.validation.len(), 120);
    assert!(!search.validation.is_empty() && pairs(&search.train).is_disjoint(&pairs(&search.validation)));
}

#[test]
fn case_16_encodings_are_found() {
    for (file, encoding, is_guessed, user) in [
        ("latin1.csv", "windows-1252", true, "José0"),
        ("mac.csv", "utf-8", false, "u0"),
        ("utf16.csv", "utf-16le", false, "u0"),
    ] {
        let Some(case) = case(&format!("16-encodings/{file}")) else { return };
        let schema = &case.whole().schemas[0];
        assert_eq!((schema.encoding.as_deref(), schema.is_encoding_guessed), (Some(encoding), is_guessed), "{file}");
        assert_eq!(schema.first_rows[0][0], user);
    }
    let named = case("16-encodings/latin1.csv").unwrap().with(|options| options.read.encoding = named("latin1"));
    assert!(!named.whole().schemas[0].is_encoding_guessed);
}

#[test]
fn case_17_a_threshold_that_does_not_suit_is_said() {
    for (file, threshold, not_rated) in
        [("ten.csv", 6.0, None), ("counts.csv", 148.0, None), ("minus_one.csv", 4.0, Some((-1.0, 109)))]
    {
        let Some(case) = case(&format!("17-rating-scale/{file}")) else { return };
        let profile = case.whole().profile;
        assert_eq!(profile.not_rated, not_rated, "{file}");
        let suggested = profile.suggestion.map(|suggestion| suggestion.threshold);
        assert_eq!(suggested, if not_rated.is_none() { Some(threshold) } else { suggested }, "{file}");
    }
    let dropped =
        case("17-rating-scale/minus_one.csv").unwrap().with(|options| options.read.not_rated = vec![-1.0]).table();
    assert_eq!((dropped.profile.rows, dropped.schemas[0].not_rated), (371, 109));
    assert_eq!(dropped.profile.suggestion.unwrap().threshold, 6.0);
}

#[test]
fn case_18_columns_have_numbers_and_lines_precede_a_table() {
    let Some(names) = case("18-no-header-flag/names.csv") else { return };
    assert!(names.refusal().contains("set data.user_column, data.item_column and data.rating_column to their numbers"));
    let columns = Columns { user: named("1"), item: named("2"), rating: named("4"), timestamp: None };
    let table = names.with(|options| options.read = ReadOptions { columns, ..ReadOptions::default() }).whole();
    assert_eq!(table.schemas[0].first_rows[0][..3], ["u0", "Half-Life 14", "5.5"]);
    for (file, skipped) in
        [("comment.csv", "# exported by a tool"), ("count.tsv", "480"), ("percent.txt", "% bip weighted")]
    {
        assert_eq!(case(&format!("18-no-header-flag/{file}")).unwrap().whole().schemas[0].skipped, [skipped], "{file}");
    }
}

#[test]
fn case_19_words_are_labels() {
    let Some(words) = case("19-words-as-labels/bool.csv") else { return };
    assert!(words.whole().profile.ratings.unwrap().is_label);
    let said = case("19-words-as-labels/outof.csv").unwrap().refusal();
    assert!(
        said.starts_with(", line 2: the rating '5.0 out of 5' is no number: a finite number is needed, or true"),
        "{said}"
    );
}

#[test]
fn case_20_ids_that_nobody_trained_on_are_said() {
    let Some(case) = case("20-float-ids") else { return };
    let table = case.table();
    assert!(table.warnings(&case.options)[0].contains("every user id ends in .0"));
    let dataset = table.divide(&case.options).unwrap();
    assert_eq!(dataset.unseen(), [1.0, 1.0]);
    assert_eq!(dataset.warnings()[0], "100% of the test rows have a user that no training row has");
}

#[test]
fn case_24_an_array_of_json_is_read() {
    let Some(case) = case("24-json-array/records.json") else { return };
    assert_eq!(case.whole().schemas[0].kind, Kind::JsonArray);
}

#[cfg(feature = "parquet")]
#[test]
fn case_25_parquet_of_every_codec_and_type_is_read() {
    for file in ["zstd", "lz4", "brotli", "date", "bool"] {
        let Some(case) = case(&format!("25-parquet/{file}.parquet")) else { return };
        let profile = case.whole().profile;
        assert_eq!((profile.times, profile.ratings.unwrap().is_label), (Times::Usable, file == "bool"), "{file}");
    }
    let said = case("25-parquet/null.parquet").unwrap().refusal();
    assert!(said.starts_with(": row 1: the user is null: 80 of 480 rows"), "{said}");
}
