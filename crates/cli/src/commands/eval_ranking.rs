//! `eval --task ranking`: losses of ranking, compared.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use autolossgen::formula::{Scope, split_list};
use autolossgen::ranking::{Contender, RankingReport, evaluate};
use serde::Serialize;

use super::loss::given_for;
use super::settings::{self, Layers};
use super::workers::workers;
use crate::args::EvalArgs;
use crate::message::say;
use crate::output::{print, print_json};
use crate::progress::PhaseProgress;
use crate::show::{ranking, results};

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    task: &'static str,
    #[serde(flatten)]
    report: &'a RankingReport,
    /// In sentences; absent where fewer than two losses have a result
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    seconds: f64,
}

/// Runs `eval` for ranking.
pub fn eval(args: &EvalArgs, layers: &Layers) -> anyhow::Result<ExitCode> {
    expect_flags(args)?;
    let contenders = contenders(args)?;
    let (config, dataset) = settings::load_ranking(layers, args.data.as_deref())?;
    let (started, progress) = (Instant::now(), PhaseProgress::training("eval"));
    let report = workers(config.threads).install(|| evaluate(&contenders, dataset, &config, &progress))?;
    let Some(report) = report else {
        progress.finish("interrupted: the test set was not touched");
        if args.settings.json {
            print_json(&())?;
        }
        return Ok(ExitCode::from(1));
    };
    let seconds = started.elapsed().as_secs_f64();
    progress.finish(&results::trained_line(contenders.len(), seconds));
    if args.settings.json {
        let verdict = Some(report.verdict().join(" ")).filter(|verdict| !verdict.is_empty());
        print_json(&Document { task: "ranking", report: &report, verdict, seconds })?;
    } else {
        print(ranking::page(&report, &config))?;
    }
    if report.results.iter().any(|result| result.validation.is_some()) {
        return Ok(ExitCode::SUCCESS);
    }
    say("nothing survived: every loss diverged; try smaller test.learning_rates");
    Ok(ExitCode::from(1))
}

/// Whether every flag that was given says something of ranking.
fn expect_flags(args: &EvalArgs) -> anyhow::Result<()> {
    let given = [
        ("--protocol", args.comparing.protocol.is_some(), "every loss is tuned"),
        ("--epsilon", args.epsilon.is_some(), "losses of ranking are evaluated at ε = 1e-6"),
        ("--predictions", args.predictions.is_some(), "predictions of rankings are not written yet"),
        ("--model", args.settings.model.is_some(), "the recommender is mf without biases"),
    ];
    match given.iter().find(|(_, is_given, _)| *is_given) {
        Some((flag, _, why)) => bail!("{flag} is not for task = 'ranking': {why}; leave it out"),
        None => Ok(()),
    }
}

fn contenders(args: &EvalArgs) -> anyhow::Result<Vec<Contender>> {
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    let contender = |text: &str| Ok(Contender::new(&given_for(Scope::Ranking, "--loss", text)?)?);
    let contenders = texts.map(contender).collect::<anyhow::Result<Vec<Contender>>>()?;
    let is_twice =
        |(index, one): &(usize, &Contender)| contenders[..*index].iter().any(|other| other.title == one.title);
    match contenders.iter().enumerate().find(is_twice) {
        Some((_, twice)) => bail!("--loss: {} is given twice: give each loss once", twice.title),
        None => Ok(contenders),
    }
}
