//! Data that cannot be used: one sentence, exit 2, nothing left behind.

use crate::project::{DATA, Project, expect_all};

const HEADER: &str = "user,item,rating,timestamp\n";

/// What is said of `run` on a file with this content.
fn said_of(name: &str, content: &str, settings: &str) -> String {
    let project = Project::new();
    project.write(name, content);
    project.refusal(&format!("run {name} --out out {settings}"))
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_line_and_value() {
    let rows = |rows: &str| format!("{HEADER}{rows}");
    let cases = [
        ("ratings.csv", String::new(), "DIR/ratings.csv: the file has no rows: at least one rating is needed"),
        ("ratings.csv", rows(""), "DIR/ratings.csv: the file has no rows: at least one rating is needed"),
        ("ratings.csv", rows("a,x,5,1\na,y\n"), "DIR/ratings.csv, line 3: 2 fields where at least 4 are needed"),
        ("u.data", "a\tx\n".into(), "DIR/u.data, line 1: 2 fields where at least 4 are needed"),
        ("ratings.csv", rows("a,x,good,1\n"), "DIR/ratings.csv, line 2: the rating 'good' is not a finite number"),
        (
            "ratings.csv",
            rows("a,x,5,1\nb,x,NaN,2\n"),
            "DIR/ratings.csv, line 3: the rating 'NaN' is not a finite number",
        ),
        ("ratings.csv", rows("a,x,inf,1\n"), "DIR/ratings.csv, line 2: the rating 'inf' is not a finite number"),
        ("ratings.csv", rows("a,,5,1\n"), "DIR/ratings.csv, line 2: the item is empty"),
        (
            "notes.doc",
            "a x 5".into(),
            "DIR/notes.doc: the file type is not known: use .data, .dat, .inter, .csv, .tsv, .txt, .json, .jsonl or \
             .parquet, text also with .gz",
        ),
    ];
    for (name, content, expected) in cases {
        assert_eq!(said_of(name, &content, ""), expected);
    }
}

#[test]
fn rows_that_leave_nothing_to_learn_are_said_to() {
    let one_class = "a,x,5,1\na,y,4,2\nb,x,5,3\n";
    assert_eq!(
        said_of("ratings.csv", &format!("{HEADER}{one_class}"), ""),
        "ratings: every one of the 3 rows is positive under rating > 3; choose another data.threshold"
    );
    assert_eq!(
        said_of("ratings.csv", &format!("{HEADER}{one_class}"), "--set data.threshold=5"),
        "ratings: every one of the 3 rows is negative under rating > 5; choose another data.threshold"
    );
    assert_eq!(
        said_of("labels.csv", "user,item,label\na,x,1\nb,x,1\n", ""),
        "labels: every one of the 2 labels is 1; rows of both classes are needed"
    );
    // Five rows each, but one of them positive.
    let one_positive: String =
        ["a", "b"].iter().flat_map(|user| (1..=5).map(move |time| format!("{user},i{time},{time},{time}\n"))).collect();
    assert_eq!(
        said_of("ratings.csv", &format!("{HEADER}{one_positive}"), "--set data.threshold=4"),
        "ratings: no user with 5 or more rows has two positive rows, which positive leave-one-out needs: lower \
         data.threshold, or set data.split to random"
    );
    assert_eq!(
        said_of("ratings.csv", "user,item,rating\na,x,5\na,y,1\n", "--set data.split=temporal"),
        "ratings: data.split = 'temporal' needs timestamps, and these rows have none"
    );
}

#[test]
fn a_column_that_is_not_there_is_suggested() {
    let project = Project::with_data();
    let said = |setting: &str| project.refusal(&format!("data info {DATA} --set {setting}"));
    assert_eq!(
        said("data.user_column=usr"),
        "DIR/made.tsv, line 1: there is no column 'usr' (did you mean 'user'?); the columns are user, item, rating, \
         timestamp"
    );
    assert_eq!(
        said("data.rating_column=stars"),
        "DIR/made.tsv, line 1: there is no column 'stars'; the columns are user, item, rating, timestamp"
    );
    assert_eq!(
        said_of("odd.csv", "who,what,how\na,x,5\n", ""),
        "DIR/odd.csv, line 1: no column looks like the user: name one with data.user_column; the columns are who, \
         what, how"
    );
}

#[test]
fn data_that_are_not_there_are_said_to_be_missing_by_every_command() {
    let project = Project::new();
    let missing = "there is no file, folder or named dataset 'none.csv'; ml-100k and synthetic have names";
    for line in [
        "run none.csv --out out",
        "run --data none.csv --out out",
        "search --data none.csv --out out",
        "eval --data none.csv --loss bce",
        "data info none.csv",
        "data split none.csv --out out",
    ] {
        assert_eq!(project.refusal(line), missing, "{line}");
    }
    assert_eq!(
        project.refusal("run synthetc --out out"),
        "there is no file, folder or named dataset 'synthetc' (did you mean 'synthetic'?); ml-100k and synthetic have names"
    );
    for line in ["run --out out", "search --out out", "eval --loss bce"] {
        assert_eq!(
            project.refusal(line),
            "no data: name them, as in `--data ml-100k`, or set data.source in a configuration file",
            "{line}"
        );
    }
}

#[test]
fn a_folder_without_data_says_what_it_lacks() {
    let project = Project::new();
    std::fs::create_dir(project.path("parts")).unwrap();
    let said = project.refusal("data info parts");
    expect_all(&said, &["DIR/parts: ", "neither train, validation and test files, nor u.data"]);
    project.write("parts/a.train.csv", "uid\tiid\tlabel\n1\t2\t1\n");
    let said = project.refusal("data info parts");
    assert_eq!(said, "DIR/parts: the validation file is missing: train, validation and test are needed");
}

#[test]
fn without_a_network_fetching_says_what_was_tried() {
    let project = Project::new();
    let expected = "cannot fetch ml-100k: tried the official archive (curl was not found), then the Python package \
                    recbole 1.2.1 (python3 was not found); fetch it where there is a network, or give the path of its \
                    u.data file";
    for line in ["data fetch ml-100k", "run ml-100k --out out", "eval --data ml-100k --loss bce", "data info ml-100k"] {
        assert_eq!(project.refusal(line), expected, "{line}");
    }
    project.refuses_value("data fetch ml-1m", "<NAME>", "ml-1m", "ml-100k", Some("ml-100k"));
}
