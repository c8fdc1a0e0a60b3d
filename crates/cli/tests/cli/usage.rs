//! Commands, flags, help and completions.

use crate::project::{DATA, MODELS, Project, expect_all};

#[test]
fn help_names_the_flags_of_every_command() {
    let project = Project::new();
    let settings = ["--preset", "--config", "--set <KEY=VALUE>", "--task", "--model", "--seed", "--threads", "--json"];
    let with = |more: &[&'static str]| [more, &settings[..]].concat();
    let budget = ["--data <DATA>", "--out <DIR>", "--samples", "--candidates", "--time <SECONDS>"];
    let trying = ["--reward", "--folds", "--warm-start"];
    let commands = [
        (
            "",
            vec![
                "run",
                "search",
                "check",
                "test",
                "eval",
                "explain",
                "export",
                "reproduce",
                "data",
                "config",
                "completions",
                "--version",
            ],
        ),
        ("run", with(&[&budget[..], &trying, &["[DATA]"]].concat())),
        ("search", with(&[&budget[..], &trying].concat())),
        ("check", vec!["<RUN>", "--data", "--json", "--threads"]),
        ("test", vec!["<RUN>", "--data", "--json", "--threads"]),
        ("eval", with(&["--data", "--loss", "--epsilon"])),
        ("explain", with(&["<LOSS|RUN> [LOSS]...", "--epsilon", "--curves"])),
        (
            "export",
            vec!["<LOSS>", "--to <TARGET>", "--epsilon", "--clamp", "--scale", "--name", "--out <FILE>", "--json"],
        ),
        ("reproduce", with(&["<NAME>", "--data", "--seeds", "--samples", "--time", "--loss", "--out <DIR>"])),
        ("data", vec!["fetch", "info", "split", "synth"]),
        ("data fetch", vec!["ml-100k"]),
        ("data info", with(&["<DATA>"])),
        ("data split", with(&["<DATA>", "--out <DIR>", "--flip-positives", "--flip-negatives", "--flip-validation"])),
        (
            "data synth",
            vec![
                "--out <FILE>",
                "--users",
                "--items",
                "--rows",
                "--positive-share",
                "--popularity-bias",
                "--noise",
                "--seed",
            ],
        ),
        ("config", vec!["show", "check"]),
        ("config show", vec!["--preset"]),
        ("config check", vec!["<FILE>", "--preset"]),
        ("completions", vec!["bash", "zsh", "fish"]),
    ];
    for (command, mentioned) in commands {
        let help = project.run(&format!("{command} --help")).succeeded();
        assert_eq!(help.stderr, "");
        expect_all(&help.stdout, &mentioned);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Project::new().run("--version").succeeded().stdout;
    assert_eq!(version, format!("autolossgen {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_gets_its_completions() {
    let project = Project::new();
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef autolossgen"), ("fish", "complete -c autolossgen")]
    {
        project.run(&format!("completions {shell}")).succeeded().prints(&[mark, "search", "epsilon"]);
    }
}

/// A value that completion offers: in the script of each shell, beside its flag.
#[test]
fn values_of_closed_sets_are_completed_and_explained() {
    let project = Project::new();
    let script = |shell: &str| project.run(&format!("completions {shell}")).succeeded().stdout;
    let (bash, zsh, fish) = (script("bash"), script("zsh"), script("fish"));
    let sets = [
        ("preset", "default paper reference"),
        ("task", "classification regression ranking"),
        ("model", &MODELS.replace(", ", " ")),
        ("reward", "one-epoch converged"),
        ("protocol", "fixed tuned"),
        ("to", "pytorch jax tensorflow numpy latex lightgbm xgboost recbole"),
        ("clamp", "signed positive none"),
    ];
    for (flag, values) in sets {
        let case = format!("--{flag})\n                    COMPREPLY=($(compgen -W \"{values}\"");
        assert!(bash.contains(&case), "{case}");
        let line = fish.lines().find(|line| line.contains(&format!("-l {flag} "))).unwrap();
        for value in values.split(' ') {
            let of_zsh = format!("{value}\\:\"");
            assert!(zsh.contains(&of_zsh) && (fish.contains(&format!("{value}\\t'"))), "{value} of {line}");
        }
    }
    expect_all(&bash, &["table3 table4 table5 table6 table7 table8 fig5 fig6", "ml-100k"]);
    let help = project.run("run --help").succeeded().stdout;
    expect_all(&help, &["- paper:", "The paper's text", "- converged:", "- mlp:", "- tuned:"]);
}

#[test]
fn what_is_not_known_is_refused() {
    let project = Project::with_data();
    let before = project.files();
    let cases = [
        ("serch", "unrecognized subcommand 'serch'"),
        ("data show", "unrecognized subcommand 'show'"),
        ("run made.tsv --sample 3", "'--samples'"),
        ("run made.tsv other.tsv", "unexpected argument 'other.tsv'"),
        ("run made.tsv --data made.tsv", "cannot be used with"),
        ("run made.tsv --seed -1", "invalid value '-1' for '--seed"),
        ("run made.tsv --seed 9223372036854775808", "is not in 0..=9223372036854775807"),
        ("run made.tsv --threads 5000", "5000 is not in 0..=1024"),
        ("run made.tsv --samples 9223372036854775808", "is not in 0..=9223372036854775807"),
        ("run made.tsv --samples -5", "invalid value '-5' for '--samples"),
        ("run made.tsv --samples many", "invalid value 'many' for '--samples"),
        ("check run --threads 5000", "5000 is not in 0..=1024"),
        ("check", "<RUN>"),
        ("eval --data made.tsv", "--loss <LOSS>"),
        ("completions tcsh", "[possible values: bash"),
        ("data synth --users 60 --items 80", "--out <FILE>"),
    ];
    for (line, expected) in cases {
        let ran = project.run(line).exits(2);
        assert_eq!(ran.stdout, "", "{line}");
        expect_all(&ran.stderr, &[expected, "error: "]);
    }
    assert!(project.files() == before);
}

#[test]
fn a_time_that_is_no_limit_is_refused() {
    let project = Project::with_data();
    for (time, said) in [("-1", "search.time = -1"), ("inf", "search.time = inf"), ("NaN", "search.time = NaN")] {
        expect_all(&project.refusal(&format!("run {DATA} --out out --time {time}")), &["command line: ", said]);
    }
    let sampled = "--set controller.name=random --set search.reward=one-epoch";
    let said = project.refusal(&format!("run {DATA} --out out {sampled} --set search.nothing_accepted=0"));
    expect_all(&said, &["search.samples = 0: set a limit: samples, time, candidates or nothing_accepted"]);
}

#[test]
fn nothing_to_do_prints_the_commands() {
    let project = Project::new();
    for line in ["", "data", "config"] {
        let ran = project.run(line).exits(2);
        assert_eq!(ran.stdout, "");
        expect_all(&ran.stderr, &["Usage: autolossgen", "Commands:"]);
    }
}
