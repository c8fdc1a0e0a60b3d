//! Data with planted properties: `data synth` with a share, a bias or a noise of its own, `data split` with label noise.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, SYNTH, expect_all};

/// Labels of a file that `data split` wrote, and its other columns.
fn columns(project: &Project, file: &str) -> (Vec<String>, Vec<String>) {
    let text = project.read(file);
    text.lines()
        .skip(1)
        .map(|line| {
            let (pair, label) = line.rsplit_once('\t').unwrap();
            (label.to_owned(), pair.to_owned())
        })
        .unzip()
}

#[test]
fn synth_as_before_has_the_same_bytes() {
    let project = Project::with_data();
    project.run(&format!("{SYNTH} --popularity-bias 0 --noise 0.7 --out same.tsv")).succeeded();
    assert_eq!(project.read("same.tsv"), project.read(DATA));
}

#[test]
fn the_share_of_positive_rows_is_as_asked() {
    let project = Project::new();
    for (share, expected) in [("0.03", 45), ("0.5", 750), ("0.9", 1350)] {
        project.run(&format!("{SYNTH} --positive-share {share} --out {share}.tsv")).succeeded();
        let info = project.info(&format!("{share}.tsv --set data.split=random"));
        assert_eq!((&info["positive"], &info["negative"]), (&Value::from(expected), &Value::from(1500 - expected)));
    }
}

#[test]
fn a_bias_or_a_noise_makes_other_data_of_the_same_shape() {
    let project = Project::with_data();
    let shape = |info: &Value| ["users", "items", "density"].map(|key| info[key].clone());
    let usual = project.info(DATA);
    for flags in ["--popularity-bias 2", "--noise 0", "--noise 3"] {
        project.run(&format!("{SYNTH} {flags} --out a.tsv")).succeeded().says(&["a.tsv: 1500 ratings by 60 users"]);
        project.run(&format!("{SYNTH} {flags} --out b.tsv")).succeeded();
        assert_eq!(project.read("a.tsv"), project.read("b.tsv"), "{flags}");
        let other = project.info("a.tsv");
        assert_eq!(shape(&other), shape(&usual), "{flags}");
        assert_ne!(other["checksum"], usual["checksum"], "{flags}");
        ["a.tsv", "b.tsv"].iter().for_each(|file| std::fs::remove_file(project.path(file)).unwrap());
    }
}

#[test]
fn what_cannot_be_planted_is_said() {
    let project = Project::new();
    let share = "a share of more than 0 and less than 1 is needed";
    let cases = [
        ("--positive-share 0", format!("positive share = 0: {share}")),
        ("--positive-share 1", format!("positive share = 1: {share}")),
        ("--positive-share -0.5", format!("positive share = -0.5: {share}")),
        ("--positive-share NaN", format!("positive share = NaN: {share}")),
        ("--popularity-bias -1", "popularity bias = -1: a finite number of 0 or more is needed".into()),
        ("--popularity-bias inf", "popularity bias = inf: a finite number of 0 or more is needed".into()),
        ("--noise -0.7", "noise = -0.7: a standard deviation from 0 to 100 is needed".into()),
        ("--noise 1e9", "noise = 1000000000: a standard deviation from 0 to 100 is needed".into()),
    ];
    for (flags, expected) in cases {
        assert_eq!(project.refusal(&format!("{SYNTH} {flags} --out a.tsv")), expected);
    }
    let ran = project.run(&format!("{SYNTH} --noise much --out a.tsv")).exits(2);
    expect_all(&ran.stderr, &["invalid value 'much' for '--noise <SIGMA>'"]);
}

#[test]
fn noisy_labels_are_written_and_read_back() {
    let project = Project::with_data();
    project.run(&format!("data split {DATA} --out clean")).succeeded();
    let noisy = format!("data split {DATA} --flip-positives 0.3 --flip-negatives 0.1 --json");
    let ran = project.run(&format!("{noisy} --out noisy")).succeeded();
    let mut back = project.info("noisy");
    back["name"] = Value::from("made");
    assert_eq!(ran.json(), back);
    for part in ["validation", "test"] {
        assert_eq!(project.read(&format!("noisy/made.{part}.csv")), project.read(&format!("clean/made.{part}.csv")));
    }
    let [(clean, pairs), (labels, same)] =
        ["clean", "noisy"].map(|folder| columns(&project, &format!("{folder}/made.train.csv")));
    assert_eq!(pairs, same, "rows stay where they were");
    let counted = |label: &str| {
        let flipped = clean.iter().zip(&labels).filter(|&(old, new)| old == label && new != label).count();
        let all = clean.iter().filter(|&old| old == label).count();
        assert!(flipped > 0 && flipped < all / 2, "{flipped} of {all} labels {label}");
        format!("{flipped} of {all}")
    };
    let (positives, negatives) = (counted("1"), counted("0"));
    assert_eq!(
        ran.stderr.lines().last().unwrap(),
        format!(
            "noisy: labels flipped in train: {positives} positive and {negatives} negative; in validation: none; in test: none"
        )
    );
    project.run(&format!("{noisy} --out again")).succeeded();
    assert_eq!(project.read("again/made.train.csv"), project.read("noisy/made.train.csv"));
    project.run(&format!("{noisy} --out other --seed 43")).succeeded();
    assert_ne!(project.read("other/made.train.csv"), project.read("noisy/made.train.csv"));
    project.run(&format!("eval --data noisy --loss bce {QUICK}")).succeeded();
}

#[test]
fn validation_labels_are_flipped_where_that_is_asked_for() {
    let project = Project::with_data();
    let split = format!("data split {DATA} --set data.split=random --flip-negatives 0.4");
    let alone = " negative; in validation: none; in test: none\n";
    let said = project.run(&format!("{split} --out train")).succeeded();
    expect_all(&said.stderr, &["train: labels flipped in train: 0 of ", alone]);
    let both =
        ["both: labels flipped in train: 0 of ", " negative; in validation: 0 of ", " negative; in test: none\n"];
    project.run(&format!("{split} --out both --flip-validation")).succeeded().says(&both);
    let read = |folder: &str, part: &str| project.read(&format!("{folder}/made.{part}.csv"));
    assert_eq!(["train", "test"].map(|part| read("train", part)), ["train", "test"].map(|part| read("both", part)));
    assert_ne!(read("train", "validation"), read("both", "validation"));
    // A folder of ready files is data like any other.
    project.run("data split train --flip-positives 0.1 --out twice").succeeded();
    assert_eq!(read("train", "test"), project.read("twice/train.test.csv"));
}

#[test]
fn no_rate_is_the_split_as_it_is() {
    let project = Project::with_data();
    let plain = project.run(&format!("data split {DATA} --out plain")).succeeded();
    let zero = project.run(&format!("data split {DATA} --out zero --flip-positives 0")).succeeded();
    assert_eq!(zero.stderr.lines().count(), plain.stderr.lines().count() + 1);
    for part in ["train", "validation", "test"] {
        assert_eq!(project.read(&format!("plain/made.{part}.csv")), project.read(&format!("zero/made.{part}.csv")));
    }
}

#[test]
fn what_cannot_be_flipped_is_said() {
    let project = Project::with_data();
    let refusal = |flags: &str| project.refusal(&format!("data split {DATA} --out parts {flags}"));
    let range = "a probability of at least 0 and less than 1 is needed";
    for (flag, name) in [("--flip-positives", "flip positives"), ("--flip-negatives", "flip negatives")] {
        for value in ["1", "-0.1", "NaN", "inf"] {
            assert_eq!(refusal(&format!("{flag} {value}")), format!("{name} = {value}: {range}"));
        }
    }
    assert_eq!(
        refusal("--flip-validation"),
        "--flip-validation flips nothing by itself: say how much with --flip-positives or --flip-negatives"
    );
    assert_eq!(
        refusal("--flip-positives 0.1 --task regression --set data.label=rating"),
        "made: label noise flips labels 0 and 1, and data.label = 'rating' makes graded ones, such as 0.5; use \
         data.label = 'binary'"
    );
    let said = refusal("--flip-negatives 0.9999");
    expect_all(&said, &["made: label noise would leave the ", " train rows all 1, and both classes are needed"]);
    let ran = project.run(&format!("data split {DATA} --out parts --flip-positives some")).exits(2);
    expect_all(&ran.stderr, &["invalid value 'some' for '--flip-positives <P>'"]);
}
