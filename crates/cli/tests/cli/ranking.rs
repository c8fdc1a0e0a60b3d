//! `eval --task ranking`: losses of ranking on implicit feedback.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::Project;

/// Settings under which a comparison takes a fraction of a second.
const QUICK: &str = "--set model.dimension=8 --set stop.max_epochs=15 --set test.rounds=1 --set test.seeds=2 \
                     --set test.n_negatives=[4] --set test.n_negatives_bounds=[1,8] --set halving.rung_epochs=3 \
                     --set selection.metric=ndcg@5 --set test.metrics=['recall@5']";

/// Users of two tastes, each for items of one parity, among which one is loved by all; no rating, no time.
fn clicks() -> String {
    let of_user = |user: usize| {
        let own = (0..9).map(move |n| (2 * ((user / 2 + 3 * n + n * n) % 16)) + user % 2);
        own.chain([0]).collect::<BTreeSet<usize>>().into_iter().map(move |item| format!("u{user},i{item}\n"))
    };
    std::iter::once("user,item\n".to_owned()).chain((0..60).flat_map(of_user)).collect()
}

fn project() -> Project {
    let project = Project::new();
    project.write("clicks.csv", clicks());
    project
}

fn compared(project: &Project, further: &str) -> Value {
    let line = format!("eval --task ranking --data clicks.csv --json {QUICK} {further}");
    let mut document = project.run(&line).succeeded().json();
    document.as_object_mut().unwrap().remove("seconds");
    document
}

fn test_of(rows: &Value, key: &str, name: &str) -> f64 {
    let row = rows.as_array().unwrap().iter().find(|row| row[key] == name).unwrap();
    row["test"]["ndcg@5"].as_f64().unwrap()
}

#[test]
fn losses_learn_what_popularity_does_not_know() {
    let document = compared(&project(), "--loss bpr,ssm,mse");
    assert_eq!((&document["task"], &document["metric"]), (&"ranking".into(), &"ndcg@5".into()));
    let popularity = test_of(&document["references"], "predictor", "popularity");
    for loss in ["bpr", "ssm", "mse"] {
        assert!(test_of(&document["results"], "loss", loss) > 1.2 * popularity, "{loss} in {document}");
    }
    for result in document["results"].as_array().unwrap() {
        assert_eq!(result["seeds"].as_array().unwrap().len(), 2);
        assert!(result["interval"][0].as_f64() < result["test"]["ndcg@5"].as_f64(), "{result}");
        assert!(result["test"]["recall@5"].is_f64() && result["validation"].is_f64(), "{result}");
        assert_eq!(result["configurations"], 18 + 10, "every loss has as many");
    }
    // Every row but the best is compared with it: two losses and three references.
    assert_eq!(document["comparisons"].as_array().unwrap().len(), 5);
    assert!(document["verdict"].as_str().unwrap().contains("the best on validation"), "{document}");
}

#[test]
fn results_do_not_depend_on_threads_and_depend_on_the_seed_and_on_the_negatives() {
    let project = project();
    let one = compared(&project, "--loss bpr,hinge --threads 1");
    assert_eq!(one, compared(&project, "--loss bpr,hinge --threads 3"));
    for other in ["--seed 7", "--set test.n_negatives=[2]", "--set training.negatives=shared"] {
        let document = compared(&project, &format!("--loss bpr,hinge {other}"));
        assert_ne!(one["results"], document["results"], "{other}");
    }
}

#[test]
fn a_page_says_what_was_compared() {
    let project = project();
    let ran = project.run(&format!("eval --task ranking --data clicks.csv --loss bpr,ssm {QUICK}")).succeeded();
    for part in
        ["★ ", "(popularity)", "(ease)", "test NDCG@5", "60 users, 32 items", "validation NDCG@5 chose one", "2 seeds"]
    {
        assert!(ran.stdout.contains(part), "{part} in\n{}", ran.stdout);
    }
    let first = ran.stdout.lines().next().unwrap();
    assert!(first.contains("over 60 users and 2 seeds"), "{first}");
}

#[test]
fn ratings_and_lists_are_understood() {
    let project = Project::with_data();
    let info = |line: &str| project.run(&format!("data info {line} --task ranking --json")).succeeded().json();
    let rated = info("made.tsv");
    let pairs = ["train", "validation", "test"].map(|part| rated[part].as_u64().unwrap());
    let positive = (rated["rows"]["positive_share"].as_f64().unwrap() * 1500.0).round() as u64;
    assert_eq!(pairs.iter().sum::<u64>(), positive);
    project.write("lists.txt", "0 1 2 3 4\n1 2 3 0 4\n2 0 1 4 3\n3 0 1 2 3 4\n4 0 1 2\n5 4 3 2 1 0\n");
    let lists = info("lists.txt --set data.split=leave-last-out");
    let parts = ["users", "items", "train", "validation", "test"].map(|part| lists[part].as_u64().unwrap());
    assert_eq!(parts, [6, 5, 13, 6, 6]);
}

#[test]
fn other_tasks_are_told_of_ranking() {
    let project = project();
    let said = project.refusal("eval --data clicks.csv --loss bce");
    assert!(said.contains("task = 'ranking' learns from positives alone"), "{said}");
    let shown = project.run("config show --task ranking").succeeded().stdout;
    project.write("mine.toml", &shown);
    project.run("config check mine.toml").succeeded();
    let flags = "--config mine.toml --json";
    let line = format!("eval --data clicks.csv --loss bpr {} {flags}", QUICK);
    assert_eq!(project.run(&line).succeeded().json()["task"], "ranking", "the file names the task");
}

#[test]
fn a_loss_of_ranking_is_explained() {
    let project = Project::new();
    let found = project.run("explain --task ranking bpr,bce --json").succeeded().json();
    let losses = found["explanations"].as_array().unwrap();
    assert_eq!(losses.iter().map(|loss| &loss["of_gaps_alone"]).collect::<Vec<_>>(), [true, false]);
    let text = project.run("explain --task ranking ssm").succeeded().stdout;
    assert!(text.starts_with("ssm: log(1 + sum(exp(-gap)))\n") && text.contains("hardest 10%"), "{text}");
    let said = project.refusal("explain --task ranking focal");
    assert!(said.contains("'focal' is a pointwise loss, and a ranking one is needed"), "{said}");
}

#[test]
fn a_loss_of_ranking_is_exported() {
    let project = Project::new();
    let code = project.run("export --task ranking ssm --to pytorch").succeeded().stdout;
    assert!(code.contains("def ssm(pos, neg):") && code.contains("class SsmLoss(nn.Module)"), "{code}");
    let document = project.run("export --task ranking ssm --to jax --json").succeeded().json();
    assert_eq!((&document["formula"], &document["target"]), (&"log(1 + sum(exp(-gap)))".into(), &"jax".into()));
    let said = project.refusal("export --task ranking bpr --to xgboost");
    assert_eq!(said, "bpr: xgboost takes no loss of ranking: use pytorch, jax, tensorflow");
    let said = project.refusal("export bpr --to pytorch");
    assert!(said.contains("'bpr' is a ranking loss, and a pointwise one is needed"), "{said}");
}
