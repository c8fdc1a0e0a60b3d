//! What there is to say of the `tuned` protocol beside its table: comparisons, budget and optimism.

use autolossgen::Config;
use autolossgen::record::{Budget, Comparison, STEP_IN_WORDS, TestReport, p_value};
use autolossgen::recsys::Task;

use super::table::Table;

/// Below the table of losses; empty under `fixed`.
pub fn lines(report: &TestReport, config: &Config) -> String {
    let Some(budget) = &report.budget else { return String::new() };
    let further = [report.edges_in_words(), report.untuned_in_words(), report.optimism_in_words(config.metric())];
    let notes = [budget.in_words(), STEP_IN_WORDS.to_owned(), budget.condition_in_words()];
    let notes = notes.into_iter().chain(further.into_iter().flatten());
    format!("{}\n{}\n", comparisons(report, config, budget), notes.collect::<Vec<_>>().join("\n"))
}

/// The best loss found against each baseline, with both p-values.
fn comparisons(report: &TestReport, config: &Config, budget: &Budget) -> String {
    if report.comparisons.is_empty() {
        return String::new();
    }
    let difference = format!("test {}", config.task.metric().title());
    let mut table = Table::new(&["★ against", &difference, "seeds", "p, seeds", "p, rows"]);
    for comparison in &report.comparisons {
        table.row(comparison_row(comparison));
    }
    format!(
        "\n{table}\np, seeds: paired t-test over the seeds; p, rows: the test rows with seed {} ({}); both corrected by Holm.\n",
        budget.seeds[0],
        match config.task {
            Task::Classification => "DeLong",
            Task::Regression => "paired t-test on squared errors",
        },
    )
}

fn comparison_row(comparison: &Comparison) -> Vec<String> {
    let over_seeds = comparison.over_seeds.as_ref();
    let difference = over_seeds.map_or(comparison.difference, |found| found.difference);
    vec![
        comparison.baseline.clone(),
        format!("{difference:+.4}"),
        over_seeds.map_or(1, |found| found.seeds).to_string(),
        over_seeds.map_or("–".to_owned(), |found| p_value(found.p_holm)),
        p_value(comparison.p_holm),
    ]
}
