//! The complete search: what it prints, how far it goes and what it refuses.

use serde_json::Value;

use crate::project::{DATA, Project, TUNED, expect_all};

/// A complete search of a second or two.
const FIVE: &str = "--set controller.max_nodes=5 --set search.learning_rates=[1] --set search.l2_coefficients=[1e-5]";

#[test]
fn a_run_is_complete_and_says_up_to_where() {
    let project = Project::with_data();
    let ran = project.run(&format!("run {DATA} --out out {FIVE} {TUNED} --set check.both_classes=false"));
    expect_all(
        &ran.stderr,
        &[
            "search: Of up to 5 nodes there are 1070 functions with 533 gradients; ",
            " of one core.",
            "; ended because every loss was tried",
        ],
    );
    expect_all(
        &ran.stdout,
        &["Complete up to 5 nodes: of all ", "Successive halving gave up ", "Named losses by rank", "mse "],
    );
    let page = project.read("out/report.html");
    expect_all(&page, &["Complete up to 5 nodes", "Named losses by rank"]);
    let journal = project.read("out/journal.jsonl");
    expect_all(&journal, &[r#""event":"enumerated","nodes":5,"functions":1070,"gradients":533,"#]);
}

#[test]
fn the_document_of_a_complete_search_has_its_counts() {
    let project = Project::with_data();
    let document = project.run(&format!("search --data {DATA} --out out --json {FIVE} {TUNED}")).succeeded().json();
    let enumerated = &document["enumerated"];
    let count = |key: &str| enumerated[key].as_u64().unwrap_or_else(|| panic!("{key} of {enumerated}"));
    assert_eq!((count("nodes"), count("functions"), count("admissible"), count("tried")), (5, 1070, 1, 1));
    assert_eq!((count("trained"), count("given_up"), document["ended"].as_str()), (0, 0, Some("complete")));
    let names: Vec<&str> =
        document["named"].as_array().unwrap().iter().filter_map(|named| named["name"].as_str()).collect();
    assert_eq!(names, ["bce", "mse", "hinge", "focal", "maxr", "sumr", "logmin"]);
    assert_eq!(document["named"][1]["nodes"], Value::from(5), "the one loss of five nodes has the gradient of mse");
}

#[test]
fn more_nodes_than_memory_allows_are_refused_with_what_fits() {
    let project = Project::with_data();
    let said = project.refusal(&format!("run {DATA} --out out --set controller.max_nodes=14"));
    assert!(said.contains("controller.max_nodes = 14: an enumeration of 14 nodes takes some "), "{said}");
    assert!(said.contains(" GiB, and controller.memory allows 4: ") && said.ends_with(" nodes fit"), "{said}");
    let said =
        project.refusal(&format!("run {DATA} --out out --set controller.max_nodes=9 --set controller.memory=0.01"));
    assert!(said.contains("controller.memory allows 0.01: "), "{said}");
}

#[test]
fn a_controller_without_a_last_loss_needs_a_limit() {
    let project = Project::with_data();
    let evolves = "--set controller.name=evolution --set search.reward=converged";
    let said = project.refusal(&format!("run {DATA} --out out {evolves}"));
    let expected = "search.samples = 0: this controller has no last loss: set a limit, samples, time or candidates";
    assert!(said.ends_with(expected), "{said}");
}

#[test]
fn where_every_loss_fails_the_search_says_so() {
    let project = Project::with_data();
    let wild = "--set training.learning_rate=1e30 --set training.l2=0 --set search.l2_coefficients=[0] --set test.protocol=fixed";
    let ran = project
        .run(&format!("search --data {DATA} --out out --set controller.max_nodes=5 {wild} --set model.mf.dimension=8"));
    let ran = ran.exits(1);
    expect_all(&ran.stderr, &["nothing survived: none of the losses of up to 5 nodes trains this recommender"]);
}
