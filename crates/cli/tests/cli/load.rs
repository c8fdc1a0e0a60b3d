//! Data of extreme shapes: very many ids, one very busy user, one user, one item, one class.

use std::fmt::Write;

use serde_json::Value;

use crate::project::{Project, expect_all};

/// A moment of training, of one loss.
const ONE_EPOCH: &str = "--protocol fixed --set stop.max_epochs=1 --set model.mf.dimension=4 --json";

/// A table of `n` rows, liked and not by turns.
fn table(n: usize, row: impl Fn(usize) -> (String, String)) -> String {
    let mut text = String::from("user,item,rating,timestamp\n");
    for time in 0..n {
        let (user, item) = row(time);
        writeln!(text, "{user},{item},{},{time}", 1 + 4 * (time / 7 % 2)).unwrap();
    }
    text
}

fn evaluated(project: &Project, data: &str, settings: &str) -> Value {
    project.run(&format!("eval --data {data} --loss bce {ONE_EPOCH} {settings}")).succeeded().json()
}

fn expect_a_metric(document: &Value) {
    let auc = document["results"][0]["test"]["auc"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&auc), "{document}");
}

#[test]
fn a_million_ids_are_counted_and_trained_on() {
    let project = Project::new();
    let row = |n: usize| (format!("user-{n:032x}"), format!("item {}", n % 100_000));
    project.write("many.csv", table(900_000, row));
    let document = evaluated(&project, "many.csv", "--set data.split=random");
    let dataset = &document["dataset"];
    assert_eq!((dataset["users"].as_u64(), dataset["items"].as_u64()), (Some(900_000), Some(100_000)));
    expect_a_metric(&document);
}

#[test]
fn one_user_may_have_a_hundred_thousand_items() {
    let project = Project::new();
    let row = |n: usize| {
        let user = if n.is_multiple_of(11) { format!("u{}", n % 7) } else { "everything".to_owned() };
        (user, format!("i{n}"))
    };
    project.write("busy.csv", table(110_000, row));
    for split in ["leave-one-out", "random", "temporal"] {
        let document = evaluated(&project, "busy.csv", &format!("--set data.split={split}"));
        assert_eq!(document["dataset"]["items"], 110_000);
        expect_a_metric(&document);
    }
}

#[test]
fn one_user_or_one_item_is_enough() {
    let project = Project::new();
    project.write("user.csv", table(200, |n| ("me".into(), n.to_string())));
    project.write("item.csv", table(200, |n| (n.to_string(), "it".into())));
    for (data, settings) in
        [("user.csv", ""), ("user.csv", "--model mlp"), ("item.csv", ""), ("item.csv", "--model mlp")]
    {
        let settings = format!("{settings} --set data.split=random");
        expect_a_metric(&evaluated(&project, data, &settings));
        let out = format!("{data}{}", settings.len());
        let line =
            format!("search --data {data} --out {out} --samples 50 --json --set model.mf.dimension=4 {settings}");
        assert_eq!(project.run(&line).json()["sampled"], 50, "{line}");
    }
}

#[test]
fn training_rows_that_are_all_positive_are_said_to_be() {
    let project = Project::new();
    std::fs::create_dir(project.path("parts")).unwrap();
    for (part, labels) in [("train", [1, 1]), ("validation", [1, 0]), ("test", [1, 0])] {
        let row = |n: usize| format!("u{}\ti{}\t{}\n", n % 7, n % 5, labels[n % 2]);
        let text = (0..40).map(row).collect::<String>();
        project.write(&format!("parts/a.{part}.tsv"), format!("uid\tiid\tlabel\n{text}"));
    }
    let said = project.refusal("eval --data parts --loss bce");
    assert_eq!(
        said,
        "parts: 40 of the 40 train rows are positive, and both classes are needed; choose another data.split or \
         data.threshold"
    );
    let regression = "eval --data parts --loss mse --task regression --set stop.max_epochs=1 --protocol fixed";
    expect_all(&project.run(regression).succeeded().stdout, &["mse", "RMSE"]);
}
