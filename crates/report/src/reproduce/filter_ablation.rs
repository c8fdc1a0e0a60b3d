//! Figure 5: the recommender during a search, with and without reward filtering (§5.6).

use std::sync::Mutex;

use autolossgen::recsys::{Interactions, Metric, SearchData};

use super::found::{Searched, searched};
use super::paper::FIGURE_5_UNFILTERED;
use super::reproduction::{Place, Reproduction, Row};
use super::{ReproduceError, Request};
use autolossgen::record::{Counts, SearchStatus};
use autolossgen::settings::Choice;
use autolossgen::{Config, Observer};

use crate::figure::{Figure, Panel, Series};

/// Measures the recommender after every update.
struct Watch<'a> {
    inner: &'a dyn Observer,
    train: &'a Interactions,
    curve: Mutex<Curve>,
}

/// (update, metric), updates counted from 1.
#[derive(Default)]
struct Curve {
    updates: usize,
    train: Vec<(f64, f64)>,
    validation: Vec<(f64, f64)>,
}

impl Observer for Watch<'_> {
    fn stop(&self) -> bool {
        self.inner.stop()
    }

    fn searched(&self, status: &SearchStatus, measure: &dyn Fn(&Interactions) -> Option<f64>) {
        let train = measure(self.train);
        let mut curve = self.curve.lock().expect("no thread panics with the curve");
        curve.updates += 1;
        let update = curve.updates as f64;
        curve.train.extend(train.map(|train| (update, train)));
        curve.validation.push((update, status.validation));
        drop(curve);
        self.inner.searched(status, measure);
    }
}

/// A search with or without the filter.
struct Watched {
    counts: Counts,
    curve: Curve,
}

impl Watched {
    fn of<E>(
        data: &SearchData,
        config: &Config,
        reward_filter: bool,
        observer: &dyn Observer,
    ) -> Result<Self, ReproduceError<E>> {
        let mut config = config.clone();
        config.search.reward_filter = reward_filter;
        let watch = Watch { inner: observer, train: &data.train, curve: Mutex::default() };
        let Searched { counts, .. } = searched(data, &config, &watch)?;
        Ok(Self { counts, curve: watch.curve.into_inner().expect("no thread panicked with the curve") })
    }

    /// Validation metric at the end.
    fn last(&self) -> f64 {
        self.curve.validation.last().map_or(f64::NAN, |(_, value)| *value)
    }

    fn mean(&self) -> f64 {
        let values = &self.curve.validation;
        values.iter().map(|(_, value)| value).sum::<f64>() / values.len() as f64
    }
}

/// Both searches of a seed.
struct Pair {
    seed: u64,
    with: Watched,
    without: Watched,
}

pub(super) fn curves<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let mut done: Option<(Place, Vec<Pair>)> = None;
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, "with reward filtering", report)?;
        let with = Watched::of(&dataset.search, &config, true, request.observer)?;
        request.observer.begins("the same without reward filtering");
        let without = Watched::of(&dataset.search, &config, false, request.observer)?;
        if request.observer.stop() {
            break;
        }
        done.get_or_insert((place, Vec::new())).1.push(Pair { seed: config.seed, with, without });
    }
    let Some((place, pairs)) = done else { return Ok(()) };
    report.note("the figure shows the first seed; the rows are of all");
    report.rows.extend(rows(&place, &pairs, case));
    report.draw(drawn(&place, &pairs[0], case));
    Ok(())
}

fn rows(place: &Place, pairs: &[Pair], config: &Config) -> Vec<Row> {
    let metric = config.metric().name();
    let row = |search: &str, when: &str, value: &dyn Fn(&Pair) -> f64| {
        let row = Row::new(place, search, format!("validation {metric}, {when}"));
        row.ours(pairs.iter().map(|pair| (pair.seed, value(pair))))
    };
    // The paper's number is an AUC.
    let unfiltered = place.known.filter(|_| config.metric() == Metric::Auc).map(|_| FIGURE_5_UNFILTERED);
    let (with, without) = ("with reward filtering", "without reward filtering");
    let outcomes = |counts: &Counts| format!("{} sampled, {} trained", counts.sampled, counts.trained);
    let (first_with, first_without) = (outcomes(&pairs[0].with.counts), outcomes(&pairs[0].without.counts));
    vec![
        row(with, "mean", &|pair| pair.with.mean()).column("first seed", &first_with),
        row(with, "at the end", &|pair| pair.with.last()).column("first seed", &first_with),
        row(without, "mean", &|pair| pair.without.mean()).paper(unfiltered).column("first seed", &first_without),
        row(without, "at the end", &|pair| pair.without.last()).paper(unfiltered).column("first seed", &first_without),
    ]
}

/// Bounds in tenths around every value of both searches; 0.4 to 0.6, where chance lies, at the least.
fn range(searches: [&Watched; 2]) -> (f64, f64) {
    let curves = searches.iter().flat_map(|watched| watched.curve.train.iter().chain(&watched.curve.validation));
    let (low, high) = curves.fold((0.4_f64, 0.6_f64), |(low, high), (_, value)| (low.min(*value), high.max(*value)));
    ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0)
}

fn drawn(place: &Place, pair: &Pair, config: &Config) -> Figure {
    let range = range([&pair.with, &pair.without]);
    let panel = |title: &str, caption: &str, watched: &Watched| Panel {
        title: title.into(),
        caption: caption.into(),
        x: "update of the controller".into(),
        y: config.metric().name().to_uppercase(),
        range,
        series: vec![
            Series { name: "training".into(), points: watched.curve.train.clone() },
            Series { name: "validation".into(), points: watched.curve.validation.clone() },
        ],
    };
    let with = "The paper: a significant increase by MaxR in its epoch (§5.2).";
    let without = "The paper: the AUC stays around 0.5 (§5.6).";
    Figure {
        file: place.file("fig5"),
        title: format!("Figure 5: {} on {} during a search, seed {}", place.model, place.dataset, pair.seed),
        panels: vec![
            panel("(a) with reward filtering", with, &pair.with),
            panel("(b) without reward filtering", without, &pair.without),
        ],
    }
}
