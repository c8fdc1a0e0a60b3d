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
        (
            "ratings.csv",
            rows("a,x,5,1\na,y\n"),
            "DIR/ratings.csv, line 3: 2 fields where at least 4 are needed: mend the line, or remove it if it is no row",
        ),
        (
            "u.data",
            "a\n".into(),
            "DIR/u.data, line 1: the line 'a' is not divided into columns by a comma, semicolon, tab, space, | or ::: a table of user, item and rating is needed",
        ),
        (
            "ratings.csv",
            rows("a,x,good,1\n"),
            "DIR/ratings.csv, line 2: the rating 'good' is no number: a finite number is needed, or true or false, yes or no, like or dislike",
        ),
        (
            "ratings.csv",
            rows("a,x,5,1\nb,x,NaN,2\n"),
            "DIR/ratings.csv, line 3: the rating is 'NaN': 1 of 2 rows (50.0%) have no user, no item or no rating, more than data.max_missing = 0.05; fill them in, or raise it to drop the rows",
        ),
        (
            "ratings.csv",
            rows("a,x,inf,1\n"),
            "DIR/ratings.csv, line 2: the rating 'inf' is no number: a finite number is needed, or true or false, yes or no, like or dislike",
        ),
        (
            "ratings.csv",
            rows("a,,5,1\n"),
            "DIR/ratings.csv, line 2: the item is empty: 1 of 1 rows (100.0%) have no user, no item or no rating, more than data.max_missing = 0.05; fill them in, or raise it to drop the rows",
        ),
        (
            "notes.doc",
            "%PDF-1.7".into(),
            "DIR/notes.doc: this is a PDF document, which is not read: write the table as CSV",
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
        "labels: every one of the 2 labels is 1 (implicit feedback); rows of both classes are needed: add rows with label 0, such as items drawn at random that a user has not"
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
        "DIR/made.tsv, line 1: data.user_column = 'usr': there is no such column (did you mean 'user'?); the columns are \
         user, item, rating, timestamp; the first rows are (u1, i1, 3, 880000030), (u2, i2, 4, 880000067), (u3, i3, 5, 880000083)"
    );
    expect_all(
        &said("data.rating_column=stars"),
        &["data.rating_column = 'stars': there is no such column; the columns are user"],
    );
    assert_eq!(
        said_of("odd.csv", "who,what,how\na,x,5\n", ""),
        "DIR/odd.csv, line 1: no column looks like the user, the item or the rating: set data.user_column, data.item_column \
         and data.rating_column to a column, by name or number; the columns are who, what, how; the first rows are (a, x, 5)"
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
    expect_all(&said, &["DIR/parts: ", "neither train and test files, nor u.data"]);
    project.write("parts/a.train.csv", "uid\tiid\tlabel\n1\t2\t1\n");
    let said = project.refusal("data info parts");
    assert_eq!(
        said,
        "DIR/parts: the test file is missing: train and test are needed, and validation is drawn from train where it is missing"
    );
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
    // A file of the cache that is not what it should be is said, and stays for who wants to look at it.
    for (content, damage) in [
        ("196\t242\t3\t881250949\n", "the rows are not those of ml-100k, or stand in another order (checksum)"),
        ("196\t242\t3\t881250949\n186\t302\n", "line 2: 2 fields where at least 4 are needed"),
    ] {
        std::fs::create_dir_all(project.path("cache/ml-100k")).unwrap();
        project.write("cache/ml-100k/u.data", content);
        let said = project.refusal("data info ml-100k");
        let (damaged, rest) = said.split_once(" and cannot be fetched anew: ").unwrap();
        expect_all(damaged, &["ml-100k in the cache is damaged (", "cache/ml-100k/u.data", damage]);
        assert!(expected.ends_with(rest), "{said}");
    }
    project.refuses_value("data fetch ml-1m", "<NAME>", "ml-1m", "ml-100k", Some("ml-100k"));
}
