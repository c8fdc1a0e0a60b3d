//! What the system does not give: threads, time, room, names.
#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use crate::project::{DATA, Project, QUICK, expect_all};

/// The program with the words of `line`, started by a shell under `limits`.
fn limited(project: &Project, limits: &str, line: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin!("autolossgen").display().to_string();
    let mut command = std::process::Command::new("/bin/sh");
    command.current_dir(project.path("")).args(["-c", &format!("{limits}; exec {program} {line}")]).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_check_and_a_test_without_room_say_how_to_go_on() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    let output = limited(&project, "ulimit -f 1", "check out");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let goes_on = "File too large (os error 27); when that is mended, `autolossgen check out` goes on";
    expect_all(&said(&output), &["autolossgen: cannot write out/journal.jsonl: ", goes_on]);
    project.run("check out").succeeded();
    let output = limited(&project, "ulimit -f 1", "test out");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let room = "; out/checkpoint/test.bin may be deleted to make room: its trainings are then done again";
    expect_all(&said(&output), &["; when that is mended, `autolossgen test --resume out` goes on", room]);
    project.run("test --resume out").succeeded();
}

#[test]
fn a_setting_is_one_line() {
    let project = Project::with_data();
    let refused = project.refusal_with(&["run", DATA, "--out", "out", "--set", "test.seeds=3\nmodel.name=\"mlp\""]);
    let expected = r#"--set test.seeds=3\nmodel.name="mlp": one setting on one line is expected; give --set again"#;
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn a_name_that_no_document_can_have_is_refused_before_the_work() {
    let project = Project::with_data();
    let odd = OsStr::from_bytes(b"x\xff");
    for command in ["run", "search", "report"] {
        let mut line = project.command(&[command]);
        if command == "report" {
            line.arg(odd);
        } else {
            line.args(["--data", DATA, "--out"]).arg(odd);
        }
        let output = line.arg("--json").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && !project.path("").join(odd).exists());
        expect_all(&said(&output), &["the name is not UTF-8, and a JSON document cannot have it: choose another"]);
    }
}

#[test]
fn data_are_found_below_a_folder_whose_name_is_no_text() {
    let project = Project::with_data();
    let folder = project.path("").join(OsStr::from_bytes(b"d\xff"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(project.path(DATA), folder.join(DATA)).unwrap();
    let output = project.command(&["data", "info", DATA]).current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

/// A round of this perceptron takes minutes.
#[test]
fn a_signal_is_obeyed_in_the_middle_of_a_step() {
    let project = Project::new();
    project.run("data synth --users 200 --items 300 --rows 20000 --out large.tsv").succeeded();
    let wide = "--model mlp --set model.mlp.layers=[2048,2048] --threads 2 --samples 20";
    let line = format!("search --data large.tsv --out out {wide}");
    let mut command = project.command(&line.split_whitespace().collect::<Vec<_>>());
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !std::fs::read(project.path("out/journal.jsonl")).is_ok_and(|journal| journal.contains(&b'\n')) {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(2));
    let asked = Instant::now();
    let kill = format!("kill -TERM {}", child.id());
    assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(143), "{}", said(&output));
    let cut = "the work in progress takes longer than 8 seconds, and is cut off";
    let goes_on = "run: `autolossgen search --resume out` goes on behind the last checkpoint";
    expect_all(&said(&output), &["ending after the work in progress", cut, goes_on]);
}
