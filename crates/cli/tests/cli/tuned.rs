//! The `tuned` protocol of Phase III, which is the default.

use serde_json::Value;

use crate::project::{DATA, Project, TUNED, expect_all, from_table};

#[test]
fn eval_is_tuned_by_default_and_its_json_has_the_shape_that_is_promised() {
    let project = Project::with_data();
    let ran = project.run(&format!("eval --data {DATA} --loss bce,maxr --seed 7 --json {TUNED}")).succeeded();
    let document = ran.json();
    assert_eq!(document["protocol"], "tuned");
    assert_eq!(document["budget"]["seeds"], serde_json::json!([7, 8, 9]));
    assert_eq!(document["budget"]["rungs"][0], serde_json::json!({"configurations": 18, "until": 2}));
    assert_eq!(document["budget"]["rungs"][2], serde_json::json!({"configurations": 2, "until": null}));
    for result in document["results"].as_array().unwrap() {
        for key in ["epsilon", "learning_rate", "l2", "epochs", "best_epoch", "seconds"] {
            assert!(result[key].as_f64() > Some(0.0), "{key} in {result}");
        }
        assert_eq!(result["seed"], 7);
        assert!(result["validation"]["auc"].is_f64() && result["test"]["f1"].is_f64(), "{result}");
        let tuned = &result["tuned"];
        assert_eq!(tuned["seeds"].as_array().unwrap().len(), 3);
        assert_eq!((&tuned["seeds"][2]["seed"], tuned["race"].as_array().unwrap().len()), (&Value::from(9), 18 + 6));
        assert_eq!((&tuned["race"][0]["round"], &tuned["race"][23]["round"]), (&Value::from(0), &Value::from(1)));
        assert!(tuned["at_edge"].is_array(), "{tuned}");
        assert!(tuned["step_size"].as_f64() > Some(0.0) && tuned["test_interval"]["auc"][1].is_f64(), "{tuned}");
        assert!(tuned["optimism"]["selection"].is_f64(), "{tuned}");
        for key in ["learning_rate", "l2", "epsilon", "rungs", "validation", "epochs"] {
            assert!(tuned["race"][0][key].is_number(), "{key} in {tuned}");
        }
    }
}

#[test]
fn the_table_has_what_was_chosen_and_the_mean_over_the_seeds() {
    let project = Project::with_data();
    let table = project.run(&format!("eval --data {DATA} --loss bce,maxr {TUNED}")).succeeded().stdout;
    assert!(table.starts_with("Verdict: ") && table.contains("over all seeds"), "{table}");
    let lines: Vec<&str> = from_table(&table).lines().collect();
    let heading: Vec<&str> = lines[0].split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(heading, ["loss", "ε", "rate", "L2", "step", "valid. AUC", "test AUC", "seeds"]);
    assert!(lines[2].contains(" ± ") && lines[2].ends_with('3'), "{table}");
    let budget = "18 to epoch 2, 6 to epoch 6, 2 to convergence of rate, L2 and ε, then a round beside the best: 6 to epoch 2, 2 to convergence, by validation";
    expect_all(&table, &["constant", "popularity", "user mean + item mean", budget, "seeds 42 to 44"]);
    expect_all(
        &table,
        &["Optimism of selection: the validation AUC of the seed that chose the settings is better by "],
    );
    assert!(table.contains("★ against"), "the best on validation against the other:\n{table}");
}

#[test]
fn a_run_is_the_same_at_any_number_of_threads_and_ends_with_both_p_values() {
    let project = Project::with_data();
    let run = |out: &str, flags: &str| {
        project.run(&format!("run {DATA} --out {out} --samples 200 {flags} {TUNED}")).succeeded().stdout
    };
    let text = run("one", "--threads 1");
    run("three", "--threads 3");
    assert!(project.read("one/journal.jsonl") == project.read("three/journal.jsonl"));
    assert!(text.trim_start().starts_with("Verdict: "), "{text}");
    expect_all(&text, &["★ against", "p, seeds", "p, rows", "(DeLong); both corrected by Holm", "logmin"]);
    let tested: Value = serde_json::from_str(&project.read("one/test.json")).unwrap();
    assert_eq!(tested["protocol"], "tuned");
    for comparison in tested["comparisons"].as_array().unwrap() {
        assert!(comparison["p_holm"].is_f64() && comparison["over_seeds"]["p_holm"].is_f64(), "{comparison}");
    }
}

#[test]
fn the_protocol_is_a_flag_of_eval_run_and_test() {
    let project = Project::with_data();
    let eval =
        |flags: &str| project.run(&format!("eval --data {DATA} --loss bce --json {flags} {TUNED}")).succeeded().json();
    assert_eq!(eval("--protocol tuned")["protocol"], "tuned");
    let fixed = eval("--protocol fixed");
    assert_eq!(
        (&fixed["protocol"], fixed["results"][0].get("tuned"), fixed.get("budget")),
        (&"fixed".into(), None, None)
    );
    assert_eq!(eval("--preset paper")["protocol"], "fixed");
    assert_eq!(eval("--preset reference --protocol tuned")["protocol"], "tuned");
    project
        .run(&format!("run {DATA} --out out --samples 200 --protocol fixed {TUNED}"))
        .succeeded()
        .prints(&["p (Holm)"]);
    let test = |flags: &str| project.run(&format!("test out --json {flags}")).succeeded().json()["protocol"].clone();
    assert_eq!((test(""), test("--protocol tuned"), test("")), ("fixed".into(), "tuned".into(), "fixed".into()));
}

#[test]
fn what_cannot_be_is_refused() {
    let project = Project::with_data();
    let said = |flags: &str| project.refusal(&format!("eval --data {DATA} --loss bce {flags}"));
    let unknown = "command line: test.protocol = 'tunde': use fixed or tuned (did you mean 'tuned'?)";
    assert_eq!(said("--set test.protocol=tunde"), unknown);
    for line in [format!("run {DATA} --out out"), format!("eval --data {DATA} --loss bce")] {
        let line = format!("{line} --protocol tunde");
        project.refuses_value(&line, "--protocol <PROTOCOL>", "tunde", "fixed, tuned", Some("tuned"));
    }
    let cases = [
        ("test.tuned_learning_rates=[]", "[]: needs at least one value, as in [0.3, 1.0, 3.0]"),
        ("test.tuned_learning_rates=[1,10,3]", "[1.0, 10.0, 3.0]: goes up and down: give the values in order"),
        ("test.tuned_learning_rates=[1,0]", "0: must be positive and finite"),
        ("test.tuned_learning_rates=[1,nan]", "NaN: must be positive and finite"),
        ("test.tuned_learning_rates=[inf]", "inf: must be positive and finite"),
        ("test.tuned_learning_rates=1", "1: expected a list of numbers, as in [0.3, 1.0, 3.0, 10.0]"),
        ("test.tuned_l2=[]", "[]: needs at least one value, as in [1e-5, 3e-5]"),
        ("test.tuned_l2=[nan]", "NaN: must be 0 or more, and finite"),
        (
            "test.tuned_l2=[0.5,0.1]",
            "[0.5, 0.1]: the largest, times the largest learning rate and l2_multiplier, must be below 1",
        ),
        ("halving.rung_epochs=0", "0: must lie between 1 and 10000000"),
        ("halving.reduction=1", "1: must lie between 2 and 1000"),
        ("test.seeds=0", "0: must lie between 1 and 1000"),
    ];
    for (setting, expected) in cases {
        let (key, _) = setting.split_once('=').unwrap();
        assert_eq!(said(&format!("--set {setting}")), format!("command line: {key} = {expected}"));
    }
    let few = "--set test.tuned_learning_rates=[1] --set test.tuned_l2=[1e-5,1e-4]";
    expect_all(
        &said(&format!("{few} --set selection.epsilons=[1,0.1,0.01]")),
        &[
            "command line: selection.epsilons = [1.0, 0.1, 0.01]: under tuned each value needs a configuration of its own",
            "make 2",
        ],
    );
    let few = format!("{few} --set selection.epsilons=[1]");
    assert_eq!(
        said(&format!("{few} --epsilon 1,0.1,0.01")),
        "--epsilon: 3 values, and test.tuned_learning_rates and test.tuned_l2 make 2 configurations: each value needs one of \
         them"
    );
}

#[test]
fn nothing_but_divergence_is_exit_1() {
    // Without decay, and rates so large that no bound holds.
    const ZERO: &str = "--set test.tuned_l2=[0] --set selection.epsilons=[1]";
    let project = Project::with_data();
    let line = format!(
        "eval --data {DATA} --loss mse --set training.normalize=false --set search.reward=one-epoch --set training.learning_rate=1e30 --set training.l2=0"
    );
    let ran = project.run(&format!("{line} --json {TUNED} {ZERO}")).exits(1);
    assert_eq!(ran.json()["results"][0]["best_epoch"], 0);
    ran.says(&["nothing survived: every loss diverged in its first epoch"]);
    let table = project.run(&format!("{line} {TUNED} {ZERO}")).exits(1).stdout;
    expect_all(&table, &["0 of 3", "mse"]);
}

#[test]
fn regression_is_tuned_by_its_own_metric() {
    let project = Project::with_data();
    let flags = format!("--task regression --set data.label=rating {TUNED}");
    let table = project.run(&format!("eval --data {DATA} --loss bce,mse {flags}")).succeeded().stdout;
    expect_all(&table, &["valid. RMSE", "test RMSE", " ± ", "Optimism of selection: the validation RMSE"]);
    let text = project.run(&format!("run {DATA} --out out --samples 600 {flags}")).succeeded().stdout;
    assert!(text.trim_start().starts_with("Verdict: "), "{text}");
    expect_all(&text, &["★ against", "test RMSE", "paired t-test on squared errors"]);
}

#[test]
fn reproduce_keeps_to_the_protocol_of_the_paper() {
    let project = Project::with_data();
    let said = project.refusal(&format!("reproduce table5 --data {DATA} --set test.protocol=tuned"));
    assert_eq!(said, "table5 sets test.protocol itself: it cannot be given");
}
