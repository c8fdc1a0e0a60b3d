//! `reproduce`: a table or figure of the paper beside ours.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use autolossgen::data::{DataError, NamedData};
use autolossgen::formula::{Formula, split_list};
use autolossgen::recsys::{Choice, Task};
use autolossgen::{Assignment, Config};
use autolossgen_report::Figure;
use autolossgen_report::reproduce::{Exhibit, ReproduceError, Request, reproduce as compute};

use super::loss::given_as;
use super::settings::{self, Layers};
use super::workers::workers;
use crate::args::ReproduceArgs;
use crate::message::say;
use crate::output::{print, print_json, write_figure};
use crate::progress::PhaseProgress;
use crate::show::reproduction;

/// Seeds where their number is not given.
const SEEDS: u16 = 3;

/// The recommenders of the paper, in its order.
const MODELS: [&str; 2] = ["mf", "mlp"];

/// Where figures go.
const FOLDER: &str = "reproduce";

/// Runs `reproduce`.
pub fn reproduce(args: ReproduceArgs) -> anyhow::Result<ExitCode> {
    let exhibit = args.exhibit;
    expect_fitting(&args, exhibit)?;
    let request = Request {
        cases: cases(&args, exhibit)?,
        seeds: args.seeds.unwrap_or(SEEDS).into(),
        losses: losses(&args)?,
        load: &settings::load,
        observer: &PhaseProgress::reproduction(),
    };
    // Data that cannot be read are said before hours of work, not after.
    request.cases.iter().try_for_each(|case| settings::load(case).map(drop))?;
    let folder = args.out.as_deref().unwrap_or(Path::new(FOLDER));
    if exhibit.is_figure() {
        std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
    }
    let report = workers(request.cases[0].threads).install(|| compute(exhibit, &request)).map_err(cause)?;
    // A figure that cannot be written, or a closed pipe, loses none of the rest.
    let shown = if args.settings.json { print_json(&report) } else { print(reproduction::text(&report)) };
    let drawn: Vec<anyhow::Result<()>> = report.figures.iter().map(|figure| draw(figure, folder)).collect();
    drawn.into_iter().chain([shown]).collect::<anyhow::Result<()>>()?;
    Ok(if report.interrupted { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What stopped a reproduction, with the causes of its own.
fn cause(error: ReproduceError<anyhow::Error>) -> anyhow::Error {
    match error {
        ReproduceError::Load(error) => error,
        ReproduceError::Config(error) => error.into(),
        ReproduceError::Contract(error) => error.into(),
    }
}

/// A flag that the exhibit has no use for is a misunderstanding.
fn expect_fitting(args: &ReproduceArgs, exhibit: Exhibit) -> anyhow::Result<()> {
    let name = exhibit.name();
    for (given, takes, flag, takers) in [
        (args.samples.is_some(), exhibit.takes_samples(), "--samples", "table4, table8 and fig5"),
        (args.time.is_some(), exhibit.takes_time(), "--time", "table7 and fig6"),
        (!args.loss.is_empty(), exhibit.takes_losses(), "--loss", "table5 and table6"),
        (args.out.is_some(), exhibit.is_figure(), "--out", "fig5 and fig6"),
        (args.seeds.is_some(), exhibit.trains(), "--seeds", "all but table3"),
        (args.settings.model.is_some(), exhibit.trains(), "--model", "all but table3"),
    ] {
        if given && !takes {
            bail!("{name} does not take {flag}, which belongs to {takers}");
        }
    }
    if args.time == Some(0.0) {
        bail!("--time 0: {name} counts what is sampled in one time; give the seconds of each search, as in --time 60");
    }
    Ok(())
}

/// A setting that the exhibit sets itself is not the user's: refused as a flag; in a file, which may hold every setting
/// there is, only said.
fn expect_own(layers: &Layers, exhibit: Exhibit) -> anyhow::Result<()> {
    for key in exhibit.fixed() {
        if layers.flags_set(key)? {
            bail!("{} sets {key} itself: it cannot be given", exhibit.name());
        }
        if layers.sets(key)? {
            say(format_args!("{} sets {key} itself: that of the file does not count", exhibit.name()));
        }
    }
    Ok(())
}

fn losses(args: &ReproduceArgs) -> anyhow::Result<Vec<(String, Formula)>> {
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    texts.map(|text| Ok((text.to_owned(), given_as("--loss", text)?))).collect()
}

/// Every combination of data, model and task, in that order.
fn cases(args: &ReproduceArgs, exhibit: Exhibit) -> anyhow::Result<Vec<Config>> {
    let layers = Layers::of(&args.settings)?.with(args.assignments());
    expect_own(&layers, exhibit)?;
    let config = layers.resolve_over(&exhibit.base())?;
    let models = if exhibit.trains() { models(&layers, &config)? } else { vec![config.model.name.clone()] };
    let tasks = tasks(args, &layers, &config)?;
    let mut cases = Vec::new();
    for source in sources(args, &config)? {
        for model in &models {
            for task in &tasks {
                let case = [Assignment::new("model.name", model.as_str()), Assignment::new("task", task.name())];
                let config = layers.clone().with(case).resolve_over(&exhibit.base())?;
                cases.push(settings::with_data(config, Some(&source))?);
            }
        }
    }
    Ok(cases)
}

/// The model that the user names, or else those of the paper.
fn models(layers: &Layers, config: &Config) -> anyhow::Result<Vec<String>> {
    Ok(match layers.sets("model.name")? {
        true => vec![config.model.name.clone()],
        false => MODELS.map(str::to_owned).to_vec(),
    })
}

/// The tasks of the exhibit; of several the one that the user names.
fn tasks(args: &ReproduceArgs, layers: &Layers, config: &Config) -> anyhow::Result<Vec<Task>> {
    let (exhibit, of_exhibit) = (args.exhibit, args.exhibit.tasks());
    if !layers.sets("task")? {
        return Ok(of_exhibit.to_vec());
    }
    if !of_exhibit.contains(&config.task) {
        let names: Vec<&str> = of_exhibit.iter().map(|task| task.name()).collect();
        let wanted = config.task.name();
        let given = args.settings.task.map_or(format!("task = '{wanted}'"), |_| format!("--task {wanted}"));
        bail!("{} is about {}: {given} does not go with it", exhibit.name(), names.join(" and "));
    }
    Ok(vec![config.task])
}

/// The data that the user names, or else ML-100K.
fn sources(args: &ReproduceArgs, config: &Config) -> anyhow::Result<Vec<String>> {
    let absent = |source: &&String| source.eq_ignore_ascii_case("electronics") && !Path::new(source).exists();
    if let Some(source) = args.data.iter().find(absent) {
        bail!(
            "--data {source}: Electronics cannot be fetched by this program; give the path of its 5-core reviews, \
             reviews_Electronics_5.json.gz"
        );
    }
    let is_again = |&(index, source): &(usize, &String)| {
        args.data[..index].iter().any(|other| settings::absolute(other) == settings::absolute(source))
    };
    if let Some((_, source)) = args.data.iter().enumerate().find(is_again) {
        bail!("--data {source}: these data are given twice; name each once");
    }
    Ok(match (args.data.is_empty(), config.data.source.is_empty()) {
        (false, _) => args.data.clone(),
        (true, false) => vec![config.data.source.clone()],
        (true, true) => vec![NamedData::MovieLens100k.name().to_owned()],
    })
}

fn draw(figure: &Figure, folder: &Path) -> anyhow::Result<()> {
    write_figure(figure, &folder.join(&figure.file))
}
