//! `eval --task ranking`: losses of ranking on implicit feedback.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::Project;

/// Settings under which a comparison takes a fraction of a second.
const QUICK: &str = "--set model.dimension=8 --set stop.max_epochs=15 --set test.rounds=1 --set test.seeds=2 \
                     --set test.n_negatives=[4] --set test.n_negatives_bounds=[1,8] --set halving.rung_epochs=3 \
                     --set selection.metric=ndcg@5 --set test.metrics=['recall@5']";

/// The same of a search.
const SEARCH: &str = "--set search.max_nodes=3 --set search.samples=20 --set search.rungs=[1,2] --set search.population=6 \
                      --set search.candidates=2 --set search.seeds=2 --set test.baselines=['bpr']";

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
    assert_eq!(said, "bpr: xgboost takes no loss of ranking: use pytorch, jax, tensorflow, numpy, recbole, latex");
    let said = project.refusal("export bpr --to pytorch");
    assert!(said.contains("'bpr' is a ranking loss, and a pointwise one is needed"), "{said}");
}

fn searched(project: &Project, folder: &str, further: &str) -> Value {
    let line = format!("search --task ranking --data clicks.csv --out {folder} --json {QUICK} {SEARCH} {further}");
    project.run(&line).succeeded().json()
}

#[test]
fn a_search_tries_every_small_loss_and_goes_on_with_coefficients() {
    let project = project();
    let found = searched(&project, "a", "--threads 1");
    let counts = &found["enumerated"];
    assert_eq!((&counts["nodes"], &counts["functions"], &counts["admissible"]), (&3.into(), &203.into(), &13.into()));
    assert_eq!(found["ended"], true);
    let candidates = found["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2);
    let validation = |at: usize| candidates[at]["validation"].as_f64().unwrap();
    assert!(validation(0) >= validation(1) && validation(1) > 0.0, "{found}");
    // Thirteen losses in two rungs, six of them to convergence, twenty by evolution, and six again.
    assert_eq!(found["trials"], 13 + 6 + 6 + 20 + 6);
    let journal = project.read("a/journal.jsonl");
    assert_eq!(journal.matches("\"stage\":\"evolution\"").count(), 20);
    searched(&project, "b", "--threads 3");
    let of_threads = |text: String| text.replace("threads = 1", "").replace("threads = 3", "");
    assert_eq!(of_threads(journal), of_threads(project.read("b/journal.jsonl")), "threads change nothing");
    searched(&project, "c", "--seed 7");
    assert_ne!(project.read("a/candidates.json"), project.read("c/candidates.json"));
}

#[test]
fn a_search_that_was_cut_off_comes_to_the_same_journal() {
    let project = project();
    searched(&project, "whole", "");
    let whole = project.read("whole/journal.jsonl");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for kept in [1, 2, 3, 14, 20, 30, lines.len() - 1] {
        let torn = &lines[kept][..lines[kept].len() / 2];
        project.write("whole/journal.jsonl", lines[..kept].concat() + torn);
        project.run("search --resume whole --threads 2").succeeded();
        assert_eq!(project.read("whole/journal.jsonl"), whole, "behind {kept} lines");
    }
    // The test is that of a whole run.
    let tested = project.run("test whole --json").succeeded().json();
    let losses: Vec<&str> =
        tested["test"]["results"].as_array().unwrap().iter().map(|result| result["loss"].as_str().unwrap()).collect();
    assert!(losses.len() == 3 && losses[2] == "bpr", "{losses:?}");
    assert_eq!(project.read("whole/journal.jsonl").lines().count(), lines.len() + 1);
    let again = project.run("test whole --resume --json").succeeded().json();
    assert_eq!(again["test"], tested["test"], "it is shown and not done again");
}

#[test]
fn data_without_ratings_are_run_as_ranking() {
    let project = project();
    project.write("mine.toml", "");
    let config = format!("{QUICK} {SEARCH}").replace("--set ", "");
    let values = config.split_whitespace().map(|setting| setting.split_once('=').unwrap());
    let text: String = values.map(|(key, value)| format!("{key} = {}\n", quoted(value))).collect();
    project.write("mine.toml", format!("task = \"ranking\"\n{text}"));
    let ran = project.run("run clicks.csv --config mine.toml --out r").succeeded();
    for part in ["Complete up to 3 nodes", "by evolution", "★ ", "(popularity)", "bpr"] {
        assert!((ran.stdout.clone() + &ran.stderr).contains(part), "{part} in\n{}\n{}", ran.stdout, ran.stderr);
    }
    assert_eq!(project.run("run --resume r --json").succeeded().json()["task"], "ranking");
    // Without a task the defaults of ranking are taken; a folder that is not empty ends it before the search.
    let said = project.run("run clicks.csv --out r");
    assert!(said.stderr.contains("every row is a positive, so that the task is ranking"), "{}", said.stderr);
    let said = project.refusal("run clicks.csv --out r --task classification");
    assert!(said.contains("task = 'ranking' learns from positives alone"), "{said}");
    let said = project.refusal("check r");
    assert!(said.contains("is a run of ranking, whose search checks signs"), "{said}");
    let said = project.refusal("report r");
    assert!(said.contains("is a run of ranking: `autolossgen run --resume"), "{said}");
    project.write("other.csv", clicks().replace("u3,", "u4,"));
    let said = project.refusal("test r --data other.csv");
    assert!(said.contains("the data are not those of the run"), "{said}");
}

/// A value as TOML has it.
fn quoted(value: &str) -> String {
    let is_text = value.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_text { format!("'{value}'") } else { value.to_owned() }
}
