//! A comparison of losses for ranking in a terminal.

use autolossgen::RankingConfig;
use autolossgen::ranking::{RankingAxis, RankingReport, RankingResult, ReferenceResult};
use autolossgen::record::p_value;
use autolossgen::recsys::MetricAt;

use super::table::{Table, shorten};
use crate::message::count;

/// Verdict, table, comparisons and how they came about.
pub fn page(report: &RankingReport, config: &RankingConfig) -> String {
    let verdict: String = report.verdict().iter().map(|sentence| format!("{sentence}\n")).collect();
    let gap = if verdict.is_empty() { "" } else { "\n" };
    format!("{verdict}{gap}{}\n{}\n{}", losses(report, config), settings(report), notes(report, config))
}

/// What each row has on validation and test, and its distance from the best.
fn losses(report: &RankingReport, config: &RankingConfig) -> Table {
    let chosen = report.metric;
    // One more: the others are in the document of `--json`.
    let further: Vec<MetricAt> = config.metrics().into_iter().skip(1).take(1).collect();
    let titles: Vec<String> = further.iter().map(|metric| metric.title()).collect();
    let (validation, test) = (format!("validation {}", chosen.title()), format!("test {}", chosen.title()));
    let first = ["", &validation, &test, "95% interval", "p against ★"];
    let last = ["coverage", "popularity"];
    let heading: Vec<&str> = first.into_iter().chain(titles.iter().map(String::as_str)).chain(last).collect();
    let mut table = Table::new(&heading);
    let ranked = report.by_validation();
    let best = ranked.first().map(|best| best.loss.as_str());
    let p = |title: &str| {
        let found = report.comparisons.iter().find(|comparison| comparison.other == title);
        found.map_or(String::new(), |found| p_value(found.p_holm))
    };
    let number = |value: Option<&f64>| value.map_or("–".to_owned(), |value| format!("{value:.4}"));
    let without = report.results.iter().filter(|result| result.validation.is_none());
    for result in ranked.iter().copied().chain(without) {
        let mark = if best == Some(result.loss.as_str()) { "★" } else { " " };
        let interval = result.interval.map_or("–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}"));
        let mut cells = vec![format!("{mark} {}", shorten(&result.loss)), number(result.validation.as_ref())];
        cells.extend([number(result.test.get(&chosen.to_string())), interval, p(&result.loss)]);
        cells.extend(further.iter().map(|metric| number(result.test.get(&metric.to_string()))));
        cells.extend(lists(result.lists));
        table.row(cells);
    }
    for ReferenceResult { predictor, validation, test, lists: of_row, .. } in &report.references {
        let mut cells = vec![format!("  ({predictor})"), format!("{validation:.4}")];
        cells.extend([number(test.get(&chosen.to_string())), String::new(), p(predictor)]);
        cells.extend(further.iter().map(|metric| number(test.get(&metric.to_string()))));
        cells.extend(lists(Some(*of_row)));
        table.row(cells);
    }
    table
}

fn lists(lists: Option<autolossgen::ranking::Lists>) -> [String; 2] {
    lists.map_or(["–".to_owned(), "–".to_owned()], |lists| {
        [format!("{:.1}%", 100.0 * lists.coverage), format!("{:.0}", lists.popularity)]
    })
}

/// The settings that validation chose.
fn settings(report: &RankingReport) -> Table {
    let mut table = Table::new(&["chosen", "similarity", "learning rate", "L2", "τ", "scale", "N", "best epoch"]);
    let row = |result: &RankingResult| {
        let point = result.point?;
        let mark = |axis: RankingAxis| if result.at_edge.contains(&axis) { "*" } else { "" };
        let epochs: Vec<String> = result.seeds.iter().map(|seed| seed.best_epoch.to_string()).collect();
        Some(vec![
            format!("  {}", shorten(&result.loss)),
            point.similarity.to_string(),
            format!("{}{}", point.learning_rate, mark(RankingAxis::LearningRate)),
            format!("{:e}{}", point.l2, mark(RankingAxis::L2)),
            format!("{}{}", point.temperature, mark(RankingAxis::Temperature)),
            format!("{}{}", point.init_std, mark(RankingAxis::InitStd)),
            format!("{}{}", point.n_negatives, mark(RankingAxis::NNegatives)),
            epochs.join(", "),
        ])
    };
    report.by_validation().into_iter().filter_map(row).for_each(|cells| table.row(cells));
    table
}

fn notes(report: &RankingReport, config: &RankingConfig) -> String {
    let data = &report.dataset;
    let mut lines = vec![format!(
        "{}: {} users, {} items; {} pairs to train, {} to validate ({}), {} to test ({}). A user is ranked all items but those \
         of training, in the test also those of validation.",
        data.name,
        data.users,
        data.items,
        data.train,
        data.validation,
        count(data.validation_users as u64, "user", "users"),
        data.test,
        count(data.test_users as u64, "user", "users")
    )];
    lines.push(format!(
        "{}, dimension {}, {}, batches of {}, negatives {}. Each loss had {} configurations; validation {} chose one, which was {}.",
        config.model.named(),
        config.model.dimension,
        config.training.optimizer,
        config.training.batch_size,
        config.training.negatives,
        counts(report),
        report.metric.title(),
        match config.test.seeds {
            1 => "trained from one seed".to_owned(),
            seeds => format!("trained from {seeds} seeds"),
        }
    ));
    lines.push(format!("validation: {}.", config.selection.described()));
    lines.push(
        "★: the best loss on validation. Intervals and p (corrected by Holm) are over users and seeds, and conditional on the chosen settings. In brackets: no loss. \
         coverage: share of the items that someone is recommended; popularity: mean number of training users of a recommended item."
            .to_owned(),
    );
    let at_edge = report.results.iter().any(|result| !result.at_edge.is_empty());
    lines.extend(at_edge.then(|| "*: at an end of what was tried; test.rounds goes on beyond it.".to_owned()));
    for result in report.results.iter().filter(|result| result.diverged > 0) {
        lines.push(format!(
            "{}: {} of {} configurations diverged.",
            result.loss, result.diverged, result.configurations
        ));
    }
    lines.extend(report.left_out.iter().map(|why| format!("Left out: {why}.")));
    if data.short_lists > 0 {
        let users = count(data.short_lists as u64, "user has", "users have");
        lines.push(format!("{users} fewer items left than the largest cutoff: the lists are shorter."));
    }
    if data.test_users < 2 {
        lines.push("The test part has one user: no interval and no p can be told.".to_owned());
    }
    lines.join("\n") + "\n"
}

/// The number of configurations of each loss, or its range.
fn counts(report: &RankingReport) -> String {
    let counts = || report.results.iter().map(|result| result.configurations);
    let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    if fewest == most { most.to_string() } else { format!("{fewest} to {most}") }
}
