//! The search by convergence: its flags, what it prints and what it refuses.

use crate::project::{DATA, Project, TUNED, expect_all};

/// A search of a second.
const EXACT: &str = "--reward converged --warm-start mse,bce --samples 150 --set search.rungs=[1,3] \
                     --set search.learning_rates=[0.5,1] --set search.l2_coefficients=[1e-5] \
                     --set controller.name=evolution --set controller.population=40";

#[test]
fn a_search_by_convergence_prints_its_hall_of_fame_and_what_it_adds() {
    let project = Project::with_data();
    let ran = project.run(&format!("search --data {DATA} --out out {EXACT} {TUNED}")).succeeded();
    expect_all(&ran.stdout, &["best by complexity", "nodes", "what the loss reaches above mse on the validation rows"]);
    assert!(ran.stdout.contains("with which the search began.") || ran.stdout.contains("the search began with."));
    expect_all(&ran.stderr, &["trained, ", "of them to convergence; ended because all samples were drawn"]);
    let journal = project.read("out/journal.jsonl");
    expect_all(
        &journal,
        &[r#""event":"reference","name":"mse""#, r#""known":"bce""#, r#""event":"hall_of_fame""#, r#""rms":"#],
    );
    assert!(project.read("out/hall_of_fame.json").contains("complexity"));
}

#[test]
fn a_run_by_convergence_says_what_is_left_of_its_lead_at_each_stage() {
    let project = Project::with_data();
    let text = project
        .run(&format!("run {DATA} --out out --folds 2 --set check.threshold=0 {EXACT} {TUNED}"))
        .succeeded()
        .stdout;
    expect_all(&text, &["★ above mse: ", " in the search, ", " on validation with the others, ", " on test."]);
    expect_all(&text, &["best by complexity", "on 2 folds of the training rows"]);
}

#[test]
fn what_cannot_be_is_refused_with_what_would_be_right() {
    let project = Project::with_data();
    let refusal = |flags: &str| project.refusal(&format!("search --data {DATA} --out out {flags}"));
    let misspelt = format!("search --data {DATA} --out out --reward convergd");
    project.refuses_value(&misspelt, "--reward <RULE>", "convergd", "one-epoch, converged", Some("converged"));
    assert_eq!(
        refusal("--set search.reward=convergd"),
        "command line: search.reward = 'convergd': use one-epoch or converged (did you mean 'converged'?)"
    );
    assert_eq!(refusal("--folds 1"), "command line: search.folds = 1: must be 0, or lie between 2 and 100");
    assert_eq!(
        refusal("--folds 2000 --set search.folds=100"),
        "command line: search.folds = 2000: must be 0, or lie between 2 and 100"
    );
    assert_eq!(
        refusal("--warm-start bce,bcd"),
        "command line: search.warm_start = 'bcd': use names of losses, as in [\"bce\", \"mse\"]"
    );
    assert_eq!(
        refusal("--set controller.inputs=extended"),
        "command line: controller.inputs = 'extended': needs controller.name = \"evolution\" or \"complete\""
    );
    assert_eq!(
        refusal("--set search.rungs=[3,1]"),
        "command line: search.rungs = [3, 1]: must ascend from 1 or more, as in [1, 3, 10]"
    );
    project.write(
        "few.csv",
        "user,item,rating,timestamp\na,x,5,1\na,y,1,2\na,z,5,3\nb,x,1,4\nb,y,5,5\nb,z,2,6\na,w,1,7\nb,w,5,8\n",
    );
    assert_eq!(
        project.refusal("search --data few.csv --out out --set data.split=random --set data.ratios=[0.5,0.25,0.25] --folds 3 --seed 3"),
        "configuration: search.folds = 3: needs 6 training rows or more, and there are 4"
    );
}
