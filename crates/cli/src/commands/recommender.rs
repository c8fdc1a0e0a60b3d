//! `train`, `recommend` and `predict`: a recommender to take away.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use autolossgen::TaskName;
use autolossgen::data::file::write_atomically;
use autolossgen::data::{pairs, printable};
use autolossgen::formula::Scope;
use autolossgen::ranking::{Contender, Recommender, TrainedOn};

use super::loss::given_for;
use super::settings::{self, Layers};
use super::workers::workers;
use crate::args::{PredictArgs, RecommendArgs, TrainArgs, Unknown};
use crate::message::{count, say};
use crate::output::print_code;
use crate::overwrite::{Kind, OR_FORCE, expect_own};
use crate::progress::PhaseProgress;

const LISTS: &str = "user\titem\trank\tscore\n";
const SCORES: &str = "user\titem\tscore\n";

/// Runs `train`.
pub fn train(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let layers = Layers::of(&args.settings)?;
    if layers.task()? != TaskName::Ranking {
        bail!("train is for task = 'ranking' so far: give --task ranking");
    }
    if args.settings.json {
        bail!("--json is not for train: what it makes is a folder; leave it out");
    }
    let contender = Contender::new(&given_for(Scope::Ranking, "--loss", args.loss.trim())?)?;
    if std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("--out {}: the folder is not empty; name another", args.out.display());
    }
    let (config, dataset) = settings::load_ranking(&layers, args.data.as_deref())?;
    let (started, progress) = (Instant::now(), PhaseProgress::training("train"));
    let trained =
        workers(config.threads).install(|| Recommender::train(&contender, dataset, args.rows, &config, &progress))?;
    let Some(recommender) = trained else {
        progress.finish("nothing is written: it was interrupted, or every configuration diverged");
        return Ok(ExitCode::from(1));
    };
    recommender.write(&args.out, &config)?;
    let about = &recommender.about;
    progress.finish(&format!(
        "{} on {} of {} for {}, in {:.0} s; validation {} {:.4}",
        about.loss,
        match args.rows {
            TrainedOn::All => "all rows",
            TrainedOn::WithoutTest => "the training and validation rows",
            TrainedOn::Train => "the training rows",
        },
        about.data,
        count(about.epochs as u64, "epoch", "epochs"),
        started.elapsed().as_secs_f64(),
        about.metric,
        about.validation
    ));
    say(format_args!("train: {} holds it; `autolossgen recommend {0}` lists items", args.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Runs `recommend`.
pub fn recommend(args: &RecommendArgs) -> anyhow::Result<ExitCode> {
    let k = usize::try_from(args.k).ok().filter(|&k| k > 0);
    let Some(k) = k else { bail!("--k {}: at least one item is needed for each user", args.k) };
    let recommender = Recommender::read(&args.folder)?;
    let ids = match (&args.users, &args.users_from) {
        (Some(ids), _) => ids.clone(),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
        }
        (None, None) => recommender.user_ids.clone(),
    };
    let known = Rows::of(&recommender.user_ids);
    let mut users = Vec::with_capacity(ids.len());
    let mut unknown = Left::default();
    for id in &ids {
        match known.row(id) {
            Some(row) => users.push(row),
            None => unknown.out("user", id, args.unknown)?,
        }
    }
    let mut text = LISTS.to_owned();
    for (&user, list) in users.iter().zip(recommender.recommend(&users, k)?) {
        for (rank, (item, score)) in list.into_iter().enumerate() {
            let (user, item) = (&recommender.user_ids[user as usize], &recommender.item_ids[item as usize]);
            let _ = writeln!(text, "{}\t{}\t{}\t{score}", cell(user), cell(item), rank + 1);
        }
    }
    unknown.say("user", "users");
    deliver(args.out.as_deref(), args.force, &text, LISTS)
}

/// Runs `predict`.
pub fn predict(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let recommender = Recommender::read(&args.folder)?;
    let (users, items) = (Rows::of(&recommender.user_ids), Rows::of(&recommender.item_ids));
    let mut unknown = Left::default();
    let mut text = SCORES.to_owned();
    for (user, item) in pairs(&args.pairs)? {
        match (users.row(&user), items.row(&item)) {
            (Some(of_user), Some(of_item)) => {
                let score = recommender.score(of_user, of_item);
                let _ = writeln!(text, "{}\t{}\t{score}", cell(&user), cell(&item));
            }
            (None, _) => unknown.out("user", &user, args.unknown)?,
            (_, None) => unknown.out("item", &item, args.unknown)?,
        }
    }
    unknown.say("pair", "pairs");
    deliver(args.out.as_deref(), args.force, &text, SCORES)
}

/// The row of each id.
struct Rows<'a>(HashMap<&'a str, u32>);

impl<'a> Rows<'a> {
    fn of(ids: &'a [String]) -> Self {
        Self((0..).zip(ids).map(|(row, id)| (id.as_str(), row)).collect())
    }

    fn row(&self, id: &str) -> Option<u32> {
        self.0.get(id).copied()
    }
}

/// Ids that are not known.
#[derive(Default)]
struct Left(u64);

impl Left {
    /// Leaves one out, or ends.
    fn out(&mut self, kind: &str, id: &str, how: Unknown) -> anyhow::Result<()> {
        if how == Unknown::Refuse {
            bail!("the recommender knows no {kind} '{}': leave it out, or give --unknown skip", printable(id));
        }
        self.0 += 1;
        Ok(())
    }

    fn say(&self, one: &str, more: &str) {
        if self.0 > 0 {
            say(format_args!("{} left out: the recommender does not know them", count(self.0, one, more)));
        }
    }
}

/// An id as a cell of tab-separated text: in quotes where it has a tab, a quote or a line break.
fn cell(id: &str) -> String {
    if id.contains(['\t', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
}

fn deliver(out: Option<&Path>, force: bool, text: &str, heading: &'static str) -> anyhow::Result<ExitCode> {
    match out {
        Some(path) => {
            let is_own = if heading == LISTS {
                |text: &str| text.starts_with(LISTS)
            } else {
                |text: &str| text.starts_with(SCORES)
            };
            expect_own(path, &Kind { name: "table", is_own, remedy: OR_FORCE }, force)?;
            write_atomically(path, text.as_bytes())?;
            say(format_args!("{}: {}", path.display(), count(text.lines().count() as u64 - 1, "row", "rows")));
        }
        None => print_code(text)?,
    }
    Ok(ExitCode::SUCCESS)
}
