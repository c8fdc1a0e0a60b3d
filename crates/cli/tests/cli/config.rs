//! Settings: presets, files and flags.

use crate::project::{DATA, Project, expect_all};

#[test]
fn every_preset_that_is_shown_is_valid() {
    let project = Project::new();
    let mut shown = Vec::new();
    for preset in ["default", "paper", "reference"] {
        let text = project.run(&format!("config show --preset {preset}")).succeeded().stdout;
        assert!(text.contains(&format!("preset = \"{preset}\"")) && text.contains("\n# "), "{text}");
        project.write("shown.toml", &text);
        project
            .run("config check shown.toml")
            .succeeded()
            .says(&[&format!("shown.toml: valid over the preset {preset}")]);
        shown.push(text);
    }
    assert_eq!(project.run("config show").succeeded().stdout, shown[0]);
    assert!(shown[0] != shown[1] && shown[1] != shown[2]);
    let presets = "default, paper, reference";
    project.refuses_value("config show --preset ours", "--preset <PRESET>", "ours", presets, None);
    project.refuses_value("config show --preset papr", "--preset <PRESET>", "papr", presets, Some("paper"));
}

/// What is said of a setting given as `--set`.
fn said_of_flag(setting: &str) -> String {
    Project::with_data().refusal_with(&["run", DATA, "--out", "out", "--set", setting])
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    let cases = [
        (
            "training.learning_rat=1",
            "command line: there is no setting 'training.learning_rat'; did you mean 'training.learning_rate'?",
        ),
        ("colour=red", "command line: there is no setting 'colour'; `autolossgen config show` prints them all"),
        (
            "training.learning_rate",
            "--set training.learning_rate: expected KEY=VALUE, as in --set training.learning_rate=0.1",
        ),
        (
            "training.learning_rate=fast",
            "command line: training.learning_rate = \"fast\": expected a number, as in 1.0",
        ),
        ("training.normalize=3", "command line: training.normalize = 3: expected true or false, as in true"),
        ("training.learning_rate=-1", "command line: training.learning_rate = -1: must be positive and finite"),
        ("training.learning_rate=nan", "command line: training.learning_rate = NaN: must be positive and finite"),
        ("model.mf.dimension=0", "command line: model.mf.dimension = 0: must lie between 1 and 4096"),
        (
            "model.mf.dimension=-3",
            "command line: model.mf.dimension = -3: expected a whole number, 0 or more, as in 64",
        ),
        ("stop.patience=0", "command line: stop.patience = 0: must be 1 or more"),
        ("check.threshold=1.5", "command line: check.threshold = 1.5: must lie between 0 and 1"),
        (
            "training.optimizer=sgdd",
            "command line: training.optimizer = 'sgdd': use sgd, adagrad or adam (did you mean 'sgd'?)",
        ),
        (
            "data.split=half",
            "command line: data.split = 'half': use leave-one-out, random, temporal, ratio or leave-last-out",
        ),
        ("model.name=deep", "command line: model.name = 'deep': use mf, mlp or neumf"),
        ("preset=ours", "there is no preset 'ours': use default, paper or reference"),
        (
            "test.baselines=[\"bcee\"]",
            "command line: test.baselines = 'bcee': use names of losses, as in [\"bce\", \"mse\"]",
        ),
        ("selection.epsilons=[0.0]", "command line: selection.epsilons = 0: must be positive and finite"),
    ];
    for (setting, expected) in cases {
        assert_eq!(said_of_flag(setting), expected);
    }
    expect_all(&said_of_flag("data.ratios=[1,2]"), &["length 3", "`data.ratios`"]);
}

#[test]
fn a_file_that_cannot_be_is_refused_by_check_and_by_run() {
    let cases = [
        ("[training]\nl2 = 'much'\n", "my.toml: training.l2 = \"much\": expected a number, as in 0.00002"),
        ("[training]\nl2 = -3\n", "my.toml: training.l2 = -3: must be 0 or more, and finite"),
        ("[training]\nl3 = 0\n", "my.toml: there is no setting 'training.l3'; did you mean 'training.l2'?"),
        ("[trainings]\nl2 = 0\n", "my.toml: there is no setting 'trainings'; did you mean 'training'?"),
        ("seed = 1\n[training\n", "my.toml, line 2: unclosed table, expected `]`"),
        ("preset = 'ours'\n", "there is no preset 'ours': use default, paper or reference"),
        ("preset = 3\n", "there is no preset '3': use default, paper or reference"),
    ];
    let project = Project::with_data();
    for (text, expected) in cases {
        project.write("my.toml", text);
        assert_eq!(project.refusal("config check my.toml"), expected);
        assert_eq!(project.refusal(&format!("run {DATA} --out out --config my.toml")), expected);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let project = Project::with_data();
    project.write("bytes.toml", [0xff, 0xfe]);
    for (file, cause) in [("none.toml", "No such file"), (".", "directory"), ("bytes.toml", "UTF-8")] {
        for line in [format!("config check {file}"), format!("run {DATA} --out out --config {file}")] {
            let said = project.refusal(&line);
            assert!(said.starts_with(&format!("cannot read the configuration {file}: ")), "{said}");
            assert_eq!(said.matches(cause).count(), 1, "{said}");
        }
    }
}

#[test]
fn flags_lie_over_the_file_and_the_file_over_the_preset() {
    let project = Project::with_data();
    project.write(
        "my.toml",
        "preset = 'paper'\nseed = 5\n[data]\nsource = 'made.tsv'\n[search]\nsamples = 11\n[model.mf]\ndimension = 4\n",
    );
    let search = "search --out out --config my.toml --set search.samples=12 --set model.mf.init_std=0.5 --samples 13";
    let found = project.run(&format!("{search} --json"));
    assert_eq!(found.json()["sampled"], 13);
    let resolved = project.read("out/config.toml");
    expect_all(&resolved, &["preset = \"paper\"", "seed = 5", "samples = 13", "dimension = 4", "init_std = 0.5"]);
    assert!(resolved.starts_with("# autolossgen "), "{resolved}");
    project.run("config check out/config.toml").succeeded();
    let named = project.run("search --out other --config my.toml --set preset=reference --samples 10");
    assert!(named.code != Some(2) && project.read("other/config.toml").contains("preset = \"reference\""));
}
