//! The test part, spent once: every loss and every reference on the same users.

use autolossgen_data::RankingDataset;
use autolossgen_recsys::ranking::reference::{
    Ease, EaseSettings, ItemKnn, ItemKnnSettings, Popularity, ReferenceError, choose,
};
use autolossgen_recsys::statistics::{crossed_t, half_interval, holm};
use autolossgen_recsys::{FullRanking, Positives, Rankings, Scorer};

use super::contender::Contender;
use super::error::RankingEvalError;
use super::race::Tuned;
use super::report::{
    Lists, RankingComparison, RankingReport, RankingResult, RankingSizes, ReferenceResult, SeedRanking, Values,
};
use super::training::{Setting, Training};

/// A row of the table with its values of the metric that chooses: one list of users a seed.
struct Row {
    title: String,
    seeds: Vec<Vec<f64>>,
}

/// A recommender that is no loss, as it was chosen on validation.
pub(super) struct Fitted {
    name: &'static str,
    settings: String,
    validation: f64,
    scorer: Box<dyn Scorer>,
}

/// The recommenders that are no loss, each at the settings that the validation part chooses; and why one is missing. Their
/// validation is the mean over the further divisions at these settings, where there are any.
///
/// # Errors
/// A ranking that cannot be made.
pub(super) fn references(
    setting: &Setting<'_>,
    divisions: &[Setting<'_>],
) -> Result<(Vec<Fitted>, Vec<String>), RankingEvalError> {
    let (mut fitted, mut left_out) = (Vec::new(), Vec::new());
    let popularity = |train: &Positives, (): &()| Ok(Popularity::fit(train));
    fitted.extend(reference("popularity", &[()], popularity, |()| String::new(), setting, divisions)?);
    let of_knn = |settings: &ItemKnnSettings| format!("{} neighbours, shrink {}", settings.neighbours, settings.shrink);
    let item_knn = |train: &Positives, settings: &_| ItemKnn::fit(train, *settings);
    fitted.extend(reference("item knn", &ItemKnn::grid(), item_knn, of_knn, setting, divisions)?);
    let ease = |train: &Positives, settings: &_| Ease::fit(train, *settings);
    let of_ease = |settings: &EaseSettings| format!("L2 {}", settings.l2);
    match reference("ease", &Ease::grid(), ease, of_ease, setting, divisions) {
        Ok(found) => fitted.extend(found),
        Err(error @ ReferenceError::TooManyItems { .. }) => left_out.push(error.to_string()),
        Err(error) => return Err(error.into()),
    }
    Ok((fitted, left_out))
}

/// One of them; `None` where no user is ranked.
fn reference<S: Clone, R: Scorer + 'static>(
    name: &'static str,
    grid: &[S],
    fit: impl Fn(&Positives, &S) -> Result<R, ReferenceError>,
    text: impl Fn(&S) -> String,
    setting: &Setting<'_>,
    divisions: &[Setting<'_>],
) -> Result<Option<Fitted>, ReferenceError> {
    let metric = setting.config.selection.metric;
    let on = |setting: &Setting<'_>, grid: &[S]| {
        choose(grid, |settings| fit(&setting.data.train, settings), &setting.validation, metric)
    };
    let Some(found) = on(setting, grid)? else { return Ok(None) };
    let again =
        |division| Ok(on(division, std::slice::from_ref(&found.settings))?.map_or(f64::NAN, |again| again.value));
    let over = divisions.iter().map(again).collect::<Result<Vec<f64>, ReferenceError>>()?;
    let validation = if over.is_empty() { found.value } else { over.iter().sum::<f64>() / over.len() as f64 };
    let settings = text(&found.settings);
    Ok(Some(Fitted { name, settings, validation, scorer: Box::new(found.recommender) }))
}

/// Spends the test part.
///
/// # Errors
/// A ranking that cannot be made.
pub(super) fn spend(
    dataset: RankingDataset,
    config: &crate::config::RankingConfig,
    contenders: &[Contender],
    tuned: &[Tuned],
    (fitted, left_out): (Vec<Fitted>, Vec<String>),
    validation_users: usize,
) -> Result<RankingReport, RankingEvalError> {
    let RankingDataset { name, data, test, checksum, .. } = dataset;
    let (test, seen, counts) = (test.spend(), data.seen(), data.train.item_counts());
    let ranking = FullRanking::new(&test, &seen, &config.metrics())?;
    let judge = Judge { ranking: &ranking, counts: &counts };
    let (mut results, mut references, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut short_lists = 0;
    for (contender, tuned) in contenders.iter().zip(tuned) {
        let ranked = tuned.trainings.iter().map(|training| training.rank(&ranking)).collect::<Result<Vec<_>, _>>()?;
        let ranked: Vec<Rankings> = ranked.into_iter().flatten().collect();
        results.push(judge.result(contender, tuned, &ranked));
        rows.push(judge.row(&contender.title, &ranked));
    }
    for Fitted { name, settings, validation, scorer } in fitted {
        let ranked = ranking.rank(&*scorer)?;
        short_lists = ranked.n_short(judge.longest());
        let (test, lists) = (judge.values(std::slice::from_ref(&ranked)), judge.lists(&ranked));
        references.push(ReferenceResult { predictor: name.to_owned(), settings, validation, test, lists });
        rows.push(judge.row(name, std::slice::from_ref(&ranked)));
    }
    let dataset = RankingSizes {
        name,
        users: data.n_users(),
        items: data.n_items(),
        train: data.train.len(),
        validation: unmasked(&data.validation, &data.train),
        test: unmasked(&test, &seen),
        validation_users,
        test_users: ranking.users().len(),
        short_lists,
        checksum,
    };
    let metric = config.selection.metric;
    let mut report = RankingReport { dataset, metric, results, references, left_out, comparisons: Vec::new() };
    let best = report.by_validation().first().map(|best| best.loss.clone());
    report.comparisons = best.map_or_else(Vec::new, |best| comparisons(&best, &rows));
    Ok(report)
}

fn unmasked(part: &Positives, masked: &Positives) -> usize {
    part.pairs().filter(|&(user, item)| !masked.contains(user, item)).count()
}

/// How rankings become values.
struct Judge<'a> {
    ranking: &'a FullRanking<'a>,
    counts: &'a [u32],
}

impl Judge<'_> {
    fn longest(&self) -> usize {
        self.ranking.metrics().iter().map(|metric| metric.cutoff()).max().unwrap_or(0)
    }

    /// Means over users and seeds.
    fn values(&self, ranked: &[Rankings]) -> Values {
        let mean = |metric: &autolossgen_recsys::MetricAt| {
            let means: Option<Vec<f64>> = ranked.iter().map(|ranked| ranked.mean(*metric)).collect();
            let means = means.filter(|means| !means.is_empty())?;
            Some((metric.to_string(), means.iter().sum::<f64>() / means.len() as f64))
        };
        self.ranking.metrics().iter().filter_map(mean).collect()
    }

    fn lists(&self, ranked: &Rankings) -> Lists {
        let cutoff = self.ranking.metrics()[0].cutoff();
        Lists { coverage: ranked.coverage(cutoff), popularity: ranked.mean_popularity(cutoff, self.counts) }
    }

    fn row(&self, title: &str, ranked: &[Rankings]) -> Row {
        let metric = self.ranking.metrics()[0];
        let values = |ranked: &Rankings| ranked.values(metric).unwrap_or_default().to_vec();
        Row { title: title.to_owned(), seeds: ranked.iter().map(values).collect() }
    }

    fn result(&self, contender: &Contender, tuned: &Tuned, ranked: &[Rankings]) -> RankingResult {
        let Tuned { trainings, validation, at_edge, configurations, diverged, epochs } = tuned;
        let seed = |(training, ranked): (&Training, &Rankings)| SeedRanking {
            seed: training.seed(),
            validation: training.validation,
            test: self.values(std::slice::from_ref(ranked)),
            best_epoch: training.best_epoch,
            epochs: training.epochs,
        };
        // A seed that diverges before its first ranking leaves the loss without a result.
        let is_whole = !trainings.is_empty() && ranked.len() == trainings.len();
        let interval = crossed_of(&self.row("", ranked).seeds).filter(|_| is_whole).map(|found| {
            let half = half_interval(found.standard_error);
            [found.difference - half, found.difference + half]
        });
        RankingResult {
            loss: contender.title.clone(),
            formula: contender.loss.formula().to_string(),
            point: trainings.first().map(|training| training.point),
            at_edge: at_edge.clone(),
            configurations: *configurations,
            diverged: *diverged,
            epochs: *epochs,
            validation: Some(*validation).filter(|validation| is_whole && validation.is_finite()),
            test: if is_whole { self.values(ranked) } else { Values::new() },
            interval,
            lists: ranked.first().map(|ranked| self.lists(ranked)),
            seeds: trainings.iter().zip(ranked).map(seed).collect(),
        }
    }
}

fn crossed_of(seeds: &[Vec<f64>]) -> Option<autolossgen_recsys::statistics::Difference> {
    if seeds.is_empty() { None } else { crossed_t(seeds) }
}

/// The row of `best` against every other, over users and seeds: those of a reference count for each seed.
fn comparisons(best: &str, rows: &[Row]) -> Vec<RankingComparison> {
    let Some(own) = rows.iter().find(|row| row.title == best) else { return Vec::new() };
    let against = |other: &Row| {
        let of_seed = |seed: usize| other.seeds.get(seed).or_else(|| other.seeds.first());
        let differences: Option<Vec<Vec<f64>>> = own
            .seeds
            .iter()
            .enumerate()
            .map(|(seed, own)| Some(own.iter().zip(of_seed(seed)?).map(|(own, other)| own - other).collect()))
            .collect();
        let found = crossed_of(&differences?)?;
        Some(RankingComparison {
            best: best.to_owned(),
            other: other.title.clone(),
            lead: found.difference,
            standard_error: found.standard_error,
            p: found.p_value,
            p_holm: found.p_value,
        })
    };
    let others = rows.iter().filter(|row| row.title != best);
    let mut found: Vec<RankingComparison> = others.filter_map(against).collect();
    let adjusted = holm(&found.iter().map(|comparison| comparison.p).collect::<Vec<_>>());
    found.iter_mut().zip(adjusted).for_each(|(comparison, p)| comparison.p_holm = p);
    found
}
