//! Data with planted properties: `data synth` with a share, a bias or a noise of its own.

use serde_json::Value;

use crate::project::{DATA, Project, expect_all};

const SYNTH: &str = "data synth --users 60 --items 80 --rows 1500";

fn info(project: &Project, source: &str) -> Value {
    project.run(&format!("data info {source} --json")).succeeded().json()
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
        let info = info(&project, &format!("{share}.tsv --set data.split=random"));
        assert_eq!((&info["positive"], &info["negative"]), (&Value::from(expected), &Value::from(1500 - expected)));
    }
}

#[test]
fn a_bias_or_a_noise_makes_other_data_of_the_same_shape() {
    let project = Project::with_data();
    let shape = |info: &Value| ["users", "items", "density"].map(|key| info[key].clone());
    let usual = info(&project, DATA);
    for flags in ["--popularity-bias 2", "--noise 0", "--noise 3"] {
        project.run(&format!("{SYNTH} {flags} --out a.tsv")).succeeded().says(&["a.tsv: 1500 ratings by 60 users"]);
        project.run(&format!("{SYNTH} {flags} --out b.tsv")).succeeded();
        assert_eq!(project.read("a.tsv"), project.read("b.tsv"), "{flags}");
        let other = info(&project, "a.tsv");
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
