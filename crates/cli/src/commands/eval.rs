//! `eval`: train with named or given formulas and print metrics.

use std::process::ExitCode;

use anyhow::{Context, bail};
use autolossgen::formula::{NamedLoss, resolve, split_list};
use autolossgen::test::{self, Contender, LossResult, Origin, TestReport, Trained};
use autolossgen::{Config, pool};
use serde::Serialize;

use super::{print_json, results, settings};
use crate::args::EvalArgs;
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
    #[serde(flatten)]
    report: &'a TestReport,
    results: Vec<Timed<'a>>,
}

/// Runs `eval`.
pub fn eval(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let config = settings::resolve_with_data(&args.settings, None, args.data.as_deref())?;
    let contenders = contenders(&args, &config)?;
    let dataset = settings::load(&config)?;
    let progress = PhaseProgress::start("eval", 0);
    let trained = pool(config.threads).install(|| test::train(&contenders, &dataset.search, &config, &progress));
    let Some(trained) = trained else {
        progress.finish("interrupted: the test set was not touched");
        return Ok(ExitCode::from(1));
    };
    progress.finish(&format!("{} trained to convergence", results::count(trained.len(), "loss", "losses")));
    let report = test::report(&trained, dataset, &config);
    if args.settings.json {
        print_json(&document(&report, &trained))?;
    } else {
        println!("{}", results::table(&report));
    }
    Ok(if report.results.iter().any(|result| result.best_epoch > 0) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn document<'a>(report: &'a TestReport, trained: &[Trained]) -> Document<'a> {
    let timed = |(result, trained): (&'a LossResult, &Trained)| Timed { result, seconds: trained.seconds };
    Document { report, results: report.results.iter().zip(trained).map(timed).collect() }
}

fn contenders(args: &EvalArgs, config: &Config) -> anyhow::Result<Vec<Contender>> {
    let epsilons = args.epsilon.as_deref().map(|text| epsilons(text, config)).transpose()?;
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    let contender = |text: &str| {
        let mut contender = match NamedLoss::find(text) {
            Some(named) => Contender::named(named, config),
            None => given(text, config)?,
        };
        if let Some(epsilons) = &epsilons {
            contender.epsilons.clone_from(epsilons);
        }
        Ok(contender)
    };
    texts.map(contender).collect()
}

fn given(text: &str, config: &Config) -> anyhow::Result<Contender> {
    let formula = resolve(text).context("--loss")?;
    Ok(Contender { origin: Origin::Given, ..Contender::generated(formula, config) })
}

/// `grid`, or values separated by commas.
fn epsilons(text: &str, config: &Config) -> anyhow::Result<Vec<f32>> {
    if text == "grid" {
        return Ok(config.test.epsilons.clone());
    }
    let parse = |part: &str| match part.trim().parse::<f32>() {
        Ok(epsilon) if epsilon > 0.0 && epsilon.is_finite() => Ok(epsilon),
        _ => bail!("--epsilon {part}: must be positive and finite, as in 1e-6, or `grid`"),
    };
    text.split(',').map(parse).collect()
}
