//! Trainings at settings of a loss's own: a race on the first fold, and the chosen point on the others.

use autolossgen_formula::NamedLoss;
use autolossgen_recsys::{Metric, SelectionMetric, Snapshot};

use crate::config::Config;
use crate::contract::ContractError;
use crate::execute::{Batch, Executor, Job, JobResult, run, run_apart};
use crate::halving::{Halved, halve_each, rungs_to};
use crate::point::{Grid, Point};
use crate::proposal::Proposal;
use crate::record::Rung;

/// A loss at the point that a race on the first fold chose.
#[derive(Clone)]
pub(super) struct Finalist {
    pub point: Point,
    /// What the loss is multiplied by at that point.
    pub scale: f32,
    /// On each fold that it met; NaN where it diverged.
    pub gains: Vec<f64>,
    /// Parameters trained on the first.
    pub parameters: Option<Snapshot>,
}

/// The loss that the others are measured by, trained to convergence.
pub(super) struct Reference {
    pub name: &'static str,
    /// On every fold.
    pub finalist: Finalist,
    /// Its gains; where it diverged, that of the initial recommender.
    pub gains: Vec<f64>,
    /// Its gain on the first rung, at the base settings; what is behind it on a later one is hopeless.
    pub start: f64,
}

/// What trains losses to convergence.
pub(super) struct Trainings<'a> {
    pub config: &'a Config,
    pub executor: &'a dyn Executor,
    /// The first fold.
    pub first: Option<usize>,
    /// The other folds.
    pub others: Vec<Option<usize>>,
    rungs: Vec<Rung>,
}

impl<'a> Trainings<'a> {
    pub(super) fn new(
        config: &'a Config,
        executor: &'a dyn Executor,
        first: Option<usize>,
        others: Vec<Option<usize>>,
    ) -> Self {
        let configurations = config.search.learning_rates.len() * config.search.l2_coefficients.len();
        let rungs = rungs_to(1, configurations, config.search.race_epochs, config.halving.reduction);
        Self { config, executor, first, others, rungs }
    }

    pub(super) fn metric(&self) -> Metric {
        self.config.metric()
    }

    pub(super) fn selection_metric(&self) -> SelectionMetric {
        self.config.selection_metric()
    }

    /// The first loss of `search.warm_start`, or else cross-entropy, on every fold. `untrained` is the gain of the initial
    /// recommender.
    pub(super) fn reference(&self, untrained: f64) -> Result<Reference, ContractError> {
        let named = NamedLoss::find(self.config.search.reference()).expect("the names are validated");
        let proposal = Proposal::named(named, self.config);
        let finalist = self.on_other_folds(&proposal, self.race(&proposal)?)?;
        let gains = finalist.gains.iter().map(|&gain| if gain.is_nan() { untrained } else { gain }).collect();
        let start = match self.config.search.rungs.first() {
            Some(&rung) => {
                let jobs = [Job { until: Some(rung), ..self.base_job(&proposal, proposal.epsilons[0]) }];
                self.run(&jobs, 0)?[0].finite_gain()
            }
            None => f64::NAN,
        };
        Ok(Reference { name: named.name, finalist, gains, start })
    }

    /// A training at the base settings on the first fold, with the loss at one ε.
    pub(super) fn base_job(&self, proposal: &Proposal, epsilon: f32) -> Job {
        let (training, scale) = (&self.config.training, proposal.scale(epsilon, self.config));
        let point = Point { learning_rate: training.learning_rate, l2: training.l2, epsilon };
        Job { fold: self.first, ..proposal.job(point, scale, self.config.seed, self.config) }
    }

    /// The results of jobs that are no rivals; `keep` is 1 where they may go on.
    pub(super) fn run(&self, jobs: &[Job], keep: usize) -> Result<Vec<JobResult>, ContractError> {
        run_apart(self.executor, jobs, keep, &|_, _| ())
    }

    /// The results of jobs, each with the number of its group, in order: those of one group follow each other and are rivals, of
    /// whom `keep` may go on.
    pub(super) fn run_rivals(&self, jobs: &[(usize, Job)], keep: usize) -> Result<Vec<JobResult>, ContractError> {
        let (groups, jobs): (Vec<usize>, Vec<Job>) = jobs.iter().cloned().unzip();
        let mut numbers = groups.clone();
        numbers.dedup();
        let groups: Vec<usize> = groups.iter().map(|group| numbers.partition_point(|other| other < group)).collect();
        run(self.executor, &Batch { jobs: &jobs, groups: &groups, keep }, &|_, _| ())
    }

    /// The best of a grid of settings on the first fold.
    pub(super) fn race(&self, proposal: &Proposal) -> Result<Finalist, ContractError> {
        Ok(self.races(&[proposal])?.remove(0))
    }

    /// The best of a grid of settings for each loss on the first fold, side by side.
    pub(super) fn races(&self, proposals: &[&Proposal]) -> Result<Vec<Finalist>, ContractError> {
        let fields: Vec<Vec<Job>> = proposals.iter().map(|proposal| self.field(proposal)).collect();
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let halved = halve_each(self.executor, &self.rungs, &fields, &|_, _| ())?;
        let halved = halved.expect("nobody asks for an early end of a round");
        let finalist = |(field, mut halved): (Vec<Job>, Halved)| {
            let (&Job { point, scale, .. }, (_, result)) =
                (&field[halved.winner], halved.tracks.swap_remove(halved.winner));
            Finalist { point, scale, gains: vec![result.finite_gain()], parameters: result.parameters }
        };
        Ok(fields.into_iter().zip(halved).map(finalist).collect())
    }

    /// The configurations of a loss.
    fn field(&self, proposal: &Proposal) -> Vec<Job> {
        let (search, base_rate) = (&self.config.search, self.config.training.learning_rate);
        let (learning_rates, l2) = (&search.learning_rates, &search.l2_coefficients);
        let points = Grid { learning_rates, base_rate, l2, epsilons: &proposal.epsilons }.configurations();
        let mut jobs = proposal.jobs(&points, self.config.seed, self.config);
        jobs.iter_mut().for_each(|job| job.fold = self.first);
        jobs
    }

    /// Trains at the chosen point on every other fold, side by side.
    pub(super) fn on_other_folds(
        &self,
        proposal: &Proposal,
        mut finalist: Finalist,
    ) -> Result<Finalist, ContractError> {
        let job = proposal.job(finalist.point, finalist.scale, self.config.seed, self.config);
        let jobs: Vec<Job> = self.others.iter().map(|&fold| Job { fold, ..job.clone() }).collect();
        finalist.gains.extend(self.run(&jobs, 0)?.iter().map(JobResult::finite_gain));
        Ok(finalist)
    }
}
