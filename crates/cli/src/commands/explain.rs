//! `explain`: what a loss does, and what the losses of a run do.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use autolossgen::explain::{Explanation, explain as explained};
use autolossgen::formula::{Loss, NamedLoss, Scope, split_list};
use autolossgen::ranking::{self, Contender, RankingExplanation};
use autolossgen::{Config, Proposal, TaskName};
use autolossgen_report::{explain_run, figure_of};
use serde::Serialize;

use super::loss::{given_as, given_for, positive};
use super::settings::Layers;
use crate::args::{ExplainArgs, Settings};
use crate::output::{print, print_json, write_figure};
use crate::show::{explanation, ranking_explanation, run_explanation};

/// The document of `--json` for losses.
#[derive(Serialize)]
struct Document {
    explanations: Vec<Explanation>,
}

/// The document of `--json` for losses of ranking.
#[derive(Serialize)]
struct RankingDocument {
    explanations: Vec<RankingExplanation>,
}

/// Runs `explain`.
pub fn explain(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    if Layers::of(&args.settings)?.task()? == TaskName::Ranking {
        of_ranking(&args)?;
        return Ok(ExitCode::SUCCESS);
    }
    match args.subjects().find(|subject| is_folder(subject)) {
        Some(folder) => of_run(Path::new(folder), &args)?,
        None => of_losses(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Losses of ranking.
fn of_ranking(args: &ExplainArgs) -> anyhow::Result<()> {
    let flags = [(args.epsilon.is_some(), "--epsilon"), (args.curves, "--curves"), (args.plot.is_some(), "--plot")];
    if let Some((_, flag)) = flags.iter().find(|(is_given, _)| *is_given) {
        bail!("{flag} is not for task = 'ranking': leave it out");
    }
    let texts = args.subjects().flat_map(split_list);
    let explained = |text: &str| -> anyhow::Result<RankingExplanation> {
        Ok(ranking::explain(&Contender::new(&given_for(Scope::Ranking, "LOSS", text)?)?))
    };
    let explanations = texts.map(explained).collect::<anyhow::Result<Vec<_>>>()?;
    if args.settings.json {
        return print_json(&RankingDocument { explanations });
    }
    print(explanations.iter().map(ranking_explanation::text).collect::<Vec<_>>().join("\n"))
}

/// A name stays a name, whatever lies in the folder at hand.
fn is_folder(subject: &str) -> bool {
    NamedLoss::find(subject).is_none() && Path::new(subject).is_dir()
}

fn of_run(folder: &Path, args: &ExplainArgs) -> anyhow::Result<()> {
    if args.subjects().count() > 1 {
        bail!("{} is the folder of a run: explain it alone", folder.display());
    }
    if let Some(flag) = flag_of_losses(args) {
        bail!("{flag} is for losses: those of a run are read as they were tested");
    }
    let found = explain_run(folder)?;
    if args.settings.json { print_json(&found) } else { print(run_explanation::text(&found)) }
}

/// A flag that says something of losses, if one is given.
fn flag_of_losses(args: &ExplainArgs) -> Option<&'static str> {
    let Settings { preset, config, set, seed, .. } = &args.settings;
    let flags = [
        (args.epsilon.is_some(), "--epsilon"),
        (args.curves, "--curves"),
        (args.plot.is_some(), "--plot"),
        (preset.is_some(), "--preset"),
        (config.is_some(), "--config"),
        (!set.is_empty(), "--set"),
        (seed.is_some(), "--seed"),
    ];
    flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
}

fn of_losses(args: &ExplainArgs) -> anyhow::Result<()> {
    let config = Layers::of(&args.settings)?.resolve()?;
    let epsilon = args.epsilon.as_deref().map(|text| positive("--epsilon", text, "1e-6")).transpose()?;
    let epsilon = epsilon.unwrap_or(config.search.epsilon);
    let texts = args.subjects().flat_map(split_list);
    let losses = texts.map(|text| compile(text, epsilon, &config)).collect::<anyhow::Result<Vec<_>>>()?;
    let explanations = losses.iter().map(|loss| Ok(explained(loss, &config)?)).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(path) = &args.plot {
        plot(&explanations, path)?;
    }
    if args.settings.json {
        return print_json(&Document { explanations });
    }
    let curves = args.curves || std::io::stdout().is_terminal();
    let texts: Vec<String> = explanations.iter().map(|found| explanation::text(found, curves)).collect();
    print(texts.join("\n"))
}

/// Draws the derivatives of the one loss that was given.
fn plot(explanations: &[Explanation], path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let [explanation] = explanations else {
        bail!("--plot {shown}: one loss can be drawn, and {} are given; draw each by itself", explanations.len());
    };
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("svg")) {
        bail!("--plot {shown}: the picture is SVG; give a file that ends in .svg");
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    write_figure(&figure_of(explanation, &file), path)
}

/// As `eval` reads a loss: a named one as it is, a formula as a generated one.
fn compile(text: &str, epsilon: f32, config: &Config) -> anyhow::Result<Loss> {
    let proposal = match NamedLoss::find(text) {
        Some(named) => Proposal::named(named, config),
        None => Proposal::generated(given_as("LOSS", text).map_err(|error| or_folder(text, error))?, config),
    };
    Ok(proposal.compile(epsilon))
}

/// Text that looks like a path is more likely a folder that is not there than a formula.
fn or_folder(text: &str, error: anyhow::Error) -> anyhow::Error {
    let is_path = text.contains('/') && !text.contains(|c: char| c.is_whitespace() || "()+*^".contains(c));
    if is_path { anyhow!("'{text}' is neither a loss nor the folder of a run") } else { error }
}
