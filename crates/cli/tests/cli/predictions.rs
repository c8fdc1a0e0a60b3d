//! `--predictions`: every metric of a table can be computed again from the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, TUNED};

/// Labels and logits of one recommender on one part.
type Rows = Vec<(f32, f32)>;

/// Rows by loss, seed and part.
fn read(text: &str) -> BTreeMap<[String; 3], Rows> {
    let mut found: BTreeMap<[String; 3], Rows> = BTreeMap::new();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("loss\tseed\tpart\tuser\titem\tlabel\tlogit"));
    for line in lines {
        let [loss, seed, part, _, _, label, logit] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let key = [loss, seed, part].map(str::to_owned);
        found.entry(key).or_default().push((label.parse().unwrap(), logit.parse().unwrap()));
    }
    found
}

/// The share of pairs of a positive and a negative that are in order, a tie counting half.
fn auc(rows: &Rows) -> f64 {
    let of_class = |class: f32| rows.iter().filter(move |(label, _)| *label == class).map(|(_, logit)| *logit);
    let (mut won, mut pairs) = (0.0, 0.0);
    for positive in of_class(1.0) {
        for negative in of_class(0.0) {
            won += if positive > negative { 1.0 } else { 0.5 * f64::from(u8::from(positive == negative)) };
            pairs += 1.0;
        }
    }
    won / pairs
}

fn rmse(rows: &Rows) -> f64 {
    let square = |(label, logit): &(f32, f32)| (1.0 / (1.0 + f64::from(-logit).exp()) - f64::from(*label)).powi(2);
    (rows.iter().map(square).sum::<f64>() / rows.len() as f64).sqrt()
}

/// Every seed of every result has the metrics that its predictions give; how many there are.
fn expect_metrics(predictions: &BTreeMap<[String; 3], Rows>, results: &Value) -> usize {
    let mut n_seeds = 0;
    for result in results.as_array().unwrap() {
        let seeds = match result["tuned"].get("seeds") {
            Some(seeds) => seeds.as_array().unwrap().clone(),
            None => vec![result.clone()],
        };
        for seed in &seeds {
            for part in ["validation", "test"] {
                let key = [result["loss"].as_str().unwrap().to_owned(), seed["seed"].to_string(), part.to_owned()];
                let rows = &predictions[&key];
                for (metric, ours) in [("auc", auc(rows)), ("rmse", rmse(rows))] {
                    let theirs = seed[part][metric].as_f64().unwrap();
                    assert!((ours - theirs).abs() < 1e-12, "{key:?}: {metric} {ours} and not {theirs}");
                }
            }
        }
        n_seeds += seeds.len();
    }
    n_seeds
}

#[test]
fn metrics_come_again_from_the_file_of_eval() {
    let project = Project::with_data();
    let line = format!("eval --data {DATA} --loss bce,maxr --json {TUNED} --predictions");
    let document = project.run(&format!("{line} p.tsv --threads 1")).succeeded().json();
    let text = project.read("p.tsv");
    let predictions = read(&text);
    assert_eq!(predictions.len(), 2 * expect_metrics(&predictions, &document["results"]));
    for part in ["validation", "test"] {
        let n = document["dataset"][part].as_u64().unwrap() as usize;
        assert!(predictions.iter().filter(|(key, _)| key[2] == part).all(|(_, rows)| rows.len() == n), "{part}");
    }
    let data = project.read(DATA);
    let pairs: BTreeSet<Vec<&str>> = data.lines().map(|line| line.split('\t').take(2).collect()).collect();
    for ids in text.lines().skip(1).map(|line| line.split('\t').skip(3).take(2).collect::<Vec<_>>()) {
        assert!(pairs.contains(&ids), "{ids:?} are not in the data");
    }
    project.run(&format!("{line} q.tsv --threads 3")).succeeded();
    assert!(text == project.read("q.tsv"), "the same bytes at any number of threads");
}

/// F1 and accuracy where rows whose logit is at least `threshold` are predicted positive.
fn f1_and_accuracy(rows: &Rows, threshold: f32) -> [f64; 2] {
    let count = |predicted: bool, label: f32| {
        rows.iter().filter(|row| (row.1 >= threshold) == predicted && row.0 == label).count() as f64
    };
    let (right, wrong) = ([count(true, 1.0), count(false, 0.0)], [count(true, 0.0), count(false, 1.0)]);
    let f1 = if right[0] > 0.0 { 2.0 * right[0] / (2.0 * right[0] + wrong[0] + wrong[1]) } else { 0.0 };
    [f1, (right[0] + right[1]) / rows.len() as f64]
}

#[test]
fn f1_and_accuracy_are_the_best_on_validation_each_at_its_own_threshold() {
    let project = Project::new();
    project.run("data synth --users 60 --items 80 --rows 1500 --positive-share 0.1 --out rare.tsv").succeeded();
    let line =
        format!("eval --data rare.tsv --loss bce,maxr --set data.split=random --json {QUICK} --predictions p.tsv");
    let document = project.run(&line).succeeded().json();
    let predictions = read(&project.read("p.tsv"));
    for result in document["results"].as_array().unwrap() {
        let loss = result["loss"].as_str().unwrap();
        let rows = |part: &str| &predictions[&[loss, "42", part].map(str::to_owned)];
        let (validation, test) = (rows("validation"), rows("test"));
        let cuts = || validation.iter().map(|row| row.1).chain([f32::INFINITY]);
        for (at, metric) in ["f1", "accuracy"].into_iter().enumerate() {
            let best = cuts().map(|cut| f1_and_accuracy(validation, cut)[at]).fold(0.0, f64::max);
            assert_eq!(result["validation"][metric].as_f64(), Some(best), "{loss}, {metric}");
            // On test it is the value half-way from the highest logit that is predicted positive no more.
            let tested = result["test"][metric].as_f64().unwrap();
            let below = |high: f32| cuts().filter(|cut| *cut < high).fold(f32::NEG_INFINITY, f32::max);
            let is_best = |cut: &f32| f1_and_accuracy(validation, *cut)[at] == best;
            let highest = cuts().filter(is_best).fold(f32::NEG_INFINITY, f32::max);
            let half_way = |high: f32| if high == f32::INFINITY { high } else { below(high).midpoint(high) };
            assert_eq!(f1_and_accuracy(test, half_way(highest))[at], tested, "{loss}, {metric}");
        }
    }
}

#[test]
fn parquet_is_the_same_at_any_number_of_threads() {
    let project = Project::with_data();
    let bytes = |name: &str, threads: u32| {
        let line = format!("eval --data {DATA} --loss bce,maxr {QUICK} --predictions {name} --threads {threads}");
        project.run(&line).succeeded();
        std::fs::read(project.path(name)).unwrap()
    };
    let whole = bytes("one.parquet", 1);
    assert!(whole.starts_with(b"PAR1") && whole.ends_with(b"PAR1"));
    assert!(whole == bytes("three.parquet", 3));
}

#[test]
fn a_test_has_the_predictions_of_every_loss() {
    let project = Project::with_data();
    project.run(&format!("search --data {DATA} --out out --samples 200 {TUNED}")).succeeded();
    let document = project.run("test out --json --predictions p.tsv").succeeded().json();
    let predictions = read(&project.read("p.tsv"));
    assert!(expect_metrics(&predictions, &document["results"]) > 7 * 3);
    let without = project.run("test out --json").succeeded().json();
    assert_eq!(document, without, "the file changes no result");
    assert_eq!(
        project.refusal("test out --resume --predictions q.tsv"),
        "--predictions q.tsv: the test of out is done, and its recommenders are not kept; without --resume it is done again"
    );
}

#[test]
fn a_file_that_cannot_be_is_refused_before_anything_is_trained() {
    let project = Project::with_data();
    let eval = |file: &str| format!("eval --data {DATA} --loss bce {QUICK} --predictions {file}");
    assert_eq!(project.refusal(&eval(DATA)), format!("{DATA}: the file exists: choose another name"));
    assert_eq!(project.refusal(&eval("p.csv")), "p.csv: the file type is not known: use .parquet, .tsv, .tab or .txt");
    assert!(project.refusal(&eval("none/p.tsv")).starts_with("cannot write none/p.tsv: "));
    project.run(&format!("search --data {DATA} --out out --samples 200 {TUNED}")).succeeded();
    assert!(project.refusal("test out --predictions none/p.parquet").starts_with("cannot write none/p.parquet: "));
}

#[test]
fn what_diverged_predicts_nothing() {
    let project = Project::with_data();
    let settings = "--set training.normalize=false --set search.reward=one-epoch --set training.learning_rate=1e30 --set training.l2=0";
    project.run(&format!("eval --data {DATA} --loss mse {settings} {QUICK} --predictions p.tsv")).exits(1);
    assert_eq!(project.read("p.tsv").lines().count(), 1, "the header alone");
}
