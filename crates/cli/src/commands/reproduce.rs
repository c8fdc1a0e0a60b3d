//! `reproduce`: a table or figure of the paper beside ours.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use autolossgen::formula::{Formula, split_list};
use autolossgen::recsys::Task;
use autolossgen::recsys::data::{DataError, write_atomically};
use autolossgen::reproduce::{Exhibit, Figure, Reproduction, Request, Row, reproduce as compute};
use autolossgen::{Config, MODELS, pool};

use super::{eval, print, print_json, results, settings};
use crate::args::{ReproduceArgs, Settings};
use crate::message::say;
use crate::progress::PhaseProgress;
use crate::table::Table;

/// Where figures go.
const FOLDER: &str = "reproduce";

/// Runs `reproduce`.
pub fn reproduce(args: ReproduceArgs) -> anyhow::Result<ExitCode> {
    let exhibit = Exhibit::parse(&args.name).map_err(|message| anyhow!(message))?;
    expect_fitting(&args, exhibit)?;
    let request = Request {
        cases: cases(&args, exhibit)?,
        seeds: args.seeds,
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
    let report = pool(request.cases[0].threads).install(|| compute(exhibit, &request))?;
    report.figures.iter().try_for_each(|figure| draw(figure, folder))?;
    if args.settings.json {
        print_json(&report)?;
    } else {
        print(text(&report))?;
    }
    Ok(if report.interrupted { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A flag that the exhibit has no use for is a misunderstanding.
fn expect_fitting(args: &ReproduceArgs, exhibit: Exhibit) -> anyhow::Result<()> {
    let name = exhibit.name();
    for (given, takes, flag, takers) in [
        (args.samples.is_some(), exhibit.takes_samples(), "--samples", "table4, table8 and fig5"),
        (args.time.is_some(), exhibit.takes_time(), "--time", "table7 and fig6"),
        (!args.loss.is_empty(), exhibit.takes_losses(), "--loss", "table5 and table6"),
        (args.out.is_some(), exhibit.is_figure(), "--out", "fig5 and fig6"),
    ] {
        if given && !takes {
            bail!("{name} does not take {flag}, which belongs to {takers}");
        }
    }
    Ok(())
}

fn losses(args: &ReproduceArgs) -> anyhow::Result<Vec<(String, Formula)>> {
    let texts = args.loss.iter().flat_map(|list| split_list(list));
    texts.map(|text| Ok((text.to_owned(), eval::given(text)?))).collect()
}

/// Every combination of data, model and task, in that order.
fn cases(args: &ReproduceArgs, exhibit: Exhibit) -> anyhow::Result<Vec<Config>> {
    let settings = with_defaults(args, exhibit);
    let models = if exhibit.trains() { models(&settings)? } else { vec![None] };
    let mut cases = Vec::new();
    let tasks = tasks(&settings, exhibit)?;
    for source in sources(args, &settings)? {
        for model in &models {
            for &task in &tasks {
                cases.push(case(&settings, &source, model.as_deref(), task)?);
            }
        }
    }
    Ok(cases)
}

/// The settings that the exhibit starts from lie under those of the user.
fn with_defaults(args: &ReproduceArgs, exhibit: Exhibit) -> Settings {
    let mut settings = args.settings.clone();
    let mut under: Vec<String> = exhibit.settings().iter().map(|(key, value)| format!("{key}={value}")).collect();
    if settings.preset.is_none() && settings.config.is_none() {
        under.insert(0, format!("preset={}", exhibit.preset()));
    }
    settings.set.splice(0..0, under);
    settings.set.extend(args.samples.map(|samples| format!("search.samples={samples}")));
    settings.set.extend(args.time.map(|seconds| format!("search.time={seconds:?}")));
    settings
}

/// The model that the user names, or else all.
fn models(settings: &Settings) -> anyhow::Result<Vec<Option<String>>> {
    let chosen = settings.config.is_some() || settings.set.iter().any(|entry| entry.starts_with("model.name="));
    Ok(match &settings.model {
        Some(model) => vec![Some(model.clone())],
        None if chosen => vec![Some(settings::resolve(settings, None)?.model.name)],
        None => MODELS.iter().map(|model| Some((*model).to_owned())).collect(),
    })
}

/// The tasks of the exhibit; of several the one that the user names.
fn tasks(settings: &Settings, exhibit: Exhibit) -> anyhow::Result<Vec<Task>> {
    let of_exhibit = exhibit.tasks();
    if settings.task.is_none() {
        return Ok(of_exhibit.to_vec());
    }
    let wanted = settings::resolve(settings, None)?.task;
    if !of_exhibit.contains(&wanted) {
        let names: Vec<&str> = of_exhibit.iter().map(|task| task.name()).collect();
        bail!("{} is about {}: --task {} does not go with it", exhibit.name(), names.join(" and "), wanted.name());
    }
    Ok(vec![wanted])
}

/// The data that the user names, or else ML-100K.
fn sources(args: &ReproduceArgs, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let absent = |source: &&String| source.eq_ignore_ascii_case("electronics") && !Path::new(source).exists();
    if let Some(source) = args.data.iter().find(absent) {
        bail!(
            "--data {source}: Electronics cannot be fetched by this program; give the path of its 5-core reviews, \
             reviews_Electronics_5.json.gz"
        );
    }
    let configured = settings::resolve(settings, None)?.data.source;
    Ok(match (args.data.is_empty(), configured.is_empty()) {
        (false, _) => args.data.clone(),
        (true, false) => vec![configured],
        (true, true) => vec!["ml-100k".to_owned()],
    })
}

fn case(settings: &Settings, source: &str, model: Option<&str>, task: Task) -> anyhow::Result<Config> {
    let mut settings = settings.clone();
    settings.model = model.map(str::to_owned).or(settings.model);
    settings.task = Some(task.name().to_owned());
    settings::resolve_with_data(&settings, None, Some(source))
}

fn draw(figure: &Figure, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(&figure.file);
    write_atomically(&path, figure.to_svg().as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    say(format_args!("figure: {}", path.display()));
    Ok(())
}

/// A column of the table: its heading, and a row's cell.
type Column = (&'static str, Box<dyn Fn(&Row) -> String>);

/// The report as a person reads it; columns in which no row has anything are left out.
fn text(report: &Reproduction) -> String {
    let shown: Vec<Column> = columns(report).into_iter().filter(|column| is_used(column, report)).collect();
    let mut table = Table::new(&shown.iter().map(|(heading, _)| *heading).collect::<Vec<_>>());
    for row in &report.rows {
        table.row(shown.iter().map(|(_, cell)| cell(row)).collect());
    }
    let mut text = format!("{}\npreset {}\n\n{table}", report.title, report.preset);
    for (heading, lines) in [("Notes", &report.notes), ("Readings of the paper", &report.readings)] {
        if !lines.is_empty() {
            text += &format!("\n{heading}\n{}", lines.iter().map(|line| format!("- {line}\n")).collect::<String>());
        }
    }
    text
}

fn is_used((_, cell): &Column, report: &Reproduction) -> bool {
    report.rows.iter().any(|row| !cell(row).is_empty())
}

fn columns(report: &Reproduction) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("loss", Box::new(|row| results::shorten(&row.loss))),
        ("metric", Box::new(|row| row.metric.clone())),
        ("paper", Box::new(|row| number(row.paper))),
        ("ours", Box::new(|row| number(row.ours))),
        ("difference", Box::new(|row| signed(row.difference))),
        ("95% interval", Box::new(|row| interval(row.interval))),
        ("seeds", Box::new(|row| joined(&row.seeds))),
    ];
    let place: [Column; 3] = [
        ("model", Box::new(|row| row.model.clone())),
        ("data", Box::new(|row| row.dataset.clone())),
        ("task", Box::new(|row| row.task.clone())),
    ];
    columns.splice(0..0, place);
    columns.extend(headings(report).into_iter().map(|heading| {
        let cell = move |row: &Row| row.columns.iter().find(|(own, _)| *own == heading).map(|(_, text)| text.clone());
        (heading, Box::new(move |row: &Row| cell(row).unwrap_or_default()) as Box<dyn Fn(&Row) -> String>)
    }));
    columns
}

/// Headings of the columns of text, in the order of their first occurrence.
fn headings(report: &Reproduction) -> Vec<&'static str> {
    let mut headings = Vec::new();
    for (heading, _) in report.rows.iter().flat_map(|row| &row.columns) {
        if !headings.contains(heading) {
            headings.push(*heading);
        }
    }
    headings
}

/// Counts as whole numbers, small shares with their digits, all else to four places.
fn number(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value != 0.0 && value.abs() < 0.001 => format!("{value:.2e}"),
        Some(value) => format!("{value:.4}"),
    }
}

fn signed(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| format!("{}{}", if value > 0.0 { "+" } else { "" }, number(Some(value))))
}

fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or(String::new(), |(low, high)| format!("{} – {}", number(Some(low)), number(Some(high))))
}

fn joined(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_what_they_are() {
        assert_eq!(number(Some(93_792.0)), "93792");
        assert_eq!(number(Some(0.80874)), "0.8087");
        assert_eq!(number(Some(0.00014)), "1.40e-4");
        assert_eq!((number(Some(0.0)), number(None)), ("0.0000".into(), String::new()));
        assert_eq!((signed(Some(0.001)), signed(Some(-0.25))), ("+0.0010".into(), "-0.2500".into()));
    }
}
