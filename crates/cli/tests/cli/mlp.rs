//! The multi-layer perceptron on the command line.

use crate::project::{DATA, MODELS, Project, QUICK};

#[test]
fn the_three_phases_and_eval_take_it_by_name() {
    let project = Project::with_data();
    let run = format!("run {DATA} --out out --model mlp --samples 60 --json {QUICK} --set model.mlp.layers=[12,6]");
    let ran = project.run(&run).succeeded();
    assert_eq!(ran.json()["test"]["model"], "mlp");
    let eval = format!("eval --data {DATA} --model mlp --loss bce --json --set stop.max_epochs=3");
    let with = |set: &str| project.run(&format!("{eval} {set}")).succeeded().json()["results"][0]["validation"].clone();
    let base = with("");
    assert_eq!(base, with(""));
    for set in ["model.mlp.layers=[8]", "model.mlp.dropout=0", "model.mlp.batch_norm=false"] {
        assert_ne!(base, with(&format!("--set {set}")), "{set} changes nothing");
    }
}

#[test]
fn shapes_that_cannot_be_are_refused() {
    let project = Project::with_data();
    let refusal = |set: &str| project.refusal(&format!("eval --data {DATA} --model mlp --loss bce --set {set}"));
    let sizes = "needs at least one hidden layer, each of 1 to 4096 units, as in [64, 16]";
    assert_eq!(refusal("model.mlp.layers=[64,0]"), format!("command line: model.mlp.layers = [64, 0]: {sizes}"));
    assert_eq!(refusal("model.mlp.layers=[]"), format!("command line: model.mlp.layers = []: {sizes}"));
    for list in ["[-5]", "[6.5]"] {
        let said = refusal(&format!("model.mlp.layers={list}"));
        let expected = "expected a list of whole numbers, as in [64, 16]";
        assert_eq!(said, format!("command line: model.mlp.layers = {list}: {expected}"));
    }
    for share in ["1", "-0.1", "nan"] {
        let said = refusal(&format!("model.mlp.dropout={share}"));
        let value = if share == "nan" { "NaN" } else { share };
        assert_eq!(said, format!("command line: model.mlp.dropout = {value}: must be 0 or more, and less than 1"));
    }
    assert_eq!(
        refusal("training.batch_size=1"),
        "command line: training.batch_size = 1: batch normalisation needs batches of 2 rows or more (or model.mlp.batch_norm \
         = false)"
    );
    project.write("few.train.tsv", "uid\tiid\tlabel\n".to_owned() + &"1\t2\t1\n3\t4\t0\n".repeat(6) + "1\t4\t1\n");
    for part in ["validation", "test"] {
        project.write(&format!("few.{part}.tsv"), "uid\tiid\tlabel\n1\t2\t1\n3\t4\t0\n");
    }
    let said = project.refusal("eval --data . --model mlp --loss bce --set training.batch_size=4");
    assert!(said.ends_with("choose another size, as in 5"), "{said}");
    let said = project.refusal("eval --data . --model mlp --loss bce --set training.batch_size=6");
    assert!(said.ends_with("choose another size, as in 7"), "{said}");
    project.refuses_value(
        &format!("eval --data {DATA} --model deep --loss bce"),
        "--model <MODEL>",
        "deep",
        MODELS,
        None,
    );
}

#[test]
fn a_last_batch_of_one_row_is_refused_where_it_is_normalised() {
    let project = Project::with_data();
    let rows = project.run(&format!("data info {DATA} --json")).succeeded().json()["train"].as_u64().unwrap();
    let size = rows - 1;
    let line = |command: &str| format!("{command} --model mlp --set training.batch_size={size} {QUICK}");
    let expected = format!(
        "configuration: training.batch_size = {size}: the last batch of {rows} rows has one row, and batch normalisation \
         needs two: choose another size, as in {}",
        size + 1
    );
    assert_eq!(project.refusal(&line(&format!("eval --data {DATA} --loss bce"))), expected);
    assert_eq!(project.refusal(&line(&format!("run {DATA} --out out --samples 20"))), expected);
    project.run(&line(&format!("eval --data {DATA} --loss bce --set model.mlp.batch_norm=false"))).succeeded();
}
