//! What there is to say of the `tuned` protocol beside its table: comparisons, budget and optimism.

use autolossgen::recsys::Task;
use autolossgen::test::{Advantage, Budget, Comparison, Optimism, Rung, TestReport};
use autolossgen::{Candidate, Config, RewardRule, Run};

use super::loss_table::{p_value, title};
use crate::table::Table;

/// Below the table of losses; empty under `fixed`.
pub fn lines(report: &TestReport, config: &Config) -> String {
    let Some(budget) = &report.budget else { return String::new() };
    let optimism = optimism(report, title(config.metric()));
    let notes = std::iter::once(of_budget(budget)).chain([TERMS.to_owned()]).chain(optimism);
    format!("{}\n{}\n", comparisons(report, config, budget), notes.collect::<Vec<_>>().join("\n"))
}

const TERMS: &str = "±: half the 95% interval of the mean over the seeds (Student's t). step: root mean square of dL/dlogit \
                     times the learning rate.";

/// The best loss found against each baseline, with both p-values.
fn comparisons(report: &TestReport, config: &Config, budget: &Budget) -> String {
    if report.comparisons.is_empty() {
        return String::new();
    }
    let difference = format!("test {}", title(config.task.metric()));
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

/// What each loss was given.
fn of_budget(Budget { rungs, seeds }: &Budget) -> String {
    let rung = |rung: &Rung| match rung.until {
        Some(epoch) => format!("{} to epoch {epoch}", rung.configurations),
        None => format!("{} to convergence", rung.configurations),
    };
    let rungs = rungs.iter().map(rung).collect::<Vec<_>>().join(", ");
    let (first, last) = (seeds[0], seeds[seeds.len() - 1]);
    let seeds = if first == last { String::new() } else { format!(", then the best with seeds {first} to {last}") };
    format!("Each loss: {rungs} of rate, L2 and ε, by validation with seed {first}{seeds}.")
}

/// How much better validation looks than test.
fn optimism(report: &TestReport, metric: &str) -> Option<String> {
    let Optimism { chosen, fresh } = report.optimism();
    let fresh = fresh.map_or(String::new(), |fresh| format!(", {fresh:+.4} with the others"));
    Some(format!(
        "Validation minus test {metric}, mean over the losses: {:+.4} with the seed that chose{fresh}.",
        chosen?
    ))
}

/// What is left, stage by stage, of the lead that the search saw; `None` where its reward is no lead.
pub fn stages(report: &TestReport, run: &Run) -> Option<String> {
    let config = run.config();
    if config.search.reward != RewardRule::Converged {
        return None;
    }
    let (reference, best) = (config.search.reference(), &report.results[report.best?]);
    let Advantage { chosen, fresh, test } = report.advantage(config.metric(), reference)?;
    let candidates = Candidate::of(run.records()).into_iter();
    let search =
        candidates.filter(|candidate| candidate.formula.to_string() == best.formula).map(|found| found.reward).next();
    let stages = [
        (search, "in the search"),
        (chosen, "on validation with the seed that chose"),
        (fresh, "on validation with the others"),
        (test, "on test"),
    ];
    let stages = stages.iter().filter_map(|(lead, stage)| lead.map(|lead| format!("{lead:+.4} {stage}")));
    Some(format!("★ above {reference}: {}.", stages.collect::<Vec<_>>().join(", ")))
}
