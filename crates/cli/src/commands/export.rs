//! `export`: a loss as code.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use autolossgen::data::file::write_atomically;
use autolossgen::formula::{self, Choice, Clamp, EXPORTED_BY, ExportError, Formula, Loss, NamedLoss, Scope, Semantics};
use autolossgen::{ClampRule, Config, Preset, TaskName};
use serde::Serialize;

use super::loss::{self, given_as, given_for};
use crate::args::ExportArgs;
use crate::message::say;
use crate::output::{print_code, print_json};
use crate::overwrite::{Kind, OR_FORCE, expect_own};

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    loss: &'a str,
    formula: &'a Formula,
    /// What the formula is a simplified form of
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<&'a Formula>,
    target: &'a str,
    epsilon: f32,
    clamp: Clamp,
    scale: f32,
    code: &'a str,
}

/// The code of a loss, which says so at its beginning.
const EXPORT: Kind = Kind { name: "export", is_own: |text| text.contains(EXPORTED_BY), remedy: OR_FORCE };

/// Runs `export`.
pub fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    if args.task == TaskName::Ranking {
        return export_of_ranking(&args);
    }
    let (target, loss) = (args.to, given(&args)?);
    let name = args.name.clone().unwrap_or_else(|| formula::default_name(&loss));
    let loss = if args.simplified { simplified(loss) } else { loss };
    let code = formula::export(&loss, &name, target).map_err(|error| refusal(&args, &error))?;
    let Semantics { epsilon, clamp } = loss.semantics();
    let (formula, original, scale) = (loss.formula(), loss.original(), loss.scale());
    let text = args.loss.trim();
    let document =
        Document { loss: text, formula, original, target: target.name(), epsilon, clamp, scale, code: &code };
    deliver(&args, &name, &document)
}

/// A loss of ranking.
fn export_of_ranking(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let (target, text) = (args.to, args.loss.trim());
    if args.simplified {
        bail!("--simplified is not for task = 'ranking': leave it out");
    }
    let formula = given_for(Scope::Ranking, "--loss", text)?;
    let epsilon = positive("--epsilon", args.epsilon.as_deref(), 1e-6)?;
    let scale = positive("--scale", args.scale.as_deref(), 1.0)?;
    let clamp = args.clamp.map_or(Clamp::None, |rule| clamp(Config::preset(Preset::Default), rule));
    let loss = formula.compile_ranking(Semantics { epsilon, clamp })?.scaled(scale);
    let name = args.name.clone().unwrap_or_else(|| formula::default_ranking_name(&loss));
    let code = formula::export_ranking(&loss, &name, target).map_err(|error| refusal(args, &error))?;
    let document = Document {
        loss: text,
        formula: &formula,
        original: None,
        target: target.name(),
        epsilon,
        clamp,
        scale,
        code: &code,
    };
    deliver(args, &name, &document)
}

/// Writes or prints the code.
fn deliver(args: &ExportArgs, name: &str, document: &Document<'_>) -> anyhow::Result<ExitCode> {
    let Document { target, code, .. } = document;
    if let Some(path) = &args.out {
        expect_own(path, &EXPORT, args.force)?;
        write_atomically(path, code.as_bytes())?;
        say(format_args!("{}: {name} for {target}", path.display()));
    }
    if args.json {
        print_json(document)?;
    } else if args.out.is_none() {
        print_code(code)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Its simplified form, or, where nothing simpler is verified to be the same loss, itself.
fn simplified(loss: Loss) -> Loss {
    match formula::simplified(&loss) {
        Some(found) => found.loss,
        None => {
            say("--simplified: nothing simpler is verified to be the same loss; it is exported as it is");
            loss
        }
    }
}

/// The loss under the semantics that `eval` trains it with, unless the arguments say otherwise.
fn given(args: &ExportArgs) -> anyhow::Result<Loss> {
    let text = args.loss.trim();
    let formula = given_as("--loss", text)?;
    let config = Config::preset(Preset::Default);
    let semantics = match NamedLoss::find(text) {
        Some(_) => Semantics::unclamped(config.search.epsilon),
        None => config.semantics(),
    };
    let clamp = args.clamp.map_or(semantics.clamp, |rule| clamp(config, rule));
    let epsilon = positive("--epsilon", args.epsilon.as_deref(), semantics.epsilon)?;
    let scale = positive("--scale", args.scale.as_deref(), 1.0)?;
    Ok(formula.compile(Semantics { epsilon, clamp })?.scaled(scale))
}

/// The clamp of a rule within the bounds of the configuration.
fn clamp(mut config: Config, rule: ClampRule) -> Clamp {
    config.search.clamp = rule;
    config.semantics().clamp
}

fn positive(flag: &str, text: Option<&str>, default: f32) -> anyhow::Result<f32> {
    text.map_or(Ok(default), |text| loss::positive(flag, text, &format!("{default:?}")))
}

fn refusal(args: &ExportArgs, error: &ExportError) -> anyhow::Error {
    match error {
        ExportError::Name(_) => anyhow!("--name: {error}"),
        _ => anyhow!("{}: {error}", args.loss.trim()),
    }
}
