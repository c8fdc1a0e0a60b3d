//! Successive halving (Jamieson and Talwalkar 2016): all configurations train a few epochs, the best 1/η of them go on with
//! the same training to η times as many, and so on; the last few train to the end.

mod layout;

use std::cmp::Ordering;
use std::sync::Mutex;

use autolossgen_recsys::Ending;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use layout::Grid;

/// How many configurations train until which epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Configurations that train on it
    pub configurations: usize,
    /// The epoch, counted from 1; `None` for the end of the training
    pub until: Option<usize>,
}

/// n, ⌈n/η⌉, … configurations until epochs e, e·η, …; where η or fewer are left, they train to the end.
pub(crate) fn rungs(configurations: usize, first_epochs: usize, eta: usize) -> Vec<Rung> {
    let (mut configurations, mut until, mut rungs) = (configurations, first_epochs, Vec::new());
    while configurations > eta {
        rungs.push(Rung { configurations, until: Some(until) });
        (configurations, until) = (configurations.div_ceil(eta), until.saturating_mul(eta));
    }
    rungs.push(Rung { configurations, until: None });
    rungs
}

/// How far a training has come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Validation at the best epoch, higher is better; NaN if no epoch was finite.
    pub gain: f64,
    /// Best epoch, counted from 1; 0 if no epoch was finite.
    pub best_epoch: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// Why it ended; `None` while it can go on.
    pub ending: Option<Ending>,
}

impl Standing {
    /// The better first. A training that became NaN or ∞ is behind all others, whatever it had reached.
    fn order(&self, other: &Self) -> Ordering {
        let diverged = |standing: &Self| standing.ending == Some(Ending::NonFinite);
        let gain = |standing: &Self| if standing.gain.is_nan() { f64::NEG_INFINITY } else { standing.gain };
        diverged(self).cmp(&diverged(other)).then(gain(other).total_cmp(&gain(self)))
    }
}

/// What can be raced.
pub(crate) trait Racer: Send {
    /// Trains on until an epoch, counted from 1, or to the end.
    fn advance(&mut self, until: Option<usize>);
    /// How far it has come.
    fn standing(&self) -> Standing;
}

/// A configuration on a rung.
struct Place<R> {
    index: usize,
    standing: Standing,
    racer: R,
}

impl<R> Place<R> {
    /// The better first; of equals the earlier configuration, so that the order of arrival does not matter.
    fn order(&self, other: &Self) -> Ordering {
        self.standing.order(&other.standing).then(self.index.cmp(&other.index))
    }
}

/// The best so far of a rung: the others are dropped as they come, so that memory is that of those who go on.
struct Podium<R> {
    size: usize,
    places: Vec<Place<R>>,
}

impl<R> Podium<R> {
    fn offer(&mut self, place: Place<R>) {
        let at = self.places.partition_point(|better| better.order(&place).is_lt());
        self.places.insert(at, place);
        self.places.truncate(self.size);
    }
}

/// A race that is over.
pub(crate) struct Raced<R> {
    /// Rungs that each configuration took part in, and where it stood on the last of them.
    pub tracks: Vec<(usize, Standing)>,
    /// The best configuration.
    pub winner: usize,
    /// Its training, at the end.
    pub racer: R,
}

/// Races the configurations 0, 1, … side by side; `told` hears of each on each rung. The result does not depend on the
/// number of threads. `None` where a training was interrupted.
///
/// # Panics
/// When there is no rung, or no configuration on it.
pub(crate) fn race<R: Racer>(
    rungs: &[Rung],
    start: &(impl Fn(usize) -> R + Sync),
    told: &(impl Fn(usize, &Standing) + Sync),
) -> Option<Raced<R>> {
    let mut tracks: Vec<Option<(usize, Standing)>> = vec![None; rungs[0].configurations];
    let mut field: Vec<(usize, Option<R>)> = (0..rungs[0].configurations).map(|index| (index, None)).collect();
    for (number, rung) in rungs.iter().enumerate() {
        let size = rungs.get(number + 1).map_or(1, |next| next.configurations);
        let podium = Mutex::new(Podium { size, places: Vec::new() });
        let run = |(index, racer): (usize, Option<R>)| {
            let mut racer = racer.unwrap_or_else(|| start(index));
            racer.advance(rung.until);
            let standing = racer.standing();
            told(index, &standing);
            podium.lock().expect("no thread panics with the podium").offer(Place { index, standing, racer });
            (index, standing)
        };
        let seen: Vec<(usize, Standing)> = field.into_par_iter().with_max_len(1).map(run).collect();
        if seen.iter().any(|(_, standing)| standing.ending == Some(Ending::Interrupted)) {
            return None;
        }
        seen.into_iter().for_each(|(index, standing)| tracks[index] = Some((number + 1, standing)));
        let places = podium.into_inner().expect("no thread panicked").places;
        field = places.into_iter().map(|place| (place.index, Some(place.racer))).collect();
    }
    let (winner, racer) = field.pop()?;
    let tracks = tracks.into_iter().map(|track| track.expect("all are on the first rung")).collect();
    Some(Raced { tracks, winner, racer: racer.expect("who won has trained") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool;

    /// A training whose gain at each epoch is known; it ends where they do.
    struct Fake {
        gains: &'static [f64],
        epochs: usize,
        started: bool,
    }

    impl Racer for Fake {
        fn advance(&mut self, until: Option<usize>) {
            self.started = true;
            self.epochs = until.unwrap_or(usize::MAX).clamp(self.epochs, self.gains.len());
        }

        fn standing(&self) -> Standing {
            let seen = &self.gains[..self.epochs];
            let diverged = seen.iter().any(|gain| gain.is_nan());
            let ended = (self.epochs == self.gains.len()).then_some(Ending::MaxEpochs);
            let ending = if diverged { Some(Ending::NonFinite) } else { ended };
            let best = seen.iter().copied().filter(|gain| !gain.is_nan()).fold(f64::NAN, f64::max);
            Standing { gain: best, best_epoch: 0, epochs: self.epochs, ending }
        }
    }

    const NAN: f64 = f64::NAN;
    /// One is the best at first and ends early, one comes from behind, two are equal, two diverge, one of them late.
    const GAINS: [&[f64]; 7] = [
        &[0.9, 0.2],
        &[0.5, 0.6, 0.7, 0.95, 0.97],
        &[0.4, 0.99, 0.99, 0.99, 0.99],
        &[NAN],
        &[0.5, 0.6, 0.7, 0.8, 0.9],
        &[0.3, 0.2, 0.1, 0.1, 0.1],
        &[0.95, 0.96, NAN],
    ];

    fn raced(rungs: &[Rung], threads: usize) -> Raced<Fake> {
        let start = |index: usize| Fake { gains: GAINS[index], epochs: 0, started: false };
        pool(threads).install(|| race(rungs, &start, &|_, _| ())).unwrap()
    }

    #[test]
    fn rungs_by_hand() {
        let list = |n, first, eta| -> Vec<(usize, Option<usize>)> {
            rungs(n, first, eta).iter().map(|rung| (rung.configurations, rung.until)).collect()
        };
        assert_eq!(list(48, 5, 3), [(48, Some(5)), (16, Some(15)), (6, Some(45)), (2, None)]);
        assert_eq!(list(8, 1, 2), [(8, Some(1)), (4, Some(2)), (2, None)]);
        assert_eq!((list(3, 9, 3), list(1, 9, 2)), (vec![(3, None)], vec![(1, None)]));
        assert_eq!(list(4, usize::MAX, 2)[1], (2, None));
    }

    #[test]
    fn who_survives_by_hand() {
        // 7 until epoch 1: 6 (0.95), 0 (0.9), 1 and 4 (0.5 both) go on, 2 would have been the best and is dropped.
        // 4 until epoch 2: 6 (0.96) and 0 (0.9, ended). Both to the end: 6 diverges and is last.
        let by_hand = [(3, 0.9), (2, 0.6), (1, 0.4), (1, NAN), (2, 0.6), (1, 0.3), (3, 0.96)];
        for threads in [1, 3] {
            let Raced { tracks, winner, racer } = raced(&rungs(7, 1, 2), threads);
            for ((rungs, standing), expected) in tracks.iter().zip(by_hand) {
                assert_eq!(*rungs, expected.0);
                assert!(standing.gain == expected.1 || standing.gain.is_nan() && expected.1.is_nan());
            }
            assert_eq!((winner, racer.epochs, racer.started), (0, 2, true));
        }
        // With 5 of 7 on the second rung, until the third epoch, 6 is out, 1 stays over 4, its equal until then, and 2 wins.
        let rung = |configurations, until| Rung { configurations, until };
        let Raced { winner, tracks, .. } = raced(&[rung(7, Some(1)), rung(5, Some(3)), rung(3, None)], 2);
        assert_eq!(winner, 2);
        assert_eq!(tracks.iter().map(|track| track.0).collect::<Vec<_>>(), [3, 3, 3, 1, 2, 1, 2]);
    }

    #[test]
    fn where_all_diverge_one_is_left_and_an_interruption_ends_it() {
        let start = |_: usize| Fake { gains: &[NAN, 0.0], epochs: 0, started: false };
        let Raced { winner, tracks, .. } = race(&rungs(9, 1, 3), &start, &|_, _| ()).unwrap();
        assert_eq!((winner, tracks[0].0, tracks[8].0), (0, 2, 1));
        struct Interrupted;
        impl Racer for Interrupted {
            fn advance(&mut self, _: Option<usize>) {}
            fn standing(&self) -> Standing {
                Standing { gain: 0.5, best_epoch: 1, epochs: 1, ending: Some(Ending::Interrupted) }
            }
        }
        assert!(race(&rungs(9, 1, 3), &|_| Interrupted, &|_, _| ()).is_none());
    }
}
