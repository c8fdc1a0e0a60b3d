//! `reproduce`: a table or figure of the paper beside ours.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use autolossgen::formula::{Formula, split_list};
use autolossgen::recsys::Task;
use autolossgen::recsys::data::DataError;
use autolossgen::reproduce::{Exhibit, Reproduction, Request, Row, reproduce as compute};
use autolossgen::{Config, Figure, MODELS, pool};

use super::{eval, print, print_json, results, settings, write_figure};
use crate::args::{ReproduceArgs, Settings};
use crate::message::say;
use crate::progress::PhaseProgress;
use crate::table::Table;

/// Seeds where their number is not given.
const SEEDS: u16 = 3;

/// Where figures go.
const FOLDER: &str = "reproduce";

/// Runs `reproduce`.
pub fn reproduce(args: ReproduceArgs) -> anyhow::Result<ExitCode> {
    let exhibit = Exhibit::parse(&args.name).map_err(|message| anyhow!(message))?;
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
    let report = pool(request.cases[0].threads).install(|| compute(exhibit, &request))?;
    // A figure that cannot be written, or a closed pipe, loses none of the rest.
    let shown = if args.settings.json { print_json(&report) } else { print(text(&report)) };
    let drawn: Vec<anyhow::Result<()>> = report.figures.iter().map(|figure| draw(figure, folder)).collect();
    drawn.into_iter().chain([shown]).collect::<anyhow::Result<()>>()?;
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
fn expect_own(settings: &Settings, exhibit: Exhibit) -> anyhow::Result<()> {
    let flags = Settings { config: None, ..settings.clone() };
    for key in exhibit.fixed() {
        if settings::is_set(&flags, key)? {
            bail!("{} sets {key} itself: it cannot be given", exhibit.name());
        }
        if settings::is_set(settings, key)? {
            say(format_args!("{} sets {key} itself: that of the file does not count", exhibit.name()));
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
    let settings = with_budget(args);
    expect_own(&settings, exhibit)?;
    let config = settings::resolve_over(&exhibit.base(), &settings, None)?;
    let models = if exhibit.trains() { models(&settings, &config)? } else { vec![config.model.name.clone()] };
    let tasks = tasks(&settings, &config, exhibit)?;
    let mut cases = Vec::new();
    for source in sources(args, &config)? {
        for model in &models {
            for task in &tasks {
                let task = Some(task.name().to_owned());
                let settings = Settings { model: Some(model.clone()), task, ..settings.clone() };
                let config = settings::resolve_over(&exhibit.base(), &settings, None)?;
                cases.push(settings::with_data(config, Some(&source))?);
            }
        }
    }
    Ok(cases)
}

/// The settings of the user, --samples and --time among them.
fn with_budget(args: &ReproduceArgs) -> Settings {
    let mut settings = args.settings.clone();
    settings.set.extend(args.samples.map(|samples| format!("search.samples={samples}")));
    settings.set.extend(args.time.map(|seconds| format!("search.time={seconds:?}")));
    settings
}

/// The model that the user names, or else all.
fn models(settings: &Settings, config: &Config) -> anyhow::Result<Vec<String>> {
    Ok(match settings::is_set(settings, "model.name")? {
        true => vec![config.model.name.clone()],
        false => MODELS.iter().map(|model| (*model).to_owned()).collect(),
    })
}

/// The tasks of the exhibit; of several the one that the user names.
fn tasks(settings: &Settings, config: &Config, exhibit: Exhibit) -> anyhow::Result<Vec<Task>> {
    let of_exhibit = exhibit.tasks();
    if !settings::is_set(settings, "task")? {
        return Ok(of_exhibit.to_vec());
    }
    if !of_exhibit.contains(&config.task) {
        let names: Vec<&str> = of_exhibit.iter().map(|task| task.name()).collect();
        let wanted = config.task.name();
        let given = settings.task.as_ref().map_or(format!("task = '{wanted}'"), |_| format!("--task {wanted}"));
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
        (true, true) => vec!["ml-100k".to_owned()],
    })
}

fn draw(figure: &Figure, folder: &Path) -> anyhow::Result<()> {
    write_figure(figure, &folder.join(&figure.file))
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
    let mut text = format!("{}\npreset {}\n", report.title, report.preset);
    if !report.rows.is_empty() {
        text += &format!("\n{table}");
    }
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
        ("paper", Box::new(|row| number(row.paper, row.is_count))),
        ("ours", Box::new(|row| number(row.ours, row.is_count))),
        ("difference", Box::new(|row| signed(row.difference, row.is_count))),
        ("95% interval", Box::new(|row| interval(row.interval, row.is_count))),
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

/// Counts and large numbers without a fraction, small shares with their digits, all else to four places; so is the mean of
/// counts that is no whole number.
fn number(value: Option<f64>, is_count: bool) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 100.0 || is_count && value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) if value != 0.0 && value.abs() < 0.001 => format!("{value:.2e}"),
        Some(value) => format!("{value:.4}"),
    }
}

fn signed(value: Option<f64>, is_count: bool) -> String {
    let sign = if value.is_some_and(|value| value > 0.0) { "+" } else { "" };
    format!("{sign}{}", number(value, is_count))
}

fn interval(interval: Option<(f64, f64)>, is_count: bool) -> String {
    let number = |value| number(Some(value), is_count);
    interval.map_or(String::new(), |(low, high)| format!("{} – {}", number(low), number(high)))
}

fn joined(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_what_they_are() {
        let share = |value: f64| number(Some(value), false);
        assert_eq!(
            (share(93_792.0), share(0.80874), share(0.00014)),
            ("93792".into(), "0.8087".into(), "1.40e-4".into())
        );
        assert_eq!((share(0.0), share(1.0), number(None, false)), ("0.0000".into(), "1.0000".into(), String::new()));
        let count = |value: f64| number(Some(value), true);
        assert_eq!((count(60.0), count(0.0), count(59.5)), ("60".into(), "0".into(), "59.5000".into()));
        let signed = |value: f64| signed(Some(value), false);
        assert_eq!((signed(0.001), signed(-0.25)), ("+0.0010".into(), "-0.2500".into()));
        assert_eq!(interval(Some((3.0, 5.5)), true), "3 – 5.5000");
    }

    #[test]
    fn a_report_without_rows_has_no_table() {
        let mut report = Reproduction::default();
        report.title = "Table 5".into();
        report.notes.push("interrupted".into());
        assert_eq!(text(&report), "Table 5\npreset \n\nNotes\n- interrupted\n");
    }
}
