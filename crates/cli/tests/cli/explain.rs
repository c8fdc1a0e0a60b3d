//! `explain`: what losses do, and what those of a run do.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, expect_all};

/// A formula whose spaces stay.
fn of(losses: &[&str], flags: &str) -> Value {
    let args: Vec<&str> = ["explain"].iter().chain(losses).copied().chain(flags.split_whitespace()).collect();
    Project::new().run_with(&[&args[..], &["--json"]].concat()).succeeded().json()["explanations"].clone()
}

#[test]
fn a_loss_as_text_has_every_finding() {
    let ran = Project::new().run("explain bce").succeeded();
    assert_eq!(ran.stderr, "");
    ran.prints(&[
        "bce: relu(logit) - label * logit + log(1 + exp(-abs(logit)))",
        "no clamp",
        "dL/dŷ, y = 0",
        "dL/dlogit, y = 0",
        "right on 100% of 2000 simulated pairs",
        "ŷ* = p to within 0.001 and 2% of p and 1 − p, for p from 1.0e-4 to 0.9999: strictly proper",
        "value not bounded",
        "gradient bounded",
        "symmetric in the classes; convex in the logit",
        "L(ŷ, 0) + L(ŷ, 1) is not constant (0.5 from it)",
    ]);
}

#[test]
fn curves_are_drawn_where_they_are_asked_for() {
    let project = Project::new();
    let dots = |line: &str| {
        let text = project.run(line).succeeded().stdout;
        text.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count()
    };
    assert_eq!(dots("explain mse"), 0, "stdout is no terminal");
    assert!(dots("explain mse --curves") > 50);
    project.run("explain mse --curves --json").exits(2);
}

#[test]
fn json_is_one_document_with_a_fine_grid() {
    let found = of(&["mse, hinge", "max(pred, label)"], "");
    let names: Vec<&Value> = found.as_array().unwrap().iter().map(|found| &found["name"]).collect();
    assert_eq!(names, [&"mse".into(), &"hinge".into(), &Value::Null]);
    let mse = &found[0];
    assert_eq!((&mse["formula"], &mse["clamp"]), (&"(pred - label)^2".into(), &"none".into()));
    assert_eq!(mse["curve"].as_array().unwrap().len(), 199);
    assert_eq!(mse["curve"][99]["prediction"], 0.5);
    assert!((mse["curve"][99]["positive"]["by_logit"].as_f64().unwrap() + 0.25).abs() < 1e-6);
    assert!((mse["curve"][99]["positive"]["by_prediction"].as_f64().unwrap() + 1.0).abs() < 1e-6);
    assert_eq!((&mse["minimiser"]["strictly_proper"], &mse["shape"]["convex"]), (&true.into(), &false.into()));
    assert_eq!(found[1]["minimiser"]["calibrated"], true);
    // A formula is read as a generated one.
    assert_eq!(found[2]["clamp"]["signed"], 1e6);
    // max(ŷ, 1) is 1: nothing is learned of positives.
    assert_eq!(found[2]["sign"]["flat"]["positive"][0]["high"], 1.0);
    assert_eq!(found[2]["gradient"]["balance"], 0.0);
}

#[test]
fn epsilon_and_clamp_are_those_that_are_said() {
    let epsilon = |found: &Value| found[0]["epsilon"].as_f64().unwrap();
    assert!((epsilon(&of(&["maxr"], "")) - 1e-6).abs() < 1e-12);
    assert!((epsilon(&of(&["maxr"], "--epsilon 0.1")) - 0.1).abs() < 1e-7);
    let reference = of(&["pred + -label", "mse"], "--preset reference");
    assert_eq!((&reference[0]["clamp"]["positive"][1], &reference[1]["clamp"]), (&1e5.into(), &"none".into()));
    assert_eq!(of(&["pred"], "--set search.clamp=none")[0]["clamp"], "none");
    for args in [&["explain", "--", "-(pred - label)^2"][..], &["explain", "-(pred - label)^2"]] {
        let turned = Project::new().run_with(args).succeeded();
        turned.prints(&["right on 0% of 2000", "! The gradient pushes away from y = 0"]);
    }
    assert_eq!(of(&["-pred", "mse"], "")[0]["formula"], "-pred");
    assert_eq!(of(&["-(1) + pred", "mse"], "--epsilon 0.1")[1]["name"], "mse");
}

#[test]
fn what_cannot_be_explained_is_said() {
    let project = Project::new();
    assert_eq!(project.refusal("explain bcee"), "LOSS: no loss is called 'bcee'; did you mean 'bce'?");
    assert!(
        project
            .refusal_with(&["explain", "pred + * 2"])
            .starts_with("LOSS, at column 8: expected a value, found '*'\n")
    );
    assert_eq!(project.refusal("explain runs/none"), "'runs/none' is neither a loss nor the folder of a run");
    assert!(project.refusal("explain bce,").starts_with("LOSS: a name or a formula is empty"));
    for value in ["0", "-1", "nan", "abc"] {
        let expected = format!("--epsilon '{value}': a positive and finite 32-bit number is needed, as in 1e-6");
        assert_eq!(project.refusal(&format!("explain maxr --epsilon {value}")), expected);
    }
    let said = project.refusal_with(&["explain", "(pred - 0.5) / (pred - 0.5)"]);
    expect_all(&said, &["(pred - 0.5) / (pred - 0.5): the value or the derivative is NaN or ∞ at ŷ = 0.5, y = 0"]);
    project.refuses_value("explain bce --preset none", "--preset <PRESET>", "none", "default, paper, reference", None);
    project.run("explain").exits(2).says(&["<LOSS|RUN>"]);
}

#[test]
fn a_tested_run_is_explained_and_left_as_it_is() {
    let project = Project::with_data();
    project.run(&format!("run {DATA} --out out --samples 200 {QUICK}")).succeeded();
    let before = project.files();
    let text = project.run("explain out").succeeded().stdout;
    expect_all(&text, &["test AUC", "bce", "logmin", "property", "ρ", "reach", "tested losses of this run"]);
    let document = project.run("explain out --json").succeeded().json();
    assert!(project.files() == before);
    assert_eq!((&document["run"], &document["metric"]), (&"out".into(), &"auc".into()));
    let losses = document["losses"].as_array().unwrap();
    let tested: Value = serde_json::from_str(&project.read("out/test.json")).unwrap();
    assert_eq!(losses.len(), tested["results"].as_array().unwrap().len());
    for loss in losses {
        let result =
            tested["results"].as_array().unwrap().iter().find(|result| result["loss"] == loss["loss"]).unwrap();
        assert_eq!(
            (&loss["test"], &loss["epsilon"], &loss["clamp"]),
            (&result["test"], &result["epsilon"], &result["clamp"])
        );
        assert!(loss["properties"]["sign"].is_f64() && loss["explanation"]["warnings"].is_array(), "{loss}");
    }
    let auc: Vec<f64> = losses.iter().map(|loss| loss["test"]["auc"].as_f64().unwrap()).collect();
    assert!(auc.is_sorted_by(|a, b| a >= b), "{auc:?}");
    for correlation in document["correlations"].as_array().unwrap() {
        assert_eq!(correlation["losses"].as_u64(), Some(losses.len() as u64), "{correlation}");
        assert!(correlation["rank_correlation"].as_f64().is_none_or(|rho| rho.abs() <= 1.0), "{correlation}");
    }
    assert_eq!(
        project.refusal("explain out --epsilon 0.1"),
        "--epsilon is for losses: those of a run are read as they were tested"
    );
    assert_eq!(project.refusal("explain bce out"), "out is the folder of a run: explain it alone");
}

#[test]
fn a_run_with_nothing_tested_is_refused() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {QUICK}")).succeeded();
    assert_eq!(project.refusal("explain out"), "out has not been tested: run `autolossgen test out` first");
    project.run(&format!("search --data {DATA} --out none --samples 30 --set search.delta=1e6 {QUICK}")).exits(1);
    let said = project.refusal("explain none");
    assert_eq!(said, "none has no candidates: its search accepted no loss, and there is nothing to explain");
    std::fs::create_dir(project.path("empty")).unwrap();
    assert!(project.refusal("explain empty").starts_with("empty holds no run: it needs config.toml and journal.jsonl"));
    let journal = project.read("out/journal.jsonl");
    project.write("out/journal.jsonl", journal.replacen("\"event\":\"sample\"", "\"event\":\"dream\"", 1));
    assert!(project.refusal("explain out").starts_with("out/journal.jsonl, line "));
}
