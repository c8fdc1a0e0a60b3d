//! `reproduce`: a table or figure of the paper beside ours, on data that are not the paper's.

use serde_json::Value;

use crate::project::{DATA, MODELS, Project, SYNTH, expect_all};

/// Trainings and searches of a moment.
const BRIEF: &str = "--set model.mf.dimension=8 --set stop.max_epochs=12 --set test.candidates=2 --set test.screening=2 \
                     --set selection.epsilons=[0.1] --seed 7 --model mf";

fn document(project: &Project, name: &str, flags: &str) -> Value {
    project.run(&format!("reproduce {name} --data {DATA} --json {flags} {BRIEF}")).succeeded().json()
}

fn rows(document: &Value) -> &Vec<Value> {
    document["rows"].as_array().unwrap()
}

/// The distinct values of a field, in order.
fn distinct<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    let mut values: Vec<&str> = rows.iter().map(|row| row[field].as_str().unwrap()).collect();
    values.dedup();
    values
}

/// What every row promises: ours is the mean of its seeds, and of data that are not the paper's there is no number.
fn expect_row(row: &Value, seeds: usize) {
    let values: Vec<f64> = row["per_seed"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(values.len(), seeds, "{row}");
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!((row["ours"].as_f64().unwrap() - mean).abs() < 1e-9, "{row}");
    assert_eq!(row["interval"].is_array(), seeds > 1, "{row}");
    assert_eq!((&row["model"], &row["dataset"]), (&"mf".into(), &"made".into()));
}

#[test]
fn table3_counts_the_data() {
    let project = Project::with_data();
    let document = project.run(&format!("reproduce table3 --data {DATA} --json")).succeeded().json();
    let ours = |metric: &str| rows(&document).iter().find(|row| row["metric"] == metric).unwrap()["ours"].clone();
    assert_eq!((ours("users"), ours("items")), (60.0.into(), 80.0.into()));
    let sum = ours("positive rows").as_f64().unwrap() + ours("negative rows").as_f64().unwrap();
    assert_eq!(sum, 1500.0);
    assert!((ours("density").as_f64().unwrap() - 1500.0 / 4800.0).abs() < 1e-12);
    assert!(rows(&document).iter().all(|row| row["paper"].is_null()), "made is not the paper's");
    expect_all(&document["notes"].to_string(), &["made is neither ML-100K nor Electronics"]);
}

#[test]
fn table3_knows_the_paper_s_data_by_name() {
    let project = Project::new();
    project.run(&format!("{SYNTH} --out ml-100k.tsv")).succeeded();
    let ran = project.run("reproduce table3 --data ml-100k.tsv").succeeded();
    let users = ran.stdout.lines().find(|line| line.contains("users")).unwrap();
    assert_eq!(users.split_whitespace().collect::<Vec<_>>(), ["ML-100K", "users", "943", "60", "-883"]);
    ran.prints(&["taken for ML-100K by its name; its counts differ from Table 3"]);
}

#[test]
fn table4_says_what_a_search_found_for_both_tasks() {
    let project = Project::with_data();
    let document = document(&project, "table4", "--seeds 1 --samples 300 --preset default --set check.threshold=0.5");
    assert_eq!(distinct(rows(&document), "task"), ["classification", "regression"]);
    assert_eq!(distinct(rows(&document), "metric"), ["validation auc", "validation rmse"]);
    for row in rows(&document) {
        expect_row(row, 1);
        assert!(row["columns"]["sampled, trained, valid"].as_str().unwrap().starts_with("300, "), "{row}");
        assert_ne!(row["columns"]["gradient of"], "");
    }
    expect_all(&document["readings"].to_string(), &["clamp: Table 2", "variables: §5.1.4", "check: §4.2"]);
}

#[test]
fn table5_has_seven_losses_and_those_that_are_added() {
    let project = Project::with_data();
    let document = document(&project, "table5", "--seeds 2 --loss bce,(pred-label)^2,-pred*label");
    let losses: Vec<&str> = rows(&document).iter().map(|row| row["loss"].as_str().unwrap()).collect();
    let expected = ["mse", "bce", "hinge-reference", "focal", "maxr", "sumr", "logmin", "bce"];
    assert_eq!((losses.len(), &losses[..8]), (30, &expected[..]));
    assert_eq!(distinct(rows(&document), "metric"), ["auc", "f1", "accuracy"]);
    rows(&document).iter().for_each(|row| expect_row(row, 2));
    assert_eq!(rows(&document)[0]["seeds"], Value::from(vec![7, 8]));
    assert_eq!(rows(&document)[1]["per_seed"], rows(&document)[7]["per_seed"], "the same loss, the same number");
    assert_eq!(
        rows(&document)[0]["per_seed"],
        rows(&document)[8]["per_seed"],
        "mse without its name, and without a clamp"
    );
    assert_eq!(document["preset"], "reference");
    expect_all(&document["readings"].to_string(), &["further losses: evaluated without a clamp"]);
}

#[test]
fn a_best_epoch_that_is_the_first_is_noted() {
    let project = Project::with_data();
    // Steps too small to change a prediction: every epoch is as good as the first.
    let flags =
        "--seeds 2 --preset paper --set stop.patience=5 --set training.learning_rate=1e-20 --set training.l2=0.0";
    let document = document(&project, "table5", flags);
    let notes: Vec<&str> = document["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    let of_mse = "mse (mf on made, seeds 7, 8): its best epoch is the first: no later one had a better validation auc before \
                  training stopped; --set stop.min_epochs=N with N > 6 trains on";
    assert!(notes.contains(&of_mse), "{notes:?}");
    assert_eq!(notes.iter().filter(|note| note.contains("its best epoch is the first")).count(), 7, "one note a loss");
    let stays = document_of_moving(&project);
    assert!(!stays["notes"].to_string().contains("its best epoch is the first"), "{stays}");
}

/// Table 5 where every loss learns for a while.
fn document_of_moving(project: &Project) -> Value {
    document(project, "table5", "--seeds 1 --preset paper --set training.learning_rate=1 --set stop.falling=100")
}

#[test]
fn settings_of_a_file_lie_over_those_of_the_exhibit() {
    let project = Project::with_data();
    project
        .write("own.toml", "[model]\nname = 'mlp'\n[model.mlp]\ndimension = 8\nlayers = [4]\n[search]\nsamples = 40\n");
    let line = format!("reproduce table7 --data {DATA} --config own.toml --seeds 1 --json");
    let document = project.run(&line).succeeded().json();
    assert_eq!((&document["preset"], distinct(rows(&document), "model")), (&"paper".into(), vec!["mlp"]));
    let sampled = rows(&document).iter().filter(|row| row["metric"] == "sampled" && row["loss"] != "speed-up");
    assert!(sampled.clone().count() == 2 && sampled.clone().all(|row| row["ours"] == 40.0), "{document}");
    expect_all(
        &document["notes"].to_string(),
        &["ended because all samples were drawn, that without because all samples"],
    );
}

#[test]
fn a_model_is_named_by_flag_setting_or_file_and_else_all_are() {
    let project = Project::with_data();
    let size = "preset = 'default'\nmodel.mf.dimension = 4\nmodel.mlp.dimension = 4\nmodel.mlp.layers = [4]\nstop.max_epochs = 2\n";
    project.write("size.toml", size);
    let models = |flags: &[&str]| {
        let args = ["reproduce", "table6", "--data", DATA, "--seeds", "1", "--config", "size.toml", "--json"];
        let document = project.run_with(&[&args[..], flags].concat()).succeeded().json();
        assert_eq!(document["preset"], "default");
        distinct(rows(&document), "model").iter().map(|model| (*model).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(models(&[]), ["mf", "mlp"]);
    assert_eq!(models(&["--set", "model.name = mlp"]), ["mlp"]);
}

#[test]
fn graded_labels_have_no_number_of_the_paper() {
    let project = Project::new();
    project.run(&format!("{SYNTH} --out ml-100k.tsv")).succeeded();
    let table = |label: &str| {
        let line = format!("reproduce table6 --data ml-100k.tsv --seeds 1 --json --set data.label={label} {BRIEF}");
        project.run(&line).succeeded().json()
    };
    assert!(rows(&table("binary")).iter().all(|row| row["paper"].is_f64() && row["difference"].is_f64()));
    assert!(rows(&table("rating")).iter().all(|row| row["paper"].is_null() && row["difference"].is_null()));
}

#[test]
fn figure_5_has_the_paper_s_number_beside_an_auc_alone() {
    let project = Project::new();
    project.run(&format!("{SYNTH} --out ml-100k.tsv")).succeeded();
    let line = format!("reproduce fig5 --data ml-100k.tsv --seeds 1 --samples 20 --json {BRIEF}");
    let numbers = |flags: &str| {
        let document = project.run(&format!("{line} {flags}")).succeeded().json();
        rows(&document).iter().filter(|row| row["paper"] == 0.5).count()
    };
    assert_eq!((numbers(""), numbers("--set selection.metric=log_loss")), (2, 0));
}

#[test]
fn a_figure_that_cannot_be_written_loses_nothing() {
    let project = Project::with_data();
    std::fs::create_dir_all(project.path("drawn/fig6-mf-made.svg")).unwrap();
    let ran = project.run(&format!("reproduce fig6 --data {DATA} --seeds 1 --time 0.2 --out drawn {BRIEF}"));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    expect_all(&ran.stdout, &["Figure 6: losses sampled over time", "speed-up"]);
    let error = ran.stderr.lines().last().unwrap();
    assert_eq!(error.matches("fig6-mf-made.svg").count(), 1, "{error}");
}

#[test]
fn data_of_one_name_are_told_apart() {
    let project = Project::with_data();
    std::fs::create_dir(project.path("other")).unwrap();
    project.run("data synth --users 50 --items 70 --rows 1200 --out other/made.tsv").succeeded();
    let line = format!("reproduce fig6 --data {DATA} --data other/made.tsv --seeds 1 --time 0.2 {BRIEF}");
    let files = ["figure: reproduce/fig6-mf-made.svg", "figure: reproduce/fig6-mf-made-2.svg"];
    let ran = project.run(&line).succeeded().says(&files);
    expect_all(&ran.stdout, &["made (2)"]);
    expect_all(&project.read("reproduce/fig6-mf-made-2.svg"), &["mf on made (2), seed 7"]);
}

#[test]
fn one_seed_of_table5_is_what_eval_finds() {
    let project = Project::with_data();
    let table = document(&project, "table5", "--seeds 1");
    let line = format!("eval --data {DATA} --loss maxr --preset reference --json {BRIEF}");
    let alone = project.run(&line).succeeded().json();
    let row = rows(&table).iter().find(|row| row["loss"] == "maxr" && row["metric"] == "auc").unwrap();
    assert_eq!(row["ours"], alone["results"][0]["test"]["auc"]);
}

#[test]
fn table6_is_a_regression() {
    let project = Project::with_data();
    let document = document(&project, "table6", "--seeds 1");
    assert_eq!(distinct(rows(&document), "metric"), ["rmse", "mae"]);
    let losses = distinct(&rows(&document)[..4], "loss");
    assert_eq!(losses, ["bce", "hinge-reference", "focal", "mse"]);
    for row in rows(&document) {
        expect_row(row, 1);
        assert_eq!(row["task"], "regression");
    }
}

#[test]
fn table7_counts_what_the_proxy_test_spares() {
    let project = Project::with_data();
    let document = document(&project, "table7", "--seeds 1 --time 0.5");
    let value = |loss: &str, metric: &str| {
        let row = rows(&document).iter().find(|row| row["loss"] == loss && row["metric"] == metric).unwrap();
        row["ours"].as_f64().unwrap()
    };
    let (with, without) = ("with the proxy test", "without the proxy test");
    assert!(value(with, "trained") < value(with, "sampled"));
    assert!(value(without, "trained") >= 0.9 * value(without, "sampled"));
    assert_eq!(value("speed-up", "sampled"), value(with, "sampled") / value(without, "sampled"));
    expect_all(&document["notes"].to_string(), &["0.5 seconds a search"]);
}

#[test]
fn table8_has_the_paper_s_losses_and_those_of_a_search() {
    let project = Project::with_data();
    let document = document(&project, "table8", "--seeds 1 --samples 150");
    let metrics = ["positive rate", "auc, stopped as in the paper", "auc, trained to convergence"];
    assert_eq!(distinct(&rows(&document)[..3], "metric"), metrics);
    let source = |row: &Value| row["columns"]["source"].as_str().unwrap().to_owned();
    let of_paper = rows(&document).iter().filter(|row| source(row).starts_with("Table 8, row ")).count();
    assert_eq!(of_paper, 36);
    let own: Vec<&Value> = rows(&document).iter().filter(|row| source(row).starts_with("ours, sample ")).collect();
    assert_eq!(own.len(), 6, "the two that test.candidates keeps");
    assert!(own.iter().all(|row| row["metric"] != "positive rate" || row["ours"].as_f64().unwrap() >= 0.9));
    // A positive rate is of the formula alone, and so is the paper's; its AUC is of its data.
    assert_eq!((&rows(&document)[33]["paper"], &rows(&document)[34]["paper"]), (&0.902.into(), &Value::Null));
}

#[test]
fn figures_are_drawn() {
    let project = Project::with_data();
    let fig5 = document(&project, "fig5", "--seeds 1 --samples 100");
    let panels = fig5["figures"][0]["panels"].as_array().unwrap();
    assert_eq!(panels.len(), 2);
    for panel in panels {
        assert_eq!(panel["series"].as_array().unwrap().len(), 2);
        assert_eq!(panel["series"][1]["points"].as_array().unwrap().len(), 10, "one point an update");
    }
    let last = |panel: usize| panels[panel]["series"][1]["points"][9][1].clone();
    let at_the_end = |search: &str| {
        let is_it = |row: &&Value| row["loss"] == search && row["metric"].as_str().unwrap().ends_with("at the end");
        rows(&fig5).iter().find(is_it).unwrap()["ours"].clone()
    };
    assert_eq!(last(0), at_the_end("with reward filtering"));
    assert_eq!(last(1), at_the_end("without reward filtering"));
    let line = format!("reproduce fig6 --data {DATA} --seeds 1 --time 0.3 --out drawn {BRIEF}");
    project.run(&line).succeeded().says(&["figure: drawn/fig6-mf-made.svg"]);
    expect_all(&project.read("reproduce/fig5-mf-made.svg"), &["<svg", "without reward filtering", "AUC", "validation"]);
    expect_all(&project.read("drawn/fig6-mf-made.svg"), &["<svg", "time (seconds)", "losses sampled", "93792"]);
}

#[test]
fn the_table_leaves_out_what_no_row_has() {
    let project = Project::with_data();
    let table = project.run(&format!("reproduce table6 --data {DATA} --seeds 1 {BRIEF}")).succeeded().stdout;
    let heading = table.lines().nth(3).unwrap();
    expect_all(heading, &["model", "data", "loss", "metric", "ours", "seeds", "best epoch"]);
    assert!(!heading.contains("paper") && !heading.contains("95% interval"), "{heading}");
    expect_all(&table, &["Table 6: performance on the regression task", "Readings of the paper", "hinge: §5.1.2"]);
}

#[test]
fn mistakes_are_said_before_anything_is_done() {
    let project = Project::with_data();
    let cases = [
        (
            "reproduce table5 --data electronics",
            "--data electronics: Electronics cannot be fetched by this program; give the path of its 5-core reviews, \
             reviews_Electronics_5.json.gz",
        ),
        ("reproduce table3 --out drawn", "table3 does not take --out, which belongs to fig5 and fig6"),
        ("reproduce table5 --samples 3", "table5 does not take --samples, which belongs to table4, table8 and fig5"),
        ("reproduce fig5 --time 3", "fig5 does not take --time, which belongs to table7 and fig6"),
        ("reproduce table8 --loss bce", "table8 does not take --loss, which belongs to table5 and table6"),
        (
            "reproduce table5 --task regression --data made.tsv",
            "table5 is about classification: --task regression does not go with it",
        ),
        (
            "reproduce table5 --set task=regression --data made.tsv",
            "table5 is about classification: task = 'regression' does not go with it",
        ),
        ("reproduce table3 --seeds 2", "table3 does not take --seeds, which belongs to all but table3"),
        ("reproduce table3 --model mf", "table3 does not take --model, which belongs to all but table3"),
        (
            "reproduce fig6 --time 0",
            "--time 0: fig6 counts what is sampled in one time; give the seconds of each search, as in --time 60",
        ),
        (
            "reproduce table8 --set stop.patience=3 --data made.tsv",
            "table8 sets stop.patience itself: it cannot be given",
        ),
        (
            "reproduce table5 --data made.tsv --data ./made.tsv",
            "--data ./made.tsv: these data are given twice; name each once",
        ),
        ("reproduce table5 --loss bcee --data made.tsv", "--loss: no loss is called 'bcee'; did you mean 'bce'?"),
        (
            "reproduce table5 --data made.tsv --data none.csv",
            "there is no file, folder or named dataset 'none.csv'; ml-100k and synthetic have names",
        ),
        (
            "reproduce fig5 --data none.csv",
            "there is no file, folder or named dataset 'none.csv'; ml-100k and synthetic have names",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(project.refusal(line), expected, "{line}");
    }
    let exhibits = "table3, table4, table5, table6, table7, table8, fig5, fig6";
    project.refuses_value("reproduce everything", "<NAME>", "everything", exhibits, None);
    let misspelt = project.run("reproduce tabel5").exits(2);
    expect_all(&misspelt.stderr, &["error: invalid value 'tabel5' for '<NAME>'", "similar value", "'table5'"]);
    let model = format!("reproduce table5 --data {DATA} --model deep");
    project.refuses_value(&model, "--model <MODEL>", "deep", MODELS, None);
    let seeds = project.run(&format!("reproduce table5 --data {DATA} --seeds -1")).stderr;
    expect_all(&seeds, &["error: invalid value '-1' for '--seeds <N>': -1 is not in 1..=1000"]);
    let endless = project.refusal(&format!("reproduce fig6 --data {DATA} --set search.time=0"));
    assert!(endless.contains("set a limit: samples, time, candidates or nothing_accepted"), "{endless}");
}
