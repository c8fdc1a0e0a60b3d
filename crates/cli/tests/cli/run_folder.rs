//! Folders of runs that cannot be written, read or gone on with.

use crate::project::{DATA, Project, QUICK, SYNTH, expect_all};

/// A project with a search in `out` that has not been checked.
fn searched() -> Project {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    project
}

#[test]
fn a_folder_that_is_taken_stays_what_it_is() {
    let project = searched();
    std::fs::create_dir(project.path("mine")).unwrap();
    project.write("mine/notes.txt", "keep");
    for command in [format!("run {DATA}"), format!("search --data {DATA}")] {
        assert_eq!(
            project.refusal(&format!("{command} --out out")),
            "out holds another run: choose another folder with --out"
        );
        assert_eq!(
            project.refusal(&format!("{command} --out mine")),
            "mine is not empty: choose another folder with --out"
        );
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let project = Project::with_data();
    for out in [DATA, "made.tsv/run", "made.tsv/a/b"] {
        for line in [format!("run {DATA} --out {out}"), format!("data split {DATA} --out {out}")] {
            let said = project.refusal(&line);
            assert!(said.starts_with(&format!("cannot create {out}: ")), "{said}");
            assert_eq!(said.matches("os error").count(), 1, "the cause is said once: {said}");
        }
    }
}

#[test]
fn a_folder_without_a_run_is_said_to_be_none() {
    let project = Project::with_data();
    std::fs::create_dir(project.path("empty")).unwrap();
    for folder in ["none", "empty", DATA] {
        for phase in ["check", "test"] {
            assert_eq!(
                project.refusal(&format!("{phase} {folder}")),
                format!(
                    "{folder} holds no run: it needs config.toml and journal.jsonl, as `autolossgen search` writes them"
                )
            );
        }
    }
}

#[test]
fn a_damaged_run_is_refused_and_not_repaired() {
    let project = searched();
    let journal = project.read("out/journal.jsonl");
    let lines: Vec<&str> = journal.lines().collect();
    let without_third = [&lines[..2], &lines[3..]].concat().join("\n") + "\n";
    let cases = [
        (journal.replacen("\"reward\":", "\"reward\":1", 1), "out/journal.jsonl, line 3: "),
        (without_third, "out/journal.jsonl, line 3: record 3 stands where 2 is due"),
        (String::new(), "out/journal.jsonl does not begin with the start of a run: it is empty or damaged"),
        ("my notes\n".to_owned(), "out/journal.jsonl, line 1: not a journal line"),
    ];
    for (text, expected) in cases {
        project.write("out/journal.jsonl", text);
        for phase in ["check", "test"] {
            let said = project.refusal(&format!("{phase} out"));
            assert!(said.starts_with(expected), "{said}");
        }
    }
}

#[test]
fn a_run_with_a_broken_configuration_is_refused() {
    let project = searched();
    let config = project.read("out/config.toml");
    project.write("out/config.toml", config.replacen("seed = ", "sed = ", 1));
    assert_eq!(project.refusal("check out"), "out/config.toml: there is no setting 'sed'; did you mean 'seed'?");
    project.write("out/config.toml", "seed = [");
    expect_all(&project.refusal("test out"), &["out/config.toml, line 1: "]);
}

#[test]
fn other_data_are_refused_before_anything_is_done() {
    let project = searched();
    project.run(&format!("{SYNTH} --seed 7 --out other.tsv")).succeeded();
    for phase in ["check", "test"] {
        let said = project.refusal(&format!("{phase} out --data other.tsv"));
        expect_all(
            &said,
            &["the data are not those of the run: their checksum is ", "give --data those of its search"],
        );
        expect_all(&project.refusal(&format!("{phase} out --data none.csv")), &["dataset 'none.csv'"]);
    }
}

#[test]
fn data_that_moved_are_found_where_they_are_said_to_be() {
    let project = searched();
    std::fs::rename(project.path(DATA), project.path("moved.tsv")).unwrap();
    let said = project.refusal("test out");
    let expected = "the data of the run (if they moved, --data says where they lie now): there is no file, folder or \
                    named dataset 'DIR/made.tsv'";
    assert!(said.starts_with(expected), "{said}");
    project.run("check out").succeeded();
    project.run("test out --data moved.tsv").succeeded().prints(&["The best of the losses found"]);
}

#[test]
fn a_search_that_was_cut_off_goes_on_with_what_it_found() {
    let project = searched();
    let journal = project.read("out/journal.jsonl");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let last = lines.iter().rposition(|line| line.contains("\"event\":\"sample\"")).unwrap();
    let whole = lines[..last].concat();
    let samples = whole.matches("\"event\":\"sample\"").count();
    assert_eq!(samples, 199);
    project.write("out/journal.jsonl", format!("{whole}{}", &lines[last][..lines[last].len() / 2]));
    let cut = ["run: its search was cut off after 199 samples; going on with what it found"];
    project.run("check out").succeeded().says(&cut);
    assert!(project.read("out/journal.jsonl").starts_with(&whole), "the torn line alone is cut");
    project.run("test out").succeeded().says(&cut).prints(&["The best of the losses found", "Search: 199 sampled"]);
}
