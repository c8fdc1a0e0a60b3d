//! What validation chooses by is what is reported, and what predictors without a recommender get is a floor.

use serde_json::Value;

use crate::project::{Project, QUICK, TUNED};

/// Data of which every tenth row is positive.
const RARE: &str = "data synth --users 60 --items 80 --rows 1500 --positive-share 0.1 --out rare.tsv";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_metric_that_chose_a_configuration_is_the_one_that_is_reported() {
    let project = Project::new();
    project.run(RARE).succeeded();
    for preset in ["default", "reference"] {
        for metric in ["f1", "accuracy", "auc"] {
            let line = format!(
                "eval --data rare.tsv --loss bce,maxr --preset {preset} --protocol tuned --set data.split=random \
                 --set selection.metric={metric} --json {TUNED}"
            );
            let document = project.run(&line).succeeded().json();
            for result in document["results"].as_array().unwrap() {
                let chosen =
                    |point: &&Value| ["learning_rate", "l2", "epsilon"].iter().all(|key| point[key] == result[key]);
                let tuned = &result["tuned"];
                let mut winners = tuned["race"].as_array().unwrap().iter().filter(chosen);
                let race = number(&winners.next().expect("the point is one of the race")["validation"]);
                assert_eq!(race, number(&tuned["seeds"][0]["validation"][metric]), "{preset}, {metric}: {result}");
                assert!(race > 0.0, "{preset}, {metric}: {result}");
            }
        }
    }
}

#[test]
fn a_constant_is_the_floor_of_every_column() {
    let project = Project::new();
    // Of ten rows as many are positive as the number says, in every part.
    for (name, positive) in [("rare", 3), ("often", 7)] {
        std::fs::create_dir(project.path(name)).unwrap();
        for (part, n) in [("train", 200), ("validation", 100), ("test", 100)] {
            let row = |row: usize| format!("u{}\ti{}\t{}\n", row % 17, row % 13, u8::from(row % 10 < positive));
            let rows: String = (0..n).map(row).collect();
            project.write(&format!("{name}/a.{part}.tsv"), format!("uid\tiid\tlabel\n{rows}"));
        }
        let share = positive as f64 / 10.0;
        for preset in ["default", "reference"] {
            let line = format!("eval --data {name} --loss bce --preset {preset} --json {QUICK}");
            let constant = project.run(&line).succeeded().json()["trivial"][0].clone();
            assert_eq!(constant["predictor"], "constant");
            let by_hand = [
                ("auc", 0.5),
                ("accuracy", share.max(1.0 - share)),
                ("f1", 2.0 * share / (1.0 + share)),
                ("mae", share.min(1.0 - share)),
                ("rmse", (share * (1.0 - share)).sqrt()),
                ("log_loss", -(share * share.ln() + (1.0 - share) * (1.0 - share).ln())),
            ];
            for (metric, expected) in by_hand {
                let found = number(&constant["test"][metric]);
                assert!((found - expected).abs() < 1e-6, "{preset}, {name}, {metric}: {found} and not {expected}");
            }
        }
    }
}

#[test]
fn three_test_rows_leave_the_interval_open() {
    let project = Project::new();
    std::fs::create_dir(project.path("few")).unwrap();
    for (part, n) in [("train", 60), ("validation", 30), ("test", 3)] {
        let row = |row: usize| format!("u{}\ti{}\t{}\n", row % 7, row % 3, u8::from(row % 3 == 2));
        project
            .write(&format!("few/a.{part}.tsv"), format!("uid\tiid\tlabel\n{}", (0..n).map(row).collect::<String>()));
    }
    let ran = project.run(&format!("eval --data few --loss bce,mse --json {QUICK}")).succeeded().json();
    for result in ran["results"].as_array().unwrap() {
        assert_eq!(number(&result["test"]["auc"]), 1.0, "the items tell the labels: {result}");
        assert_eq!(result["auc_interval"], serde_json::json!([0.0, 1.0]));
    }
    project.run(&format!("eval --data few --loss bce {QUICK}")).succeeded().prints(&["1.0000  0.0000 – 1.0000"]);
}
