//! `report`: a page that says what a run found, whatever the run came to.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, TUNED, expect_all};

/// Of a search by convergence that takes a second.
const EXACT: &str = "--reward converged --warm-start mse,bce --samples 150 --set search.rungs=[1,3] \
                     --set search.learning_rates=[0.5,1] --set search.l2_coefficients=[1e-5] --set check.threshold=0 \
                     --set controller.name=evolution --set controller.population=40";

/// The sections of a run that was tested.
const SECTIONS: [&str; 6] = ["best", "losses", "search", "candidates", "fame", "settings"];

/// The charts' data, out of the page.
fn charts(page: &str) -> Value {
    let json = page.split("<script type=\"application/json\" id=\"charts\">").nth(1).unwrap();
    serde_json::from_str(json.split("</script>").next().unwrap()).unwrap()
}

fn ids(page: &str) -> Vec<String> {
    let charts = charts(page);
    charts.as_array().unwrap().iter().map(|chart| chart["id"].as_str().unwrap().to_owned()).collect()
}

/// It stands alone: nothing in it names another place to load from, and every chart has its own.
fn expect_alone(page: &str) {
    for attribute in ["src=", "href=\"http", "href=\"//", "url(", "@import", "<link rel=\"stylesheet\"", "<iframe"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    assert!(page.contains("default-src 'none'"));
    for id in ids(page) {
        assert_eq!(page.matches(&format!("data-chart=\"{id}\"")).count(), 1, "{id}");
    }
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.trim_end().ends_with("</html>"));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn a_run_ends_with_its_report() {
    let project = Project::with_data();
    let ran = project.run(&format!("run {DATA} --out out --samples 300 {TUNED}")).succeeded();
    assert_eq!(ran.stderr.matches("\nreport: out/report.html\n").count(), 1, "{}", ran.stderr);
    let page = project.read("out/report.html");
    expect_alone(&page);
    for section in SECTIONS {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
    }
    let best: Value = serde_json::from_str(&project.read("out/best.json")).unwrap();
    expect_all(&page, &["<math display=\"block\">", "★", "bce", "logmin", "constant", "popularity", "p, seeds"]);
    expect_all(
        &page,
        &["autolossgen run --config config.toml --out again", "preset = &quot;default&quot;", "minimiser"],
    );
    assert!(page.contains(&format!("{:.4}", best["test"]["auc"].as_f64().unwrap())));
    assert!(page.contains(&format!("<code>{}</code>", best["formula"].as_str().unwrap().replace('>', "&gt;"))));
    assert!(!page.contains("class=\"note\" role=\"status\""), "it is finished");
    assert!(ids(&page).starts_with(&["curves".into(), "validation".into(), "rewards".into(), "accepted".into()]));
}

#[test]
fn the_same_journal_makes_the_same_page_wherever_it_goes() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out out --samples 200 {QUICK}")).succeeded();
    let page = project.read("out/report.html");
    let before = project.files();
    let document = project.run("report out --json").succeeded().json();
    assert!(project.files() == before, "the same bytes again, and nothing else");
    assert_eq!((&document["run"], &document["file"]), (&"out".into(), &"out/report.html".into()));
    assert_eq!((&document["stage"], &document["finished"]), (&"tested".into(), &true.into()));
    assert_eq!(document["samples"], 200);
    std::fs::rename(project.path("out"), project.path("moved")).unwrap();
    let ran = project.run("report moved --out page.htm").succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "report: page.htm\n"));
    assert!(project.read("page.htm") == page);
}

#[test]
fn who_goes_on_with_a_run_changes_nothing_of_its_page() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out out --samples 200 --threads 1 {QUICK}")).succeeded();
    let page = project.read("out/report.html");
    project.run("run --resume out --threads 2").succeeded();
    assert!(project.read("out/report.html") == page, "other threads");
    project.run("test out --threads 2 --protocol tuned --resume").succeeded();
    assert!(project.read("out/report.html") == page, "another protocol, and nothing to test");
    project.run(&format!("search --data {DATA} --out steps --samples 200 {QUICK}")).succeeded();
    project.run("check steps --threads 2").succeeded();
    let written = project.read("steps/report.html");
    project.run("report steps").succeeded();
    assert!(project.read("steps/report.html") == written, "the page of a phase is that of its journal");
}

#[test]
fn data_that_were_moved_leave_no_trace() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out whole --samples 200 {QUICK}")).succeeded();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    std::fs::rename(project.path(DATA), project.path("moved.tsv")).unwrap();
    let ran = project.run("run --resume out --data moved.tsv").succeeded().prints(&["mf on made: "]);
    assert!(!ran.stdout.contains("moved"), "{}", ran.stdout);
    for file in ["journal.jsonl", "test.json", "best.json", "candidates.json", "hall_of_fame.json", "report.html"] {
        assert!(project.read(&format!("out/{file}")) == project.read(&format!("whole/{file}")), "{file}");
    }
}

#[test]
fn every_phase_leaves_a_report_that_says_what_is_missing() {
    let project = Project::with_data();
    let unfinished = |phase: &str, expected: &str| {
        project.run(phase).succeeded().says(&["report: out/report.html"]);
        let page = project.read("out/report.html");
        expect_alone(&page);
        expect_all(
            &page,
            &["This run is not finished: ", expected, " tested yet: of the losses ", "<section id=\"candidates\""],
        );
        assert!(!page.contains("<section id=\"losses\""));
    };
    unfinished(
        &format!("search --data {DATA} --out out --samples 200 {QUICK}"),
        "its candidates have not been checked and tested.",
    );
    unfinished("check out", "its valid candidates have not been tested.");
    project.run("test out").succeeded().says(&["report: out/report.html"]);
    let page = project.read("out/report.html");
    assert!(page.contains("<section id=\"losses\"") && !page.contains("This run is not finished"));
}

#[test]
fn a_search_that_is_going_on_has_a_report() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    let journal = project.read("out/journal.jsonl");
    let cut = journal.find("\"event\":\"end\"").unwrap() - 10;
    project.write("out/journal.jsonl", &journal[..cut]);
    project.run("report out").succeeded();
    let page = project.read("out/report.html");
    expect_all(&page, &["This run is not finished: its search is going on, or was cut off.", "its first 200 samples"]);
    assert_eq!(project.read("out/journal.jsonl"), &journal[..cut], "the journal is read and not cut");
    let first = journal.lines().take(12).collect::<Vec<_>>().join("\n") + "\n";
    project.write("out/journal.jsonl", first);
    expect_alone(&{
        project.run("report out").succeeded();
        project.read("out/report.html")
    });
}

#[test]
fn a_run_in_which_nothing_survived_has_a_report() {
    let project = Project::with_data();
    let line = format!("run {DATA} --out out --samples 30 --set search.delta=1e6 {QUICK}");
    project.run(&line).exits(1).says(&["report: out/report.html"]);
    let page = project.read("out/report.html");
    expect_alone(&page);
    expect_all(&page, &["Nothing survived: the search accepted no loss."]);
    let line = format!("run {DATA} --out wrong --samples 200 --set check.threshold=1 --set check.dead_zone=0 {QUICK}");
    project.run(&line);
    expect_alone(&project.read("wrong/report.html"));
}

#[test]
fn a_search_by_convergence_is_captioned_as_one() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out out --folds 2 {EXACT} {TUNED}")).succeeded();
    let page = project.read("out/report.html");
    expect_alone(&page);
    expect_all(&page, &["Reference: mse reached AUC", "on the folds", "Trained to convergence", "the first fold"]);
    expect_all(&page, &["what the loss reaches above mse on 2 folds of the training rows", "★ above mse: "]);
    assert!(!page.contains("Figure 5"));
    let charts = charts(&page);
    let validation = charts.as_array().unwrap().iter().find(|chart| chart["id"] == "validation").unwrap();
    assert_eq!(validation["series"][1]["name"], "mse");
}

#[test]
fn regression_is_judged_by_its_error() {
    let project = Project::with_data();
    let line = format!("run {DATA} --out out --samples 400 --task regression --set data.label=rating {QUICK}");
    project.run(&line).succeeded();
    let page = project.read("out/report.html");
    expect_alone(&page);
    expect_all(
        &page,
        &["test RMSE", "validation RMSE", "lower is better", "paired t-test on the squared errors", "graded"],
    );
    assert!(!page.contains("AUC"), "labels are graded");
}

#[test]
fn a_name_with_markup_in_it_stays_text() {
    let project = Project::with_data();
    let name = "<b>&amp;\"'--><";
    std::fs::rename(project.path(DATA), project.path(&format!("{name}.tsv"))).unwrap();
    project
        .run_with(
            &[
                &["search", "--data", &format!("{name}.tsv"), "--out", "out"],
                words("--samples 60").as_slice(),
                words(QUICK).as_slice(),
            ]
            .concat(),
        )
        .succeeded();
    let page = project.read("out/report.html");
    expect_alone(&page);
    assert!(!page.contains(name) && page.contains("&lt;b&gt;&amp;amp;"), "escaped");
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn what_cannot_be_reported_is_said() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 60 {QUICK}")).succeeded();
    std::fs::remove_file(project.path("out/report.html")).unwrap();
    for folder in ["none", DATA] {
        let expected = format!(
            "{folder} holds no run: it needs config.toml and journal.jsonl, as `autolossgen search` writes them"
        );
        assert_eq!(project.refusal(&format!("report {folder}")), expected);
    }
    let refusal = |out: &str| project.refusal(&format!("report out --out {out}"));
    assert_eq!(refusal("none/page.html"), "--out none/page.html: there is no folder none");
    assert_eq!(refusal("out"), "--out out: it is a folder; name a file, as in out/report.html");
    let own = "--out out/journal.jsonl: beside the files of the run a report ends in .html, as in out/report.html";
    assert_eq!(refusal("out/journal.jsonl"), own);
    let held = project.read(DATA);
    let other = "the file is there and is no report of this program; name another, or overwrite it with --force";
    assert_eq!(refusal(DATA), format!("{DATA}: {other}"));
    assert_eq!(project.read(DATA), held);
    // A former report, and with a word anything.
    project.run("report out --out page.html").succeeded();
    project.run("report out --out page.html").succeeded();
    project.write("notes.txt", "mine");
    project.run("report out --out notes.txt --force").succeeded();
    let journal = project.read("out/journal.jsonl");
    let start = journal.lines().next().unwrap();
    project.write("out/journal.jsonl", format!("{start}\n"));
    let none = "out has no samples yet: its search has tried no loss, and there is nothing to report";
    assert_eq!(project.refusal("report out"), none);
    project.write("out/journal.jsonl", journal.replacen("\"event\":\"sample\"", "\"event\":\"dream\"", 1));
    assert!(project.refusal("report out").starts_with("out/journal.jsonl, line "));
    project.write("out/journal.jsonl", "");
    expect_all(&project.refusal("report out"), &["does not begin with the start of a run"]);
}

#[test]
fn a_report_that_cannot_be_written_does_not_fail_the_run() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    std::fs::remove_file(project.path("out/report.html")).unwrap();
    std::fs::create_dir(project.path("out/report.html")).unwrap();
    project.run("check out").succeeded().says(&["report: cannot write out/report.html"]);
    project.refusal("report out");
}
