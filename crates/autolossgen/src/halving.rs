//! Successive halving (Jamieson and Talwalkar 2016): all configurations train a few epochs, the best 1/η of them go on with
//! the same training to η times as many, and so on; the last few train to the end.

use crate::contract::ContractError;
use crate::execute::{Batch, Executor, Job, JobResult, run};
use crate::record::Rung;

/// n, ⌈n/η⌉, … configurations until epochs e, e·η, …; where η or fewer are left, they train to the end.
pub fn rungs(configurations: usize, first_epochs: usize, eta: usize) -> Vec<Rung> {
    rungs_to(eta, configurations, first_epochs, eta)
}

/// As [`rungs`], until `last` or fewer are left.
pub fn rungs_to(last: usize, configurations: usize, first_epochs: usize, eta: usize) -> Vec<Rung> {
    let (mut configurations, mut until, mut rungs) = (configurations, first_epochs, Vec::new());
    while configurations > last {
        rungs.push(Rung { configurations, until: Some(until) });
        (configurations, until) = (configurations.div_ceil(eta), until.saturating_mul(eta));
    }
    rungs.push(Rung { configurations, until: None });
    rungs
}

/// Configurations that were halved until one was left.
#[derive(Clone, Debug, PartialEq)]
pub struct Halved {
    /// Rungs that each configuration took part in, and its result on the last of them.
    pub tracks: Vec<(usize, JobResult)>,
    /// The best configuration; its training has ended, and its result has the parameters.
    pub winner: usize,
    /// Seconds of work, all trainings together.
    pub seconds: f64,
}

/// Halves the configurations, each the training of a job of its own; `told` hears of each on each rung, by its index. `None`
/// where a training was interrupted.
///
/// # Errors
/// An executor that does not keep its contract.
///
/// # Panics
/// When there is no rung, or another number of jobs than the first has.
pub fn halve(
    executor: &dyn Executor,
    rungs: &[Rung],
    jobs: &[Job],
    told: &(dyn Fn(usize, &JobResult) + Sync),
) -> Result<Option<Halved>, ContractError> {
    let halved = halve_each(executor, rungs, &[jobs.to_vec()], told)?;
    Ok(halved.and_then(|mut halved| halved.pop()))
}

/// As [`halve`], of several fields of configurations side by side, each by itself; `told` hears of an index that counts through all
/// of them.
///
/// # Errors
/// As [`halve`].
///
/// # Panics
/// As [`halve`].
pub fn halve_each(
    executor: &dyn Executor,
    rungs: &[Rung],
    fields: &[Vec<Job>],
    told: &(dyn Fn(usize, &JobResult) + Sync),
) -> Result<Option<Vec<Halved>>, ContractError> {
    let n = rungs[0].configurations;
    assert!(fields.iter().all(|jobs| jobs.len() == n), "every configuration is on the first rung");
    let mut races: Vec<Race> = fields.iter().map(|jobs| Race::of(jobs)).collect();
    for (number, rung) in rungs.iter().enumerate() {
        let places: Vec<(usize, usize)> = races
            .iter()
            .enumerate()
            .flat_map(|(race, Race { field, .. })| field.iter().map(move |&at| (race, at)))
            .collect();
        let job = |&(race, at): &(usize, usize)| Job { until: rung.until, ..fields[race][at].clone() };
        let (jobs, groups): (Vec<Job>, Vec<usize>) = places.iter().map(|place| (job(place), place.0)).unzip();
        let keep = rungs.get(number + 1).map_or(1, |next| next.configurations);
        let batch = Batch { jobs: &jobs, groups: &groups, keep };
        let results = run(executor, &batch, &|at, result| told(places[at].0 * n + places[at].1, result))?;
        if results.iter().any(JobResult::was_interrupted) {
            return Ok(None);
        }
        let mut results = results.into_iter();
        races.iter_mut().for_each(|race| race.place(number + 1, keep, &mut results));
    }
    Ok(Some(races.into_iter().map(Race::halved).collect()))
}

/// A field of configurations on its way.
struct Race {
    tracks: Vec<Option<(usize, JobResult)>>,
    /// Who is left, the best first.
    field: Vec<usize>,
    seconds: f64,
}

impl Race {
    fn of(jobs: &[Job]) -> Self {
        Self { tracks: vec![None; jobs.len()], field: (0..jobs.len()).collect(), seconds: 0.0 }
    }

    /// Takes the next results, one for each of the field, of whom the best `keep` go on.
    fn place(&mut self, n_rungs: usize, keep: usize, results: &mut impl Iterator<Item = JobResult>) {
        let field = std::mem::take(&mut self.field);
        let mut placed: Vec<(usize, JobResult)> = field.into_iter().zip(results).collect();
        self.seconds += placed.iter().map(|(_, result)| result.seconds).sum::<f64>();
        // The better first; of equals the earlier configuration.
        placed.sort_by(|a, b| a.1.order(&b.1).then(a.0.cmp(&b.0)));
        self.field = placed.iter().take(keep).map(|(index, _)| *index).collect();
        placed.into_iter().for_each(|(index, result)| self.tracks[index] = Some((n_rungs, result)));
    }

    fn halved(self) -> Halved {
        let tracks = self.tracks.into_iter().map(|track| track.expect("all are on the first rung")).collect();
        Halved { tracks, winner: self.field[0], seconds: self.seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Preset};
    use crate::point::Point;
    use crate::proposal::Proposal;
    use autolossgen_recsys::{Ending, Snapshot};

    /// Trainings whose gain at each epoch is known, by the seed of the job; a training ends where its gains do.
    struct Known(&'static [&'static [f64]]);

    impl Executor for Known {
        fn run(&self, batch: &Batch<'_>, told: &crate::execute::OnResult<'_>) -> Result<Vec<JobResult>, ContractError> {
            let result = |(index, job): (usize, &Job)| {
                let gains = self.0[job.seed as usize];
                let epochs = job.until.unwrap_or(usize::MAX).min(gains.len());
                let seen = &gains[..epochs];
                let diverged = seen.iter().any(|gain| gain.is_nan());
                let ended = (epochs == gains.len()).then_some(Ending::MaxEpochs);
                let ending = if diverged { Some(Ending::NonFinite) } else { ended };
                let best = seen.iter().copied().filter(|gain| !gain.is_nan()).reduce(f64::max);
                let parameters = ending.map(|_| Snapshot::new(Vec::new(), 1.0));
                let result =
                    JobResult { gain: best, last_gain: None, best_epoch: 0, epochs, ending, seconds: 1.0, parameters };
                told(index, &result);
                result
            };
            Ok(batch.jobs.iter().enumerate().map(result).collect())
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

    fn jobs(n: u64) -> Vec<Job> {
        let config = Config::preset(Preset::Default);
        let proposal = Proposal::sampled("pred".parse().unwrap(), &config);
        let point = Point { learning_rate: 1.0, l2: 0.0, epsilon: 1e-6 };
        (0..n).map(|seed| proposal.job(point, 1.0, seed, &config)).collect()
    }

    fn halved(rungs: &[Rung]) -> Halved {
        halve(&Known(&GAINS), rungs, &jobs(7), &|_, _| ()).unwrap().unwrap()
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
        let to_one: Vec<(usize, Option<usize>)> =
            rungs_to(1, 9, 5, 3).iter().map(|rung| (rung.configurations, rung.until)).collect();
        assert_eq!(to_one, [(9, Some(5)), (3, Some(15)), (1, None)]);
    }

    #[test]
    fn who_survives_by_hand() {
        // 7 until epoch 1: 6 (0.95), 0 (0.9), 1 and 4 (0.5 both) go on, 2 would have been the best and is dropped.
        // 4 until epoch 2: 6 (0.96) and 0 (0.9, ended). Both to the end: 6 diverges and is last.
        let by_hand = [(3, 0.9), (2, 0.6), (1, 0.4), (1, NAN), (2, 0.6), (1, 0.3), (3, 0.96)];
        let Halved { tracks, winner, seconds } = halved(&rungs(7, 1, 2));
        for ((rungs, result), expected) in tracks.iter().zip(by_hand) {
            assert_eq!(*rungs, expected.0);
            assert!(result.gain() == expected.1 || result.gain().is_nan() && expected.1.is_nan());
        }
        assert_eq!((winner, tracks[winner].1.epochs, seconds), (0, 2, 13.0));
        // With 5 of 7 on the second rung, until the third epoch, 6 is out, 1 stays over 4, its equal until then, and 2 wins.
        let rung = |configurations, until| Rung { configurations, until };
        let Halved { winner, tracks, .. } = halved(&[rung(7, Some(1)), rung(5, Some(3)), rung(3, None)]);
        assert_eq!(winner, 2);
        assert_eq!(tracks.iter().map(|track| track.0).collect::<Vec<_>>(), [3, 3, 3, 1, 2, 1, 2]);
    }

    #[test]
    fn where_all_diverge_one_is_left_and_an_interruption_ends_it() {
        const DIVERGED: [&[f64]; 9] = [&[NAN, 0.0]; 9];
        let Halved { winner, tracks, .. } =
            halve(&Known(&DIVERGED), &rungs(9, 1, 3), &jobs(9), &|_, _| ()).unwrap().unwrap();
        assert_eq!((winner, tracks[0].0, tracks[8].0), (0, 2, 1));
        struct Interrupted;
        impl Executor for Interrupted {
            fn run(
                &self,
                batch: &Batch<'_>,
                _: &crate::execute::OnResult<'_>,
            ) -> Result<Vec<JobResult>, ContractError> {
                let ending = Some(Ending::Interrupted);
                let result = JobResult {
                    gain: Some(0.5),
                    last_gain: Some(0.5),
                    best_epoch: 1,
                    epochs: 1,
                    ending,
                    seconds: 0.0,
                    parameters: None,
                };
                Ok(vec![result; batch.jobs.len()])
            }
        }
        assert_eq!(halve(&Interrupted, &rungs(9, 1, 3), &jobs(9), &|_, _| ()), Ok(None));
    }
}
