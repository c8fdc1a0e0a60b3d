//! Table 7 and Figure 6: how many losses a search samples in one time, with and without the proxy test (§5.5).

use std::sync::Mutex;
use std::time::Instant;

use autolossgen::recsys::{Interactions, SearchData};

use super::found::{Searched, searched};
use super::paper::{TABLE_7_WITH, TABLE_7_WITHOUT};
use super::reproduction::{Place, Reproduction, Row};
use super::{ReproduceError, Request};
use autolossgen::record::{Counts, SearchStatus, StopReason};
use autolossgen::{Config, Observer};

use crate::figure::{Figure, Panel, Series};

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
    reason: StopReason,
    points: Vec<(f64, f64)>,
}

impl Timed {
    fn of<E>(
        data: &SearchData,
        config: &Config,
        proxy_test: bool,
        observer: &dyn Observer,
    ) -> Result<Self, ReproduceError<E>> {
        let mut config = config.clone();
        config.search.proxy_test = proxy_test;
        let clock = Clock { inner: observer, started: Instant::now(), points: Mutex::new(vec![(0.0, 0.0)]) };
        let Searched { counts, reason, .. } = searched(data, &config, &clock)?;
        Ok(Self { counts, reason, points: clock.points.into_inner().expect("no thread panicked with the points") })
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
) -> Result<Option<(Place, Vec<Pair>)>, ReproduceError<E>> {
    let mut done: Option<(Place, Vec<Pair>)> = None;
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, "with the proxy test", report)?;
        let with = Timed::of(&dataset.search, &config, true, request.observer)?;
        request.observer.begins("the same without the proxy test");
        let without = Timed::of(&dataset.search, &config, false, request.observer)?;
        if request.observer.stop() {
            break;
        }
        done.get_or_insert((place, Vec::new())).1.push(Pair { seed: config.seed, with, without });
    }
    Ok(done)
}

pub(super) fn counts<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    if let Some((place, pairs)) = pairs(request, case, report)? {
        limits(&place, case, &pairs).into_iter().for_each(|note| report.note(note));
        report.rows.extend(rows(&place, &pairs));
    }
    Ok(())
}

impl Pair {
    /// Whether the time alone ended both searches: two counts compare only over one time.
    fn is_of_one_time(&self) -> bool {
        (self.with.reason, self.without.reason) == (StopReason::Time, StopReason::Time)
    }

    fn speed_up(&self) -> f64 {
        self.with.sampled() / self.without.sampled()
    }
}

/// How long the searches were, and of each pair that does not compare what ended it.
fn limits(place: &Place, config: &Config, pairs: &[Pair]) -> Vec<String> {
    let threads = counted(rayon::current_num_threads() as f64, "thread");
    let time = match config.search.time {
        0.0 => "without a limit of time".to_owned(),
        time if pairs.iter().all(Pair::is_of_one_time) => format!("{} a search", counted(time, "second")),
        time => format!("at most {} a search", counted(time, "second")),
    };
    let first = format!("ours: {time} on {threads}; the paper: 24 hours on one RTX 2080 Ti");
    let ended = |pair: &Pair| {
        format!(
            "{} on {}, seed {}: the search with the proxy test ended because {}, that without because {}; counts compare \
             only where the time ended both",
            place.model, place.dataset, pair.seed, pair.with.reason, pair.without.reason
        )
    };
    std::iter::once(first).chain(pairs.iter().filter(|pair| !pair.is_of_one_time()).map(ended)).collect()
}

/// 1 second, 2 seconds.
fn counted(number: f64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1.0 { "" } else { "s" })
}

fn rows(place: &Place, pairs: &[Pair]) -> Vec<Row> {
    let (with, without) = ("with the proxy test", "without the proxy test");
    let of_paper = |value: f64| place.known.map(|_| value);
    // Counts of two times and two machines have no difference that means anything; their ratio has.
    let printed = |row: Row, paper: f64| Row { difference: None, ..row.paper(of_paper(paper)) };
    let row = |search: &str, metric: &str, value: &dyn Fn(&Pair) -> f64| {
        Row::new(place, search, metric).ours(pairs.iter().map(|pair| (pair.seed, value(pair))))
    };
    vec![
        printed(row(without, "sampled", &|pair| pair.without.sampled()).of_counts(), TABLE_7_WITHOUT),
        printed(row(with, "sampled", &|pair| pair.with.sampled()).of_counts(), TABLE_7_WITH),
        row("speed-up", "sampled", &Pair::speed_up).paper(of_paper(TABLE_7_WITH / TABLE_7_WITHOUT)),
        row(without, "trained", &|pair| pair.without.trained()).of_counts(),
        row(with, "trained", &|pair| pair.with.trained()).of_counts(),
        row("share trained", "trained / sampled", &|pair| pair.with.trained() / pair.with.sampled()),
    ]
}

pub(super) fn curves<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let Some((place, pairs)) = pairs(request, case, report)? else { return Ok(()) };
    limits(&place, case, &pairs).into_iter().for_each(|note| report.note(note));
    report.note("the figure shows the first seed");
    report.rows.extend(rows(&place, &pairs));
    report.draw(drawn(&place, &pairs[0]));
    Ok(())
}

fn drawn(place: &Place, pair: &Pair) -> Figure {
    let line = |name: &str, timed: &Timed| Series {
        name: format!("{name}: {} sampled", timed.counts.sampled),
        points: timed.points.clone(),
    };
    let here = if pair.is_of_one_time() { format!(" Here {:.1} times.", pair.speed_up()) } else { String::new() };
    let most = pair.with.sampled().max(pair.without.sampled());
    let panel = Panel {
        title: format!("{} on {}, seed {}", place.model, place.dataset, pair.seed),
        caption: format!(
            "The paper, in 24 hours: {TABLE_7_WITH} sampled with the proxy test and {TABLE_7_WITHOUT} without, about 30 \
             times as many.{here}"
        ),
        x: "time (seconds)".into(),
        y: "losses sampled".into(),
        range: (0.0, 1.05 * most),
        series: vec![line("with the proxy test", &pair.with), line("without", &pair.without)],
    };
    let title = "Figure 6: losses sampled over time".to_owned();
    Figure { file: place.file("fig6"), title, panels: vec![panel] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::reproduction::tests::place;
    use autolossgen::Preset;

    fn pair(reason: StopReason) -> Pair {
        let timed = |reason| Timed { counts: Counts::default(), reason, points: Vec::new() };
        Pair { seed: 7, with: timed(reason), without: timed(StopReason::Time) }
    }

    #[test]
    fn the_notes_say_what_ended_the_searches() {
        let mut config = Config::preset(Preset::Paper);
        config.search.time = 1.0;
        let timed = limits(&place("made"), &config, &[pair(StopReason::Time)]);
        assert_eq!(timed.len(), 1);
        assert!(timed[0].starts_with("ours: 1 second a search on "), "{timed:?}");
        let stopped = limits(&place("made"), &config, &[pair(StopReason::Time), pair(StopReason::Converged)]);
        assert!(stopped[0].starts_with("ours: at most 1 second a search"), "{stopped:?}");
        assert_eq!(
            stopped[1..],
            [
                "mf on made, seed 7: the search with the proxy test ended because the recommender converged, that without \
              because the time was up; counts compare only where the time ended both"
            ]
        );
        assert_eq!((counted(0.5, "second"), counted(2.0, "thread")), ("0.5 seconds".into(), "2 threads".into()));
    }
}
