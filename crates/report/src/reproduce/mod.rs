//! A table or figure of the paper, computed anew and put beside the paper's numbers.
//!
//! [`paper`] holds what the paper prints; everything else is computed here, by the same search, check and test as any other
//! run, with epochs, ε and losses chosen on validation. A number is the mean over seeds, with its interval; of Table 4, which
//! has no numbers, a row is one search.

mod exhibit;
mod filter_ablation;
mod found;
mod generated;
pub mod paper;
mod performance;
mod proxy_ablation;
mod readings;
mod reproduction;
mod table3;

use autolossgen::data::Dataset;
use autolossgen::formula::{Clamp, Formula, NamedLoss};
use autolossgen::record::Origin;
use autolossgen::settings::Choice;
use autolossgen::{Config, ConfigError, ContractError, Observer, Proposal};

pub use exhibit::Exhibit;
pub use reproduction::{Reproduction, Row};

use reproduction::Place;

/// What to reproduce it on.
pub struct Request<'a, E> {
    /// The settings of each combination of data, model and task, in the order of their rows; not empty. Their seed is the
    /// first of several
    pub cases: Vec<Config>,
    /// Number of seeds: s, s + 1, … from the seed of each case; at least 1
    pub seeds: u64,
    /// Losses beside those of the paper: name or text, and formula
    pub losses: Vec<(String, Formula)>,
    /// Loads the data of a configuration; called anew for every seed, because the test set is spent once
    pub load: &'a (dyn Fn(&Config) -> Result<Dataset, E> + Sync),
    /// Hears of progress
    pub observer: &'a dyn Observer,
}

/// What keeps a table or figure from being computed.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError<E> {
    /// Data that could not be loaded.
    #[error("{0}")]
    Load(E),
    /// A configuration whose recommender cannot be made.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A recommender that does not keep its contract.
    #[error(transparent)]
    Contract(#[from] ContractError),
}

/// Computes a table or figure. To be called inside a [`pool`](autolossgen::pool).
///
/// # Errors
/// The first error of `request.load`; a case whose recommender the program does not come with; a recommender that does not keep
/// its contract.
///
/// # Panics
/// When there is no case.
pub fn reproduce<E>(exhibit: Exhibit, request: &Request<'_, E>) -> Result<Reproduction, ReproduceError<E>> {
    let config = request.cases.first().expect("there is a combination");
    let mut report = Reproduction {
        name: exhibit.name().to_owned(),
        title: exhibit.title().to_owned(),
        preset: config.preset.name().to_owned(),
        readings: readings::of(exhibit, config),
        ..Reproduction::default()
    };
    report.readings.extend((!request.losses.is_empty()).then(readings::further));
    for case in &request.cases {
        let of_case = match exhibit {
            Exhibit::Table3 => table3::rows,
            Exhibit::Table4 => found::rows,
            Exhibit::Table5 => performance::classification,
            Exhibit::Table6 => performance::regression,
            Exhibit::Table7 => proxy_ablation::counts,
            Exhibit::Table8 => generated::rows,
            Exhibit::Fig5 => filter_ablation::curves,
            Exhibit::Fig6 => proxy_ablation::curves,
        };
        of_case(request, case, &mut report)?;
        if request.observer.stop() {
            break;
        }
    }
    if request.observer.stop() {
        report.interrupted = true;
        report.note("interrupted: what was not finished is missing");
    }
    Ok(report)
}

impl<E> Request<'_, E> {
    /// The settings of a case, seed by seed.
    fn seeded(&self, case: &Config) -> impl Iterator<Item = Config> {
        let config = case.clone();
        (0..self.seeds).map(move |number| Config { seed: config.seed + number, ..config.clone() })
    }

    /// The data of a configuration.
    fn loaded(&self, config: &Config) -> Result<Dataset, ReproduceError<E>> {
        (self.load)(config).map_err(ReproduceError::Load)
    }

    /// Loads the data of a seed, notes what is to be said of them, and tells the observer which part begins.
    fn begin(
        &self,
        case: &Config,
        config: &Config,
        what: &str,
        report: &mut Reproduction,
    ) -> Result<(Dataset, Place), ReproduceError<E>> {
        let dataset = self.loaded(config)?;
        let place = report.place(&dataset, case);
        let number = config.seed - case.seed + 1;
        let seed = format!("seed {} ({number} of {})", config.seed, self.seeds);
        self.observer.begins(&format!("{what}: {} on {}, {}, {seed}", place.model, place.dataset, place.task.name()));
        Ok((dataset, place))
    }

    /// The losses that the user adds.
    fn further(&self, config: &Config) -> impl Iterator<Item = Proposal> {
        self.losses.iter().map(|(text, formula)| match NamedLoss::find(text) {
            Some(named) => Proposal::named(named, config),
            // On the terms of the paper's: without the clamp of the search, and with the grid of ε where it matters.
            None => {
                Proposal { origin: Origin::Given, clamp: Clamp::None, ..Proposal::generated(formula.clone(), config) }
            }
        })
    }
}

/// Values seed by seed as one cell; one alone where all are equal.
fn joined(values: impl IntoIterator<Item = String>) -> String {
    let mut values: Vec<String> = values.into_iter().collect();
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        values.truncate(1);
    }
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_seeds_stay_assignable() {
        let joined = |values: &[&str]| joined(values.iter().map(|value| value.to_string()));
        assert_eq!(joined(&["1e-1", "1e-1", "1e-2"]), "1e-1, 1e-1, 1e-2");
        assert_eq!((joined(&["1e-1", "1e-1"]), joined(&[])), ("1e-1".into(), String::new()));
    }
}
