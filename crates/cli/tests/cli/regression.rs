//! `--task regression`: what is learned, what is shown, and what does not fit.

use serde_json::Value;

use crate::project::{DATA, Project, QUICK, expect_all, from_table};

/// Regression of the rating itself.
const GRADED: &str = "--task regression --set data.label=rating";

#[test]
fn a_regression_search_reports_its_best_loss_the_same_at_any_number_of_threads() {
    let project = Project::with_data();
    let run = |out: &str, threads: u32| {
        let line = format!("run {DATA} --out {out} --samples 600 --threads {threads} {GRADED} {QUICK}");
        project.run(&line).succeeded().stdout
    };
    let text = run("one", 1);
    run("two", 2);
    assert!(project.read("one/journal.jsonl") == project.read("two/journal.jsonl"));
    let best: Value = serde_json::from_str(&project.read("one/best.json")).unwrap();
    expect_all(&text, &["The best of the losses found, by validation (★):", best["formula"].as_str().unwrap(), "★"]);
    expect_all(&text, &["p (Holm)", "squared errors on the test rows", "paired t-test, corrected by Holm"]);
    let rmse = best["test"]["rmse"].as_f64().unwrap();
    let interval: Vec<f64> =
        best["rmse_interval"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect();
    assert!(interval[0] < rmse && rmse < interval[1], "{best}");
}

#[test]
fn comparisons_are_of_the_rmse() {
    let project = Project::with_data();
    let document =
        project.run(&format!("run {DATA} --out out --samples 600 --json {GRADED} {QUICK}")).succeeded().json();
    let test = &document["test"];
    let rmse = |result: &Value| result["test"]["rmse"].as_f64().unwrap();
    let results = test["results"].as_array().unwrap();
    let best = &results[test["best"].as_u64().unwrap() as usize];
    let comparisons = test["comparisons"].as_array().unwrap();
    assert_eq!(comparisons.len(), 7, "{test}");
    for comparison in comparisons {
        let baseline = results.iter().find(|result| result["loss"] == comparison["baseline"]).unwrap();
        let difference = comparison["difference"].as_f64().unwrap();
        assert!((difference - (rmse(best) - rmse(baseline))).abs() < 1e-12, "{comparison}");
    }
}

/// The column called `heading` of the rows of losses.
fn column(table: &str, heading: &str) -> Vec<f64> {
    let mut lines = from_table(table).lines();
    let at = lines.next().unwrap();
    let end = at.find(heading).map(|start| at[..start].chars().count() + heading.chars().count()).unwrap();
    let cell =
        |line: &str| line.chars().take(end).collect::<String>().split_whitespace().last().unwrap().parse().unwrap();
    lines.skip(1).take_while(|line| !line.starts_with("  constant")).map(cell).collect()
}

#[test]
fn the_table_is_in_the_order_of_the_metric() {
    let project = Project::with_data();
    let losses = "bce,mse,hinge-reference,focal,maxr";
    let table = |settings: &str| {
        project.run(&format!("eval --data {DATA} --loss {losses} {settings} {QUICK}")).succeeded().stdout
    };
    let ordered = |settings: &str, heading: &str, rising: bool| {
        let text = table(settings);
        let values = column(&text, heading);
        assert_eq!(values.len(), 5, "{text}");
        assert!(values.windows(2).all(|pair| pair[0] == pair[1] || (pair[0] < pair[1]) == rising), "{text}");
        assert!(values.iter().any(|value| *value != values[0]), "{text}");
    };
    ordered("", "valid. AUC", false);
    ordered("--set selection.metric=log_loss", "valid. log loss", true);
    ordered(GRADED, "valid. RMSE", true);
    ordered(&format!("{GRADED} --set selection.metric=mae"), "valid. MAE", true);
}

#[test]
fn the_table_of_a_regression_has_errors_and_the_mean_label() {
    let project = Project::with_data();
    let table = project.run(&format!("eval --data {DATA} --loss bce,mse {GRADED} {QUICK}")).succeeded().stdout;
    expect_all(&table, &["valid. RMSE", "test RMSE", "95% interval", "valid. MAE", "test MAE", "  constant"]);
    for absent in ["AUC", "F1", "accuracy", "popularity"] {
        assert!(!table.contains(absent), "{absent} in\n{table}");
    }
    // Labels 0 and 1 have an AUC, but only where it is asked for is it shown.
    let classes = |settings: &str| {
        let line = format!("eval --data {DATA} --loss bce --task regression {settings} {QUICK}");
        project.run(&line).succeeded().stdout
    };
    assert!(!classes("").contains("popularity"));
    expect_all(&classes("--set selection.metric=auc"), &["valid. AUC", "popularity", "test RMSE"]);
}

#[test]
fn graded_labels_have_no_metric_of_classes() {
    let project = Project::with_data();
    let document = project.run(&format!("eval --data {DATA} --loss bce --json {GRADED} {QUICK}")).succeeded().json();
    let names = |metrics: &Value| metrics.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let result = &document["results"][0];
    assert_eq!(
        (names(&result["validation"]), names(&result["test"])),
        (names(&result["test"]), vec!["log_loss".into(), "mae".into(), "rmse".into()])
    );
    assert_eq!((&document["dataset"]["graded"], &result["auc_interval"]), (&Value::from(true), &Value::Null));
}

#[test]
fn data_say_which_labels_they_have() {
    let project = Project::with_data();
    let info = |settings: &str| project.run(&format!("data info {DATA} {settings}")).succeeded().stdout;
    let graded = info(GRADED);
    expect_all(&graded, &["rows, mean label 0.", "is about the smallest difference of RMSE between two losses"]);
    assert!(!graded.contains("positive"), "{graded}");
    assert_eq!(info("--task regression"), info(""), "labels 0 and 1 stay what they are");
    // A division that is written has its labels, and reads back as what it was.
    project.run(&format!("data split {DATA} --out parts {GRADED}")).succeeded();
    let checksum =
        |data: &str| project.run(&format!("data info {data} --json {GRADED}")).succeeded().json()["checksum"].clone();
    assert_eq!(checksum("parts"), checksum(DATA));
    let binary = project.run(&format!("data info {DATA} --json")).succeeded().json()["checksum"].clone();
    assert_ne!(binary, checksum(DATA));
}

#[test]
fn ready_labels_of_two_classes_fit_every_task_and_rule() {
    let project = Project::with_data();
    project.run(&format!("data split {DATA} --out parts")).succeeded();
    let info = |settings: &str| project.run(&format!("data info parts --json {settings}")).succeeded().json();
    for settings in ["--task regression", "--set data.label=rating", GRADED] {
        assert_eq!(info(settings), info(""), "{settings}");
    }
    project.run(&format!("eval --data parts --loss bce {GRADED} --set selection.metric=auc {QUICK}")).succeeded();
}

#[test]
fn a_split_of_one_class_is_enough_for_regression() {
    let project = Project::new();
    let row = |time: usize| format!("u{},i{},{},{time}\n", time % 3, time, if time < 30 { time % 5 + 1 } else { 5 });
    project.write("ratings.csv", format!("user,item,rating,timestamp\n{}", (0..40).map(row).collect::<String>()));
    let temporal = "--set data.split=temporal";
    let said = project.refusal(&format!("eval --data ratings.csv --loss mse {temporal} {QUICK}"));
    expect_all(&said, &["4 of the 4 validation rows are positive, and both classes are needed"]);
    project.run(&format!("eval --data ratings.csv --loss mse {temporal} --task regression {QUICK}")).succeeded();
    let said = project.refusal(&format!(
        "eval --data ratings.csv --loss mse {temporal} --task regression --set data.ratios=[0.98,0.01,0.01] {QUICK}"
    ));
    assert_eq!(said, "ratings: there are no test rows, and at least one is needed; choose another data.split");
}

#[test]
fn training_rows_of_one_label_can_be_searched() {
    let project = Project::new();
    let row = |time: usize| format!("u{},i{},{},{time}\n", time % 3, time % 5, if time < 32 { 5 } else { 1 });
    project.write("ratings.csv", format!("user,item,rating,timestamp\n{}", (0..40).map(row).collect::<String>()));
    let search = "search --data ratings.csv --out out --samples 20 --task regression --set data.split=temporal --json";
    assert_eq!(project.run(&format!("{search} {QUICK}")).succeeded().json()["sampled"], 20);
}

#[test]
fn what_does_not_fit_is_refused() {
    let project = Project::with_data();
    let said = |settings: &str| project.refusal(&format!("run {DATA} --out out {settings}"));
    let tasks = "classification, regression, ranking";
    project.refuses_value(&format!("run {DATA} --out out --task guess"), "--task <TASK>", "guess", tasks, None);
    assert_eq!(said("--set task=guess"), "command line: task = 'guess': use classification, regression or ranking");
    assert_eq!(said("--set data.label=stars"), "command line: data.label = 'stars': use binary or rating");
    assert_eq!(
        said("--set selection.metric=auroc"),
        "command line: selection.metric = 'auroc': use auto, auc, log_loss, rmse, mae, f1 or accuracy"
    );
    assert_eq!(
        said("--set data.label=rating"),
        "made: task = 'classification' needs labels 0 and 1, and data.label = 'rating' makes graded ones; use task = \
         'regression', or data.label = 'binary'"
    );
    for metric in ["auc", "f1", "accuracy"] {
        assert_eq!(
            said(&format!("{GRADED} --set selection.metric={metric}")),
            format!(
                "made: selection.metric = '{metric}': needs labels 0 and 1, and these are graded; use auto, rmse, mae or log_loss"
            )
        );
    }
    project.write("equal.csv", "user,item,rating\na,x,4\na,y,4\nb,x,4\n");
    assert_eq!(
        project.refusal(&format!("run equal.csv --out out {GRADED}")),
        "equal: every one of the 3 ratings is 4, and data.label = 'rating' scales them from the smallest to the \
         largest; ratings that differ are needed"
    );
}

#[test]
fn a_run_on_training_rows_of_one_label_can_be_read_again() {
    let project = Project::new();
    let rows = |labels: [u8; 2]| {
        let row = |number: usize| format!("u{}\ti{}\t{}\n", number % 7, number % 5, labels[number % 2]);
        format!("uid\tiid\tlabel\n{}", (0..30).map(row).collect::<String>())
    };
    std::fs::create_dir(project.path("ones")).unwrap();
    for (part, labels) in [("train", [1, 1]), ("validation", [1, 1]), ("test", [1, 0])] {
        project.write(&format!("ones/a.{part}.tsv"), rows(labels));
    }
    let settings = format!("--task regression --samples 100 --set check.threshold=0.1 {QUICK}");
    project.run(&format!("run ones --out out {settings}")).succeeded();
    // The constant prediction is certain and wrong on some test rows: its log loss is infinite, and no number in JSON.
    let tested: Value = serde_json::from_str(&project.read("out/test.json")).unwrap();
    assert!(tested["trivial"][0]["test"].get("log_loss").is_none(), "{}", tested["trivial"]);
    project.run("test out").succeeded();
    std::fs::create_dir(project.path("same")).unwrap();
    for (part, labels) in [("train", [1, 0]), ("validation", [1, 1]), ("test", [1, 0])] {
        project.write(&format!("same/a.{part}.tsv"), rows(labels));
    }
    assert_eq!(
        project.refusal("eval --data same --loss bce --task regression --set selection.metric=auc"),
        "same: selection.metric = 'auc': needs validation rows of both classes, and these are of one; use rmse, mae or log_loss, \
         or another data.split"
    );
}
