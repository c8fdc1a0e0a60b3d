//! `train`, `recommend` and `predict`: a recommender to take away.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use autolossgen::TaskName;
use autolossgen::data::file::write_atomically;
use autolossgen::data::{Scores, pairs, printable};
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
    let mut rows = Scores::default();
    let mut ranks = Vec::new();
    for (&user, list) in users.iter().zip(recommender.recommend(&users, k)?) {
        for (rank, (item, score)) in (1..).zip(list) {
            rows.users.push(&recommender.user_ids[user as usize]);
            rows.items.push(&recommender.item_ids[item as usize]);
            ranks.push(rank);
            rows.scores.push(score);
        }
    }
    unknown.say("user", "users");
    deliver(args.out.as_deref(), args.force, &Scores { ranks: Some(ranks), ..rows })
}

/// Runs `predict`.
pub fn predict(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let recommender = Recommender::read(&args.folder)?;
    let (users, items) = (Rows::of(&recommender.user_ids), Rows::of(&recommender.item_ids));
    let mut unknown = Left::default();
    let mut rows = Scores::default();
    let pairs = pairs(&args.pairs)?;
    for (user, item) in &pairs {
        match (users.row(user), items.row(item)) {
            (Some(of_user), Some(of_item)) => {
                rows.users.push(user);
                rows.items.push(item);
                rows.scores.push(recommender.score(of_user, of_item));
            }
            (None, _) => unknown.out("user", user, args.unknown)?,
            (_, None) => unknown.out("item", item, args.unknown)?,
        }
    }
    unknown.say("pair", "pairs");
    deliver(args.out.as_deref(), args.force, &rows)
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

/// Writes rows to a file, as Parquet where its name ends so, or to the standard output.
fn deliver(out: Option<&Path>, force: bool, rows: &Scores<'_>) -> anyhow::Result<ExitCode> {
    let Some(path) = out else {
        print_code(rows.to_text())?;
        return Ok(ExitCode::SUCCESS);
    };
    let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
    let bytes = if is_parquet {
        // What a Parquet file holds stands at its end, and not in the head that would say whose it is.
        if path.exists() && !force {
            bail!("{}: the file is there; {OR_FORCE}", path.display());
        }
        rows.to_parquet().with_context(|| format!("cannot write {}", path.display()))?
    } else {
        let is_own = match &rows.ranks {
            Some(_) => |text: &str| text.starts_with(Scores::HEADINGS[0]),
            None => |text: &str| text.starts_with(Scores::HEADINGS[1]),
        };
        expect_own(path, &Kind { name: "table", is_own, remedy: OR_FORCE }, force)?;
        rows.to_text().into_bytes()
    };
    write_atomically(path, &bytes)?;
    say(format_args!("{}: {}", path.display(), count(rows.len() as u64, "row", "rows")));
    Ok(ExitCode::SUCCESS)
}
