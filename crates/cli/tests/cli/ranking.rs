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
                      --set search.candidates=2 --set selection.divisions=2 --set test.baselines=['bpr']";

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
        assert_eq!(result["configurations"], 18 + 2 * 10, "every loss has as many");
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
fn lightgcn_learns_as_matrix_factorisation_does_and_is_written_like_it() {
    let project = project();
    let document = compared(&project, "--loss bpr --set model.name=lightgcn --set model.n_layers=2");
    let popularity = test_of(&document["references"], "predictor", "popularity");
    assert!(test_of(&document["results"], "loss", "bpr") > 1.2 * popularity, "{document}");
    let other = compared(&project, "--loss bpr --set model.name=lightgcn --set model.n_layers=1 --threads 3");
    assert_ne!(document["results"], other["results"]);
    let line =
        format!("train --task ranking --data clicks.csv --loss bpr --out shop --set model.name=lightgcn {QUICK}");
    project.run(&line).succeeded();
    assert_eq!(project.run("recommend shop --users u1,u2 --k 3").succeeded().stdout.lines().count(), 1 + 2 * 3);
    let said = project.refusal("eval --task ranking --data clicks.csv --loss bpr --set model.name=lightgnc");
    assert!(said.contains("use mf or lightgcn (did you mean 'lightgcn'?)"), "{said}");
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
    assert_eq!((&counts["nodes"], &counts["functions"], &counts["admissible"]), (&3.into(), &203.into(), &23.into()));
    assert_eq!(found["ended"], true);
    let candidates = found["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2);
    let validation = |at: usize| candidates[at]["validation"].as_f64().unwrap();
    assert!(validation(0) >= validation(1) && validation(1) > 0.0, "{found}");
    // 23 losses in two rungs, six of them to convergence, twenty by evolution, and twelve on two further divisions.
    assert_eq!(found["trials"], 23 + 6 + 6 + 20 + 2 * 12);
    let journal = project.read("a/journal.jsonl");
    assert_eq!(journal.matches("\"stage\":\"evolution\"").count(), 20);
    searched(&project, "b", "--threads 3");
    let of_threads = |text: String| text.replace("threads = 1", "").replace("threads = 3", "");
    assert_eq!(of_threads(journal), of_threads(project.read("b/journal.jsonl")), "threads change nothing");
    // A bound that no user has items for, and no rungs.
    let further = "--set test.n_negatives_bounds=[1,256] --set search.rungs=[]";
    assert_eq!(searched(&project, "d", further)["trials"], 23 + 20 + 2 * 12);
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
    let summary = project.run("report r --out page.html --json").succeeded().json();
    assert_eq!((&summary["trials"], &summary["finished"], &summary["tested"]), (&79.into(), &true.into(), &3.into()));
    let page = project.read("page.html");
    assert_eq!(page, project.read("r/report.html"), "the same bytes as the run wrote");
    for part in ["<math ", "Complete up to 3 nodes", "(popularity)", "class=\"verdict\""] {
        assert!(page.contains(part), "{part}");
    }
    let said = project.refusal("explain r");
    assert!(said.contains("is a run of ranking, and this takes runs of labels"), "{said}");
    project.write("other.csv", clicks().replace("u3,", "u4,"));
    let said = project.refusal("test r --data other.csv");
    assert!(said.contains("the data are not those of the run"), "{said}");
}

/// A value as TOML has it.
fn quoted(value: &str) -> String {
    let is_text = value.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_text { format!("'{value}'") } else { value.to_owned() }
}

/// Tab-separated rows behind the heading.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect()).collect()
}

#[test]
fn a_recommender_is_taken_away() {
    let project = project();
    let train = |rows: &str, out: &str| {
        let line = format!("train --task ranking --data clicks.csv --loss ssm --rows {rows} --out {out} {QUICK}");
        project.run(&line).succeeded().stderr
    };
    assert!(train("train", "a").contains("ssm on the training rows of clicks"));
    train("train", "b");
    for file in ["a/model.safetensors", "a/ids.json", "a/config.toml"] {
        let other = file.replace("a/", "b/");
        assert_eq!(std::fs::read(project.path(file)).unwrap(), std::fs::read(project.path(&other)).unwrap(), "{file}");
    }
    assert!(train("without-test", "c").contains("the training and validation rows"));
    train("all", "d");
    let clicks = clicks();
    for folder in ["c", "d"] {
        let listed = project.run(&format!("recommend {folder} --k 4")).succeeded().stdout;
        let listed = rows(&listed);
        assert_eq!(listed.len(), 60 * 4);
        assert_eq!(listed.iter().filter(|row| row[2] == "1").count(), 60, "each user has a first item");
        // Whoever knows all rows recommends what nobody took.
        let taken = listed.iter().filter(|row| clicks.contains(&format!("{},{}\n", row[0], row[1]))).count();
        assert!(if folder == "d" { taken == 0 } else { taken > 0 }, "{taken} in {folder}");
    }
    project.write("users.txt", "u3\nu5\n");
    let some = project.run("recommend a --users-from users.txt --k 2 --out top.tsv").succeeded();
    assert!(some.stderr.contains("top.tsv: 4 rows"), "{}", some.stderr);
    let (listed, two) = (project.read("top.tsv"), project.run("recommend a --users u3,u5 --k 2").succeeded().stdout);
    assert_eq!(listed, two);
    let pairs: String = rows(&listed).iter().map(|row| format!("{},{}\n", row[0], row[1])).collect();
    project.write("pairs.csv", format!("user,item\n{pairs}"));
    let scores = project.run("predict a pairs.csv").succeeded().stdout;
    let (scores, listed) = (rows(&scores), rows(&listed));
    for (predicted, listed) in scores.iter().zip(&listed) {
        let number = |text: &str| text.parse::<f32>().unwrap();
        assert!((number(predicted[2]) - number(listed[3])).abs() < 1e-5, "{predicted:?} {listed:?}");
    }
    assert_eq!(scores.len(), 4);
    // A list as Parquet is a table of pairs too.
    project.run("recommend a --users u3,u5 --k 2 --out top.parquet").succeeded();
    let said = project.refusal("recommend a --users u3,u5 --k 2 --out top.parquet");
    assert!(said.contains("top.parquet: the file is there; name another"), "{said}");
    project.run("recommend a --users u3,u5 --k 2 --out top.parquet --force").succeeded();
    assert_eq!(
        project.run("predict a top.parquet").succeeded().stdout,
        project.run("predict a pairs.csv").succeeded().stdout
    );
}

#[test]
fn what_is_no_recommender_or_not_known_to_it_is_said() {
    let project = project();
    let line = format!("train --task ranking --data clicks.csv --loss bpr --out a {QUICK}");
    project.run(&line).succeeded();
    let refused = |line: &str, expected: &str| {
        let said = project.refusal(line);
        assert!(said.contains(expected), "{line}: {said}");
    };
    refused(&line, "--out a: the folder is not empty; name another");
    refused("train --data clicks.csv --loss bce --out z", "train is for task = 'ranking' so far");
    refused("recommend a --k 0", "--k 0: at least one item is needed for each user");
    refused("recommend a --users u1,nobody", "the recommender knows no user 'nobody'");
    refused("recommend .", "holds no recommender: it needs model.safetensors and ids.json");
    project.write("pairs.csv", "user,item\nu1,i0\nu1,nothing\n");
    refused("predict a pairs.csv", "the recommender knows no item 'nothing'");
    let skipped = project.run("predict a pairs.csv --unknown skip").succeeded();
    assert!(skipped.stderr.contains("1 pair left out") && skipped.stdout.lines().count() == 2, "{}", skipped.stderr);
    refused("recommend a --users u1 --out clicks.csv", "is no table of this program");

    let model = std::fs::read(project.path("a/model.safetensors")).unwrap();
    for length in [0, 5, 100, model.len() - 1] {
        project.write("a/model.safetensors", &model[..length]);
        refused("recommend a", "the file is torn or damaged");
    }
    let mut damaged = model.clone();
    *damaged.last_mut().unwrap() ^= 1;
    project.write("a/model.safetensors", &damaged);
    refused("recommend a", "the tensors are not what was written");
    let text = |from: &str, to: &str| {
        let at = model.windows(from.len()).position(|bytes| bytes == from.as_bytes()).unwrap();
        [&model[..at], to.as_bytes(), &model[at + from.len()..]].concat()
    };
    project.write("a/model.safetensors", text("\\\"format\\\":1", "\\\"format\\\":2"));
    refused("recommend a", "the layout has version 2, and this program reads 1");
    project.write("a/model.safetensors", &model);
    let ids = project.read("a/ids.json");
    project.write("a/ids.json", ids.replace("u11", "u99"));
    refused("recommend a", "the ids are not those of model.safetensors");
    project.write("a/ids.json", ids);
    project.run("recommend a").succeeded();
}
