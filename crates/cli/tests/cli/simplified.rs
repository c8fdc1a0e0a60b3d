//! Simpler forms of a loss: where they are shown, and where there is none.

use crate::project::{DATA, Project, QUICK, expect_all};

const LONG: &str = "square(pred + -label) * 1";

fn explained(loss: &str) -> serde_json::Value {
    let ran = Project::new().run_with(&["explain", loss, "--json"]).succeeded();
    ran.json()["explanations"][0]["simplified"].clone()
}

#[test]
fn explain_shows_a_simpler_form_that_is_verified() {
    let text = Project::new().run_with(&["explain", LONG]).succeeded();
    text.prints(&[
        "simplified  (pred - label)^2 (4 nodes; verified for |logit| ≤ 20, y from 0 to 1: the same value and gradient)",
    ]);
    let found = explained(LONG);
    assert_eq!((&found["formula"], &found["complexity"]), (&"(pred - label)^2".into(), &4.into()));
    assert_eq!((&found["value_difference"], &found["verified_within"]), (&0.0.into(), &1e-5.into()));
    let near = Project::new().run_with(&["explain", "log(reciprocal(pred))"]).succeeded();
    near.prints(&["simplified  -log(pred) (3 nodes; verified for |logit| ≤ 20, y from 0 to 1: value and gradient within 2e-6 of it)"]);
}

#[test]
fn explain_says_nothing_where_nothing_is_simpler() {
    for loss in ["mse", "hinge-reference", "(pred - label)^2", "log(1 / pred)"] {
        assert!(explained(loss).is_null(), "{loss}");
        let text = Project::new().run_with(&["explain", loss]).succeeded().stdout;
        assert!(!text.contains("simplified"), "{text}");
    }
}

#[test]
fn export_writes_the_simpler_form_and_says_of_what() {
    let project = Project::new();
    for (target, expected) in [("pytorch", "(pred - label) ** 2"), ("latex", r"\left(\hat{y} - y\right)^2")] {
        let ran = project.run_with(&["export", LONG, "--to", target, "--simplified", "--name", "found"]).succeeded();
        assert_eq!(ran.stderr, "");
        ran.prints(&[expected, "(pred - label)^2", "simplified", "(pred + -label)^2 * 1"]);
    }
    let args = ["export", LONG, "--to", "numpy", "--json", "--scale", "0.5"];
    let document = project.run_with(&[&args[..], &["--simplified"]].concat()).succeeded().json();
    assert_eq!((&document["formula"], &document["scale"]), (&"(pred - label)^2".into(), &0.5.into()));
    assert_eq!(document["original"], "(pred + -label)^2 * 1");
    assert!(project.run_with(&args).succeeded().json().get("original").is_none());
}

#[test]
fn export_of_what_cannot_be_simpler_is_what_it_was() {
    let project = Project::new();
    for loss in ["mse", "log(1 / pred)"] {
        let exact = project.run_with(&["export", loss, "--to", "jax"]).succeeded().stdout;
        let ran = project.run_with(&["export", loss, "--to", "jax", "--simplified"]).succeeded();
        assert_eq!(ran.stdout, exact);
        ran.says(&["nothing simpler is verified to be the same loss; it is exported as it is"]);
    }
    // Under another ε it is another loss.
    let found = |epsilon: &str| {
        let args = ["export", "log(exp(pred))", "--to", "latex", "--json", "--simplified", "--epsilon", epsilon];
        project.run_with(&args).succeeded().json()["formula"].clone()
    };
    assert_eq!((found("1e-6"), found("0.1")), ("pred".into(), "log(exp(pred))".into()));
}

#[test]
fn curves_are_drawn_as_svg() {
    let project = Project::new();
    project.run_with(&["explain", LONG, "--plot", "mse.svg"]).succeeded().says(&["figure: mse.svg"]);
    let svg = project.read("mse.svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    expect_all(&svg, &["dL/dlogit", "dL/dŷ", "y = 0", "y = 1", "prediction ŷ", "(pred + -label)^2 * 1"]);
    let document = project.run("explain bce --json --plot bce.svg").succeeded().json();
    assert_eq!(document["explanations"][0]["name"], "bce");
    assert!(project.read("bce.svg").contains(">bce<"));
}

#[test]
fn a_picture_that_cannot_be_drawn_is_refused() {
    let project = Project::new();
    for (line, expected) in [
        ("explain mse --plot mse.png", "--plot mse.png: the picture is SVG; give a file that ends in .svg"),
        ("explain mse --plot mse", "--plot mse: the picture is SVG; give a file that ends in .svg"),
        ("explain mse bce --plot a.svg", "--plot a.svg: one loss can be drawn, and 2 are given; draw each by itself"),
        ("explain mse --plot no/such/a.svg", "no/such/a.svg"),
    ] {
        expect_all(&project.refusal(line), &[expected]);
    }
    std::fs::write(project.path("mine.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let other = "mine.svg: the file is there and is no figure of this program; name another, or move the file away";
    expect_all(&project.refusal("explain mse --plot mine.svg"), &[other]);
    project.run("explain mse --plot again.svg").succeeded();
    project.run("explain bce --plot again.svg").succeeded().says(&["figure: again.svg"]);
    std::fs::create_dir(project.path("run")).unwrap();
    expect_all(&project.refusal("explain run --plot a.svg"), &["--plot is for losses"]);
}

#[test]
fn a_search_writes_an_event_file_and_the_same_journal() {
    let project = Project::with_data();
    let search = |more: &str| format!("search --data {DATA} --samples 60 {QUICK} {more}");
    project.run(&search("--out plain")).succeeded();
    let ran = project.run(&search("--out shown --tensorboard board/a")).succeeded();
    ran.says(&["tensorboard: board/a/events.out.tfevents."]);
    assert_eq!(project.read("plain/journal.jsonl"), project.read("shown/journal.jsonl"));
    let files: Vec<_> =
        std::fs::read_dir(project.path("board/a")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).unwrap();
    let count = |tag: &[u8]| bytes.windows(tag.len()).filter(|window| *window == tag).count();
    let updates = project.read("shown/journal.jsonl").matches("\"event\":\"update\"").count();
    assert!(updates > 3);
    assert_eq!((count(b"brain.Event:2"), count(b"search/validation")), (1, updates));
    project.write("file", "");
    expect_all(&project.refusal(&search("--out none --tensorboard file")), &["file"]);
}
