//! `eval`: train with named or given formulas and print metrics.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use autolossgen::data::PredictionFile;
use autolossgen::effectiveness::{self, Trained};
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::formula::{NamedLoss, split_list};
use autolossgen::record::{Budget, Comparison, DatasetSizes, Decision, LossResult, Origin, TestReport, TrivialResult};
use autolossgen::{Base, Config, Observer, Proposal, Protocol, TaskName};
use serde::Serialize;

use super::eval_ranking;
use super::loss::{given_as, positive};
use super::settings::{self, Layers};
use super::workers::workers;
use crate::args::EvalArgs;
use crate::message::say;
use crate::output::{print, print_json};
use crate::progress::PhaseProgress;
use crate::show::{loss_table, results, tuned};

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
    dataset: &'a DatasetSizes,
    model: &'a str,
    preset: &'a str,
    protocol: &'a str,
    results: Vec<Timed<'a>>,
    trivial: &'a [TrivialResult],
    comparisons: &'a [Comparison],
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: &'a Option<Budget>,
    /// What to do; absent where one loss was trained, or where the two best do not both have the metric
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    /// The same in sentences
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
}

/// Runs `eval`.
pub fn eval(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let layers = Layers::of(&args.settings)?;
    if layers.task()? == TaskName::Ranking {
        return eval_ranking::eval(&args, &layers);
    }
    let layers = layers.with(args.comparing.assignments());
    let config = settings::with_data(layers.resolve()?, args.data.as_deref())?;
    let proposals = proposals(&args, &config)?;
    let dataset = settings::load(&config)?;
    let predictions = args.predictions.as_deref().map(PredictionFile::create).transpose()?;
    let builder = config.model_builder(Base::default().models)?;
    let (started, progress) = (Instant::now(), PhaseProgress::training("eval"));
    let (fresh, folds, stop) =
        (fresh(&*builder, &dataset.search), Folds::of_test(&dataset.search, &config), || progress.stop());
    let executor = Local::new(&config, &folds, &fresh, &stop);
    let trained =
        workers(config.threads).install(|| effectiveness::train(&proposals, &folds, &config, &executor, &progress))?;
    let Some(trained) = trained else {
        progress.finish("interrupted: the test set was not touched");
        if args.settings.json {
            print_json(&())?;
        }
        return Ok(ExitCode::from(1));
    };
    progress.finish(&results::trained_line(trained.len(), started.elapsed().as_secs_f64()));
    let report = effectiveness::spend_to::<anyhow::Error>(&trained, dataset, &config, &fresh, predictions)?;
    if args.settings.json {
        print_json(&document(&report, &trained, &config))?;
    } else {
        print(
            results::verdict(report.verdict.as_ref().map(|verdict| verdict.sentences(config.task.metric())))
                + &loss_table::table(&report, &config)
                + &tuned::lines(&report, &config),
        )?;
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

fn document<'a>(report: &'a TestReport, trained: &[Trained], config: &Config) -> Document<'a> {
    let timed = |(result, trained): (&'a LossResult, &Trained)| Timed { result, seconds: trained.seconds() };
    let results = report.results.iter().zip(trained).map(timed).collect();
    let TestReport { dataset, model, preset, protocol, trivial, comparisons, budget, .. } = report;
    let decision = report.verdict.as_ref().map(|verdict| verdict.decision);
    let verdict = report.verdict_in_words(config.task.metric());
    Document { dataset, model, preset, protocol, results, trivial, comparisons, budget, decision, verdict }
}

fn proposals(args: &EvalArgs, config: &Config) -> anyhow::Result<Vec<Proposal>> {
    let epsilons = args.epsilon.as_deref().map(|text| epsilons(text, config)).transpose()?;
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    let proposal = |text: &str| {
        let mut proposal = match NamedLoss::find(text) {
            Some(named) => Proposal::named(named, config),
            None => Proposal { origin: Origin::Given, ..Proposal::generated(given_as("--loss", text)?, config) },
        };
        if let Some(epsilons) = &epsilons {
            proposal.epsilons.clone_from(epsilons);
        }
        Ok(proposal)
    };
    let proposals = texts.map(proposal).collect::<anyhow::Result<Vec<Proposal>>>()?;
    let is_twice = |(index, one): &(usize, &Proposal)| proposals[..*index].contains(one);
    match proposals.iter().enumerate().find(is_twice) {
        Some((_, twice)) => bail!("--loss: {} is given twice: give each loss once", twice.title()),
        None => Ok(proposals),
    }
}

/// `grid`, or values separated by commas.
fn epsilons(text: &str, config: &Config) -> anyhow::Result<Vec<f32>> {
    if text == "grid" {
        return Ok(config.selection.epsilons.clone());
    }
    let (n, pairs) = (text.split(',').count(), config.test.configurations());
    if config.test.protocol == Protocol::Tuned && n > pairs {
        bail!(
            "--epsilon: {n} values, and test.tuned_learning_rates and test.tuned_l2 make {pairs} configurations: each value \
             needs one of them"
        );
    }
    text.split(',').map(|part| positive("--epsilon", part, "1e-6, or `grid`")).collect()
}
