//! `data info`, `split` and `synth`, and the layouts of files.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, SYNTH, expect_all};

#[test]
fn info_counts_rows_as_text_and_as_json() {
    let project = Project::with_data();
    let info = project.info(DATA);
    let count = |key: &str| info[key].as_u64().unwrap_or_else(|| panic!("{key} in {info}"));
    assert_eq!((count("users"), count("items"), count("positive") + count("negative")), (60, 80, 1500));
    assert_eq!(count("train") + count("validation") + count("test"), 1500);
    assert_eq!((&info["name"], &info["density"]), (&Value::from("made"), &Value::from(0.3125)));
    let text = project.run(&format!("data info {DATA}")).succeeded();
    assert_eq!(text.stderr, "");
    let row = |name: &str| {
        let line = text.stdout.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    for name in ["users", "items", "positive", "negative", "train", "validation", "test"] {
        assert_eq!(row(name), count(name).to_string(), "numbers are printed as everywhere else");
    }
    assert_eq!((row("density").as_str(), row("sha-256").as_str()), ("31.25%", info["checksum"].as_str().unwrap()));
}

#[test]
fn a_split_that_is_written_loads_as_what_it_was() {
    let project = Project::with_data();
    let said = project.run(&format!("data split {DATA} --out parts")).succeeded();
    assert_eq!(said.stdout, "");
    expect_all(&said.stderr, &["parts: ", " rows to train, ", " to validate, ", " to test\n"]);
    let (whole, mut parts) = (project.info(DATA), project.info("parts"));
    parts["name"] = whole["name"].clone();
    assert_eq!(parts, whole);
    let json = project.run(&format!("data split {DATA} --out again --json")).succeeded();
    assert_eq!(json.json(), whole);
    assert_eq!(project.read("again/made.test.csv"), project.read("parts/made.test.csv"));
    assert_eq!(
        project.refusal(&format!("data split {DATA} --out parts")),
        "parts: the folder is not empty: choose another"
    );
}

#[test]
fn data_called_train_can_be_split_too() {
    let project = Project::with_data();
    std::fs::rename(project.path(DATA), project.path("train.tsv")).unwrap();
    project.run("data split train.tsv --out parts").succeeded();
    assert_eq!(project.info("parts")["checksum"], project.info("train.tsv")["checksum"]);
}

#[test]
fn info_says_what_was_understood_also_where_there_is_no_split() {
    let project = Project::new();
    project.write("likes.csv", "who;what;how\na;x;4,5\nb;y;5,0\na;y;5,0\n");
    let said = project.refusal("data info likes.csv");
    expect_all(
        &said,
        &["likes.csv, line 1: no column looks like the user, the item or the rating", "(a, x, 4,5), (b, y, 5,0)"],
    );
    let columns = "--set data.user_column=who --set data.item_column=2 --set data.rating_column=how";
    let ran = project.run(&format!("data info likes.csv {columns}"));
    expect_all(
        &ran.stdout,
        &[
            "likes.csv: table, semicolon-separated, header, utf-8\n",
            "  user = 'who' (as set), item = 'what' (as set), rating = 'how' (as set)\n",
            "    a  x  4.5\n",
            "  ratings from 4.5 to 5, median 5, 2 different\n",
            "              4.5           1   33.3%  ####################\n",
            "  no times; the rows lie in order: by item\n",
        ],
    );
    let ran = ran.exits(2);
    assert!(ran.stderr.contains("every one of the 3 rows is positive under rating > 3"), "{}", ran.stderr);
    let json = project.run(&format!("data info likes.csv --json {columns}")).exits(2).json();
    assert_eq!((&json["files"][0]["separator"], &json["rows"]["rows"]), (&Value::from("semicolon"), &Value::from(3)));
    assert!(json["problem"].as_str().unwrap().contains("every one of the 3 rows is positive"));
    assert_eq!(json.get("checksum"), None);
}

#[test]
fn a_run_says_how_its_data_were_understood() {
    let project = Project::with_data();
    let said = project.run(&format!("eval --data {DATA} --loss bce --protocol fixed {QUICK}")).succeeded().stderr;
    expect_all(
        &said,
        &[
            "data: made.tsv: table, tab-separated, header, utf-8; user = 'user', item = 'item', rating = 'rating', timestamp = 'timestamp'\n",
            "data: 1500 rows of 60 users and 80 items, ratings from ",
        ],
    );
}

#[test]
fn a_split_by_setting_is_that_split() {
    let project = Project::with_data();
    let line = |seed: u32| format!("data info {DATA} --json --set data.split=random --seed {seed}");
    let split = |seed| project.run(&line(seed)).succeeded().json();
    assert_eq!((&split(1)["train"], &split(1)["test"]), (&Value::from(1200), &Value::from(150)));
    assert_eq!(split(1), split(1));
    assert_ne!(split(1)["checksum"], split(2)["checksum"]);
    expect_all(
        &project.refusal_with(&[
            "data",
            "info",
            DATA,
            "--set",
            "data.split=random",
            "--set",
            "data.ratios=[0.5,0.1,0.1]",
        ]),
        &["command line: data.ratios = [0.5, 0.1, 0.1]: three positive shares that sum to 1"],
    );
}

#[test]
fn generated_data_are_read_back_and_never_overwritten() {
    let project = Project::with_data();
    assert_eq!(project.refusal(&format!("{SYNTH} --out {DATA}")), "made.tsv: the file exists: choose another name");
    for file in ["made.data", "made.csv", "made.inter"] {
        project.run(&format!("{SYNTH} --out {file}")).succeeded().says(&["1500 ratings by 60 users of 80 items"]);
        assert_eq!(project.info(file)["checksum"], project.info(DATA)["checksum"], "{file}");
    }
    project.run(&format!("{SYNTH} --out other.tsv --seed 43")).succeeded();
    assert_ne!(project.read("other.tsv"), project.read(DATA));
}

#[test]
fn what_cannot_be_generated_is_said() {
    let project = Project::new();
    project.write("file", "");
    let cases = [
        (
            "--users 60 --items 80 --rows 15 --out a.tsv",
            "15 rows for 60 users and 80 items: from 80 to 2400 are possible",
        ),
        (
            "--users 0 --items 80 --rows 15 --out a.tsv",
            "0 users and 80 items are too few: at least 2 of each are needed",
        ),
        (
            "--users 60 --items 80 --rows 1500 --out a.doc",
            "a.doc: the file type is not known: use .tsv, .tab, .txt, .csv, .inter or .data",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(project.refusal(&format!("data synth {line}")), expected);
    }
    for out in ["file/a.tsv", "none/a.tsv"] {
        let said = project.refusal(&format!("{SYNTH} --out {out}"));
        assert!(said.starts_with(&format!("cannot write {out}: ")), "{said}");
        assert_eq!(said.matches("os error").count(), 1, "{said}");
    }
}

/// Three users with twelve rows each, both classes throughout, in the order of time, no pair twice.
fn rows(line: impl Fn(usize, usize, usize, usize) -> String) -> String {
    let row = |at: usize| line(at % 3 + 1, at / 3 + 1, at * 5 % 4 + 1 + usize::from(at.is_multiple_of(4)), at);
    (0..36).map(row).collect()
}

#[test]
fn a_recbole_file_and_a_ratings_csv_run_from_end_to_end() {
    let project = Project::new();
    let inter = rows(|user, item, rating, time| format!("{user}\t{item}\t{rating}.0\t{time}\n"));
    project.write("a.inter", format!("user_id:token\titem_id:token\trating:float\ttimestamp:float\n{inter}"));
    let csv = rows(|user, item, rating, time| format!("{user},{item},{rating},{time}\n"));
    project.write("ratings.csv", format!("userId,movieId,rating,timestamp\n{csv}"));
    assert_eq!(project.info("a.inter")["checksum"], project.info("ratings.csv")["checksum"]);
    for (file, out) in [("a.inter", "one"), ("ratings.csv", "two")] {
        let ran = project.run(&format!("run {file} --out {out} --json --samples 200 {QUICK}")).succeeded();
        assert_eq!(ran.json()["test"]["dataset"]["users"], 3, "{file}");
    }
}
