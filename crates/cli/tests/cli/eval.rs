//! `eval`: metrics of named and given losses.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, expect_all, from_table};

#[test]
fn json_has_the_shape_that_is_promised() {
    let project = Project::with_data();
    let ran = project.run(&format!("eval --data {DATA} --loss bce,maxr --seed 7 --json {QUICK}")).succeeded();
    let document = ran.json();
    for key in ["dataset", "model", "preset", "protocol", "results"] {
        assert_eq!(ran.stdout.matches(&format!("\n  \"{key}\":")).count(), 1, "{key} once, at the top");
    }
    for key in ["users", "items", "train", "validation", "test"] {
        assert!(document["dataset"][key].as_u64() > Some(0), "{key}");
    }
    assert_eq!(document["dataset"]["name"], "made");
    assert_eq!(
        (&document["model"], &document["preset"], &document["protocol"]),
        (&"mf".into(), &"default".into(), &"fixed".into())
    );
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|result| &result["loss"]).collect::<Vec<_>>(), ["bce", "maxr"]);
    results.iter().for_each(expect_result);
}

fn expect_result(result: &Value) {
    for key in ["epsilon", "learning_rate", "l2", "epochs", "best_epoch", "seconds"] {
        assert!(result[key].as_f64() > Some(0.0), "{key} in {result}");
    }
    assert!(result["epochs"].as_u64() <= Some(20), "{result}");
    assert_eq!(result["seed"], 7);
    assert!(!result["formula"].as_str().unwrap().is_empty());
    assert!(result["validation"]["auc"].is_f64());
    for metric in ["auc", "f1", "accuracy"] {
        assert!((0.0..=1.0).contains(&result["test"][metric].as_f64().unwrap()), "{metric} in {result}");
    }
}

#[test]
fn losses_come_as_lists_names_and_formulas_that_begin_with_a_minus() {
    let project = Project::with_data();
    let mut args = vec!["eval", "--data", DATA, "--json", "--loss", "mse, max(pred, label)", "--loss", "-pred * label"];
    args.extend(QUICK.split(' '));
    let document = project.run_with(&args).succeeded().json();
    let losses: Vec<&Value> = document["results"].as_array().unwrap().iter().map(|result| &result["loss"]).collect();
    assert_eq!(losses, ["mse", "max(pred, label)", "-pred * label"]);
}

#[test]
fn validation_chooses_among_the_values_of_epsilon() {
    let project = Project::with_data();
    let tried = |epsilon: &str| {
        let line = format!("eval --data {DATA} --loss maxr --json --epsilon {epsilon} {QUICK}");
        let result = project.run(&line).succeeded().json()["results"][0].clone();
        let grid: Vec<f64> =
            result["grid"].as_array().unwrap().iter().map(|at| at["epsilon"].as_f64().unwrap()).collect();
        assert!(grid.contains(&result["epsilon"].as_f64().unwrap()), "{result}");
        grid
    };
    assert_eq!(tried("0.25"), [0.25]);
    assert_eq!(tried("0.5,0.25"), [0.5, 0.25]);
    assert_eq!(tried("grid").len(), 7);
}

#[test]
fn the_table_has_every_loss_and_what_trivial_predictors_get() {
    let project = Project::with_data();
    let long = format!("pred + {}label", "(label - pred)^2 + ".repeat(4));
    let mut args = vec!["eval", "--data", DATA, "--loss", "bce,mse", "--loss", &long];
    args.extend(QUICK.split(' '));
    let printed = project.run_with(&args).succeeded().stdout;
    let table = from_table(&printed);
    let said = &printed[..printed.len() - table.len()];
    assert!(said.starts_with("Verdict: ") && said.contains(&long), "{said}");
    assert!(said.contains("The recommender with "), "{said}");
    let lines: Vec<&str> = table.lines().collect();
    expect_all(lines[0], &["loss", "epoch", "valid. AUC", "test AUC", "95% interval", "F1", "accuracy", "p (Holm)"]);
    let first = |line: &&str| line.trim_start_matches("★ ").split_whitespace().next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = lines[2..5].iter().map(first).collect();
    names.sort();
    assert_eq!(names, ["bce", "mse", "pred"], "{table}");
    assert_eq!(lines[5..].iter().map(first).collect::<Vec<_>>(), ["constant", "popularity", "user"]);
    assert!(table.contains("(label - pred)^2 + (label - pred)^2") || table.contains('…'), "{table}");
    assert!(!table.contains(&long) && lines.iter().all(|line| line.chars().count() < 130), "{table}");
}

#[test]
fn nothing_but_divergence_is_exit_1() {
    let project = Project::with_data();
    let line = format!(
        "eval --data {DATA} --loss mse --set training.normalize=false --set search.reward=one-epoch --set training.learning_rate=1e30"
    );
    let ran = project.run(&format!("{line} --set training.l2=0 --json {QUICK}")).exits(1);
    assert_eq!(ran.json()["results"][0]["best_epoch"], 0);
    ran.says(&["nothing survived: every loss diverged in its first epoch"]);
}
