//! Names, cells and arguments with characters in them that a terminal obeys.

use crate::project::{DATA, Project, QUICK, Ran, expect_all};

/// Nothing of what was printed is obeyed by a terminal.
fn expect_printed(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let obeyed = text.chars().find(|&c| c != '\n' && !autolossgen::data::is_printable(c));
        assert_eq!(obeyed, None, "{text:?}");
    }
}

#[test]
fn a_run_on_a_file_with_any_name_can_be_opened_again() {
    for name in ["new\nline esc\u{1b}[31m", "cr\rx c1\u{9b}2J bidi\u{202e}x"] {
        let project = Project::with_data();
        let data = format!("{name}.tsv");
        std::fs::rename(project.path(DATA), project.path(&data)).unwrap();
        let quick: Vec<&str> = QUICK.split_whitespace().collect();
        let run = [&["run", &data, "--out", "out", "--samples", "200"], &quick[..]].concat();
        expect_printed(&project.run_with(&run).succeeded());
        let config = project.read("out/config.toml");
        let heading = config.lines().next().unwrap();
        assert!(heading.starts_with("# autolossgen ") && heading.contains("; data: "), "{heading:?}");
        assert!(config.lines().nth(1).unwrap().starts_with("preset = "), "{config}");
        for line in ["run --resume out", "report out", "check out", "test out", "data info out/../"] {
            let ran = project.run(line);
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
            assert_eq!(ran.code, if line.starts_with("data") { Some(2) } else { Some(0) }, "{line}: {}", ran.stderr);
            expect_printed(&ran);
        }
        expect_printed(&project.run_with(&["data", "info", &data]).succeeded());
    }
}

#[test]
fn what_a_file_has_in_it_is_printed_and_not_obeyed() {
    let project = Project::new();
    project.write("header.csv", "who\u{1b}]0;title\u{7},what\u{1b}[2J,how\na,x,5\n");
    project.write("cell.csv", "user,item,rating\na,x,go\u{1b}[31mod\n");
    project.write("value.toml", "model.name = \"\\u001b]0;title\\u0007\"\n");
    project.write("key.toml", "[\"\\u001b[31mred\"]\na = 1\n");
    project.write("long.toml", "[\"two\\nlines\"]\na = 1\n");
    for line in [
        "data info header.csv",
        "data info cell.csv",
        "config check value.toml",
        "config check key.toml",
        "config check long.toml",
    ] {
        let ran = project.run(line).exits(2);
        expect_printed(&ran);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    expect_all(&project.run("config check long.toml").stderr, &[r"two\nlines"]);
}

#[test]
fn what_an_argument_has_in_it_is_printed_and_not_obeyed() {
    let project = Project::new();
    let cases: [&[&str]; 6] = [
        &["data", "info", "no\u{1b}[31m\nfile"],
        &["config", "show", "--preset", "a\u{1b}[31mb\nc"],
        &["\u{1b}[2J\n"],
        &["check", "out\nof\u{9b}it"],
        &["eval", "--data", "x", "--loss", "pred +\u{1b}\n label"],
        &["run", "x", "--set", "a\u{7}=1"],
    ];
    for arguments in cases {
        let ran = project.run_with(arguments).exits(2);
        expect_printed(&ran);
        let said = &ran.stderr;
        assert!(said.starts_with("autolossgen: ") || said.starts_with("error: "), "{said}");
    }
}
