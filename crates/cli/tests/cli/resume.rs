//! Runs that are cut off, and go on.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::project::{DATA, Project, QUICK, SAMPLED, expect_all};

/// A search that takes a few seconds.
const LONG: &str = "--samples 4000 --set search.checkpoint=0.05 --threads 1";

const RESULTS: [&str; 5] = ["journal.jsonl", "candidates.json", "hall_of_fame.json", "test.json", "best.json"];

/// Both runs left the same bytes behind.
fn expect_same(project: &Project, run: &str, other: &str) {
    for name in RESULTS {
        let read = |run: &str| std::fs::read(project.path(&format!("{run}/{name}"))).ok();
        assert!(read(run) == read(other), "{run} and {other} differ in {name}");
    }
}

fn start(project: &Project, line: &str) -> Child {
    let mut command = project.command(&line.split_whitespace().collect::<Vec<_>>());
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the journal of a run holds some samples.
fn wait_for_samples(project: &Project, run: &str) {
    let path = project.path(&format!("{run}/journal.jsonl"));
    let has_samples = || std::fs::read_to_string(&path).is_ok_and(|text| text.contains("\"event\":\"update\""));
    for _ in 0..1000 {
        if has_samples() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no samples came");
}

#[test]
fn killed_again_and_again_a_run_comes_to_the_same() {
    let project = Project::with_data();
    let settings = format!("{QUICK} --samples 1500 --set search.checkpoint=0.02 --threads 2");
    project.run(&format!("run {DATA} --out whole {settings}")).succeeded();
    let mut line = format!("run {DATA} --out killed {settings}");
    for wait in [120, 40, 300, 80, 150, 500] {
        let mut child = start(&project, &line);
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        if std::fs::read(project.path("killed/journal.jsonl")).is_ok_and(|journal| journal.contains(&b'\n')) {
            line = "run --resume killed --threads 1".into();
        }
    }
    let last = project.run(&line).succeeded();
    last.prints(&["The best of the losses found"]);
    expect_same(&project, "killed", "whole");
    assert!(!project.path("killed/checkpoint").exists());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_search_cleanly_and_says_how_to_go_on() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out whole {LONG}")).succeeded();
    for signal in ["INT", "TERM"] {
        let out = format!("cut-{signal}");
        let child = start(&project, &format!("search --data {DATA} --out {out} {LONG}"));
        wait_for_samples(&project, &out);
        let kill = format!("kill -{signal} {}", child.id());
        assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        let goes_on = format!("run: `autolossgen search --resume {out}` goes on with the search");
        let tests = format!("run: `autolossgen test {out}` checks and tests what was found so far");
        expect_all(&said, &["ending after the work in progress", "ended because it was interrupted", &goes_on, &tests]);
        assert!(!project.read(&format!("{out}/journal.jsonl")).contains("\"event\":\"end\""));
        project.run(&format!("search --resume {out} --threads 3")).succeeded().says(&["search: going on behind "]);
        expect_same(&project, &out, "whole");
    }
}

#[test]
fn two_processes_do_not_work_on_one_run() {
    let project = Project::with_data();
    let mut child = start(&project, &format!("search --data {DATA} --out out {LONG}"));
    wait_for_samples(&project, "out");
    for line in ["search --resume out", "test out", "check out"] {
        let said = project.run(line).refused();
        assert_eq!(said, "out/journal.jsonl is in use: another process works on this run", "{line}");
    }
    let said = project.run(&format!("search --data {DATA} --out out")).refused();
    assert_eq!(said, "out holds another run: choose another folder with --out");
    child.kill().unwrap();
    child.wait().unwrap();
    project.run("search --resume out").succeeded();
}

#[test]
fn what_is_done_is_not_done_again() {
    let project = Project::with_data();
    let first = project.run(&format!("run {DATA} --out out --samples 200 {QUICK}")).succeeded();
    let before = project.files();
    let ended = ["200 sampled: ", "ended because all samples were drawn"];
    for line in ["run --resume out", "test --resume out"] {
        let again = project.run(line).succeeded();
        assert_eq!(again.stdout, first.stdout, "{line}");
    }
    project.run("run --resume out").succeeded().says(&ended);
    project.run("search --resume out").succeeded().says(&ended).prints(&["accepted"]);
    assert!(project.files() == before, "nothing changed");
}

#[test]
fn a_run_that_lacks_its_last_phases_gets_them() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out whole --samples 200 {QUICK}")).succeeded();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    project.run("run --resume out").succeeded().prints(&["The best of the losses found"]);
    expect_same(&project, "out", "whole");
}

#[test]
fn what_a_run_keeps_cannot_be_given_again() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 50 {QUICK}")).succeeded();
    for other in ["--samples 10", "--out else", "--seed 3", "--set seed=3", "--model mlp", "--reward converged"] {
        for command in ["search", "run"] {
            let refused = project.run(&format!("{command} --resume out {other}")).exits(2);
            refused.says(&["the argument '--resume <RUN>' cannot be used with "]);
        }
    }
    let said = project.refusal("search --resume none");
    assert!(said.starts_with("none holds no run: "), "{said}");
    std::fs::rename(project.path(DATA), project.path("moved.tsv")).unwrap();
    let said = project.refusal("search --resume out");
    assert!(said.starts_with("the data of the run (if they moved, --data says where they lie now): "), "{said}");
    project.run("search --resume out --data moved.tsv").succeeded();
}

/// A limit on the size of files, which the system tells as it tells a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_the_search_goes_on_when_there_is_room() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out whole --samples 1000 {QUICK}")).succeeded();
    let program = assert_cmd::cargo::cargo_bin!("autolossgen").display().to_string();
    // 512 bytes each: the configuration has room, the journal does not.
    for blocks in [40, 200] {
        let out = format!("full-{blocks}");
        let line = format!(
            "ulimit -f {blocks}; exec {program} search --data {DATA} --out {out} {} --samples 1000 --set search.checkpoint=0 {QUICK}",
            SAMPLED.join(" ")
        );
        let output = std::process::Command::new("/bin/sh").current_dir(project.path("")).args(["-c", &line]).output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let goes_on = format!("; when that is mended, `autolossgen search --resume {out}` goes on");
        expect_all(&said, &["autolossgen: cannot write ", "File too large (os error 27)", &goes_on]);
        project.run(&format!("search --resume {out}")).succeeded();
        expect_same(&project, &out, "whole");
    }
}
