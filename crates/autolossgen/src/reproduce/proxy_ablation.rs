//! Table 7 and Figure 6: how many losses a search samples in one time, with and without the proxy test (§5.5).

use std::sync::Mutex;
use std::time::Instant;

use autolossgen_recsys::{Interactions, SearchData};

use super::Request;
use super::figure::{Figure, Panel, Series};
use super::found::searched;
use super::paper::{TABLE_7_WITH, TABLE_7_WITHOUT};
use super::report::{Place, Reproduction, Row};
use crate::search::{Counts, SearchStatus};
use crate::{Config, Observer};

/// Hears with the time since its start how many losses were sampled.
struct Clock<'a> {
    inner: &'a dyn Observer,
    started: Instant,
    /// (seconds, sampled)
    points: Mutex<Vec<(f64, f64)>>,
}

impl Observer for Clock<'_> {
    fn stop(&self) -> bool {
        self.inner.stop()
    }

    fn searched(&self, status: &SearchStatus, measure: &dyn Fn(&Interactions) -> Option<f64>) {
        let point = (self.started.elapsed().as_secs_f64(), status.counts.sampled as f64);
        self.points.lock().expect("no thread panics with the points").push(point);
        self.inner.searched(status, measure);
    }
}

/// A search of one seed with, and one without the proxy test.
struct Pair {
    seed: u64,
    with: Timed,
    without: Timed,
}

struct Timed {
    counts: Counts,
    points: Vec<(f64, f64)>,
}

impl Timed {
    fn of(data: &SearchData, config: &Config, proxy_test: bool, observer: &dyn Observer) -> Self {
        let mut config = config.clone();
        config.search.proxy_test = proxy_test;
        let clock = Clock { inner: observer, started: Instant::now(), points: Mutex::new(vec![(0.0, 0.0)]) };
        let (counts, _) = searched(data, &config, &clock);
        Self { counts, points: clock.points.into_inner().expect("no thread panicked with the points") }
    }

    fn sampled(&self) -> f64 {
        self.counts.sampled as f64
    }

    /// Copies that were trained for an epoch, whatever became of them.
    fn trained(&self) -> f64 {
        (self.counts.trained + self.counts.diverged + self.counts.saturated) as f64
    }
}

/// Both searches of every seed; `None` where not even the first was finished.
fn pairs<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<Option<(Place, Vec<Pair>)>, E> {
    let mut done: Option<(Place, Vec<Pair>)> = None;
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, "with the proxy test", report)?;
        let with = Timed::of(&dataset.search, &config, true, request.observer);
        request.observer.begins("the same without the proxy test");
        let without = Timed::of(&dataset.search, &config, false, request.observer);
        if request.observer.stop() {
            break;
        }
        done.get_or_insert((place, Vec::new())).1.push(Pair { seed: config.seed, with, without });
    }
    Ok(done)
}

pub(super) fn counts<E>(request: &Request<'_, E>, case: &Config, report: &mut Reproduction) -> Result<(), E> {
    if let Some((place, pairs)) = pairs(request, case, report)? {
        report.note(limits(case));
        report.rows.extend(rows(&place, &pairs));
    }
    Ok(())
}

/// What ended the searches: two counts compare only over one time.
fn limits(config: &Config) -> String {
    let search = &config.search;
    let threads = rayon::current_num_threads();
    let time = match (search.time > 0.0, search.samples > 0) {
        (true, false) => format!("ours: {} seconds a search on {threads} threads", search.time),
        _ => format!("ours: searches of {} samples, and not of one time: their counts do not compare", search.samples),
    };
    format!("{time}; the paper: 24 hours on one RTX 2080 Ti")
}

fn rows(place: &Place, pairs: &[Pair]) -> Vec<Row> {
    let (with, without) = ("with the proxy test", "without the proxy test");
    let of_paper = |value: f64| place.known.map(|_| value);
    // Counts of two times and two machines have no difference that means anything; their ratio has.
    let counted = |row: Row, paper: f64| Row { difference: None, ..row.paper(of_paper(paper)) };
    let row = |search: &str, metric: &str, value: &dyn Fn(&Pair) -> f64| {
        Row::new(place, search, metric).ours(pairs.iter().map(|pair| (pair.seed, value(pair))))
    };
    vec![
        counted(row(without, "sampled", &|pair| pair.without.sampled()), TABLE_7_WITHOUT),
        counted(row(with, "sampled", &|pair| pair.with.sampled()), TABLE_7_WITH),
        row("speed-up", "sampled", &|pair| pair.with.sampled() / pair.without.sampled())
            .paper(of_paper(TABLE_7_WITH / TABLE_7_WITHOUT)),
        row(without, "trained", &|pair| pair.without.trained()),
        row(with, "trained", &|pair| pair.with.trained()),
        row("share trained", "trained / sampled", &|pair| pair.with.trained() / pair.with.sampled()),
    ]
}

pub(super) fn curves<E>(request: &Request<'_, E>, case: &Config, report: &mut Reproduction) -> Result<(), E> {
    let Some((place, pairs)) = pairs(request, case, report)? else { return Ok(()) };
    report.note(limits(case));
    report.note("the figure shows the first seed");
    report.rows.extend(rows(&place, &pairs));
    report.figures.push(drawn(&place, &pairs[0]));
    Ok(())
}

fn drawn(place: &Place, pair: &Pair) -> Figure {
    let line = |name: &str, timed: &Timed| Series {
        name: format!("{name}: {} sampled", timed.counts.sampled),
        points: timed.points.clone(),
    };
    let panel = Panel {
        title: format!("{} on {}, seed {}", place.model, place.dataset, pair.seed),
        caption: format!(
            "The paper, in 24 hours: {TABLE_7_WITH} sampled with the proxy test and {TABLE_7_WITHOUT} without, about 30 \
             times as many. Here {:.1} times.",
            pair.with.sampled() / pair.without.sampled()
        ),
        x: "time (seconds)".into(),
        y: "losses sampled".into(),
        series: vec![line("with the proxy test", &pair.with), line("without", &pair.without)],
    };
    let most = pair.with.sampled().max(pair.without.sampled());
    let title = "Figure 6: losses sampled over time".to_owned();
    Figure { file: place.file("fig6"), title, range: (0.0, 1.05 * most), panels: vec![panel] }
}
