//! `eval`: train with named or given formulas and print metrics.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{anyhow, bail};
use autolossgen::formula::{Formula, FormulaError, NamedLoss, resolve, split_list};
use autolossgen::test::{
    self, Budget, Contender, DatasetRow, Finished, LossResult, Origin, TestReport, Trained, TrivialResult,
};
use autolossgen::{Config, pool};
use serde::Serialize;

use super::{loss_table, print, print_json, results, settings, tuning};
use crate::args::EvalArgs;
use crate::message::say;
use crate::progress::PhaseProgress;

/// A result as `--json` prints it: with the time it took.
#[derive(Serialize)]
struct Timed<'a> {
    #[serde(flatten)]
    result: &'a LossResult,
    seconds: f64,
}

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    dataset: &'a DatasetRow,
    model: &'a str,
    preset: &'a str,
    protocol: &'a str,
    results: Vec<Timed<'a>>,
    trivial: &'a [TrivialResult],
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: &'a Option<Budget>,
}

/// Runs `eval`.
pub fn eval(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let settings = settings::with_protocol(&args.settings, &args.protocol);
    let config = settings::resolve_with_data(&settings, None, args.data.as_deref())?;
    let contenders = contenders(&args, &config)?;
    let dataset = settings::load(&config)?;
    let (started, progress) = (Instant::now(), PhaseProgress::training("eval"));
    let trained = pool(config.threads)
        .install(|| test::train(&contenders, &dataset.search, &config, &Finished::nowhere(), &progress));
    let Some(trained) = trained else {
        progress.finish("interrupted: the test set was not touched");
        if args.settings.json {
            print_json(&())?;
        }
        return Ok(ExitCode::from(1));
    };
    progress.finish(&results::trained_line(trained.len(), started.elapsed().as_secs_f64()));
    let report = test::report(&trained, dataset, &config);
    if args.settings.json {
        print_json(&document(&report, &trained))?;
    } else {
        print(loss_table::table(&report, &config) + &tuning::lines(&report, &config))?;
    }
    Ok(exit_code(&report))
}

fn exit_code(report: &TestReport) -> ExitCode {
    if report.results.iter().any(|result| result.best_epoch > 0) {
        return ExitCode::SUCCESS;
    }
    say("nothing survived: every loss diverged in its first epoch; try a smaller training.learning_rate");
    ExitCode::from(1)
}

fn document<'a>(report: &'a TestReport, trained: &[Trained]) -> Document<'a> {
    let timed = |(result, trained): (&'a LossResult, &Trained)| Timed { result, seconds: trained.seconds };
    let results = report.results.iter().zip(trained).map(timed).collect();
    let TestReport { dataset, model, preset, protocol, trivial, budget, .. } = report;
    Document { dataset, model, preset, protocol, results, trivial, budget }
}

fn contenders(args: &EvalArgs, config: &Config) -> anyhow::Result<Vec<Contender>> {
    let epsilons = args.epsilon.as_deref().map(|text| epsilons(text, config)).transpose()?;
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    let contender = |text: &str| {
        let mut contender = match NamedLoss::find(text) {
            Some(named) => Contender::named(named, config),
            None => Contender { origin: Origin::Given, ..Contender::generated(given(text)?, config) },
        };
        if let Some(epsilons) = &epsilons {
            contender.epsilons.clone_from(epsilons);
        }
        Ok(contender)
    };
    texts.map(contender).collect()
}

/// A loss as given with `--loss`.
pub fn given(text: &str) -> anyhow::Result<Formula> {
    given_as("--loss", text)
}

/// A loss as given on the command line in the place of `argument`.
pub fn given_as(argument: &str, text: &str) -> anyhow::Result<Formula> {
    if text.is_empty() {
        bail!(
            "{argument}: a name or a formula is empty; name one, as in {argument} bce, or write one, as in {argument} \
             '(pred - label)^2'"
        );
    }
    resolve(text).map_err(|error| match error {
        FormulaError::Syntax { text, column, message } => {
            anyhow!("{argument}{}", pointed_out(&text, column, &message))
        }
        other => anyhow!("{argument} '{}': {other}", beginning(text)),
    })
}

/// Characters of a formula that are shown around the place of an error, so that the caret stays on its line.
const SHOWN: usize = 72;

/// A text, or so much of it as is shown.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The message, and below it the formula with a caret under `column`; a word alone needs none.
fn pointed_out(text: &str, column: usize, message: &str) -> String {
    if text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') && column == 1 {
        return format!(": {message}");
    }
    let (n, at) = (text.chars().count(), column - 1);
    let start = if n <= SHOWN { 0 } else { at.saturating_sub(SHOWN / 2).min(n - SHOWN) };
    let end = (start + SHOWN).min(n);
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < n { "…" } else { "" });
    let shown: String = text.chars().skip(start).take(end - start).collect();
    let indent = " ".repeat(at - start + before.chars().count());
    format!(", at column {column}: {message}\n  {before}{shown}{after}\n  {indent}^")
}

/// `grid`, or values separated by commas.
fn epsilons(text: &str, config: &Config) -> anyhow::Result<Vec<f32>> {
    if text == "grid" {
        return Ok(config.test.epsilons.clone());
    }
    let (n, pairs) = (text.split(',').count(), config.test.configurations());
    if config.test.protocol == "tuned" && n > pairs {
        bail!(
            "--epsilon: {n} values, and test.tuned_learning_rates and test.tuned_l2 make {pairs} configurations: each value \
             needs one of them"
        );
    }
    text.split(',').map(|part| settings::positive("--epsilon", part, "1e-6, or `grid`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_column_of_a_long_formula() {
        let text = format!("{}+ *{}", "pred + ".repeat(40), " + label".repeat(40));
        let column = 7 * 40 + 3;
        let said = pointed_out(&text, column, "expected a value, found '*'");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[0], ", at column 283: expected a value, found '*'");
        assert!(lines[1].starts_with("  …") && lines[1].ends_with('…'), "{said}");
        assert_eq!(lines[1].chars().nth(lines[2].chars().count() - 1), Some('*'), "{said}");
        assert!(lines[1].chars().count() <= SHOWN + 4);
    }

    #[test]
    fn the_caret_reaches_both_ends() {
        let long = "x".repeat(300);
        let at = |column| {
            let said = pointed_out(&format!("({long}"), column, "so");
            let lines: Vec<String> = said.lines().map(str::to_owned).collect();
            (lines[1].clone(), lines[2].chars().count())
        };
        assert_eq!(at(1).1, 3);
        let (line, caret) = at(302);
        assert_eq!(caret, line.chars().count() + 1, "the end lies behind the last character");
    }
}
