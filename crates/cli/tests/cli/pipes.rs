//! Readers that close their end: `| head` is no failure.

use std::process::Stdio;

use crate::project::{DATA, Project, QUICK};

/// Runs `line` while nobody reads stdout or, with `stderr`, stderr; the exit code and what was said, where it was read.
fn unread(project: &Project, line: &str, stderr: bool) -> (Option<i32>, String) {
    let mut command = project.command(&line.split_whitespace().collect::<Vec<_>>());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Closed before the program can have written.
    let mut child = command.spawn().unwrap();
    if stderr {
        drop(child.stderr.take())
    } else {
        drop(child.stdout.take())
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn nobody_reads_stdout() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    for line in [
        "--help",
        "config show",
        "completions bash",
        "data info made.tsv",
        "data info made.tsv --json",
        "check out",
        "check out --json",
        "test out",
        "test out --json",
        &format!("eval --data {DATA} --loss bce {QUICK}"),
        &format!("eval --data {DATA} --loss bce --json {QUICK}"),
    ] {
        let (code, said) = unread(&project, line, false);
        assert_eq!(code, Some(0), "{line}: {said}");
        assert!(!said.contains("panicked") && !said.contains("pipe"), "{line}: {said}");
    }
}

#[test]
fn nobody_reads_stderr() {
    let project = Project::with_data();
    let (code, _) = unread(&project, &format!("run {DATA} --out out --samples 200 {QUICK}"), true);
    assert_eq!(code, Some(0));
    assert!(project.path("out/best.json").exists(), "the work goes on");
    assert_eq!(unread(&project, "run none.csv", true).0, Some(2), "an error is one still");
}
