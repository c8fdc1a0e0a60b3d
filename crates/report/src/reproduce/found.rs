//! Table 4: what a search finds, and whether it is what the paper's found.

use autolossgen::data::Dataset;
use autolossgen::effectiveness::{self, Trained};
use autolossgen::evaluate::evaluator;
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::fingerprint::gradient_name;
use autolossgen::record::{Candidate, CheckReport, Counts, Record, StopReason};
use autolossgen::recsys::{SearchData, Task};
use autolossgen::settings::Choice;
use autolossgen::study::{Study, search};
use autolossgen::{Base, Config, ContractError, Observer, Proposal, check};

use super::paper::{TABLE_4_REGRESSION, found_for};
use super::reproduction::{Place, Reproduction, Row};
use super::{ReproduceError, Request};

/// Phase I without a run directory.
pub(super) struct Searched {
    /// What became of the samples
    pub counts: Counts,
    /// Everything, in order
    pub records: Vec<Record>,
    /// What ended it
    pub reason: StopReason,
}

pub(super) fn searched<E>(
    data: &SearchData,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Searched, ReproduceError<E>> {
    let builder = config.model_builder(Base::default().models)?;
    let (fresh, folds) = (fresh(&*builder, data), Folds::of_search(data, config));
    let local = Local::new(config, &folds, &fresh, &|| false);
    let mut evaluator = evaluator(config, &folds, &fresh, &local)?;
    let mut records = Vec::new();
    let mut log = |record: Record| {
        records.push(record);
        Ok::<(), ContractError>(())
    };
    let reason = search(&mut Study::new(config), &mut *evaluator, &mut log, observer)?;
    Ok(Searched { counts: Counts::of(&records), records, reason })
}

/// Phases I and II.
pub(super) fn candidates<E>(
    dataset: &Dataset,
    config: &Config,
    observer: &dyn Observer,
) -> Result<(Counts, CheckReport), ReproduceError<E>> {
    let Searched { counts, records, .. } = searched(&dataset.search, config, observer)?;
    Ok((counts, check(Candidate::of(&records), config, dataset.is_graded())))
}

/// Phase III on validation alone: the loss that trains best, with its metric. `None` where nothing survived or the observer
/// asked for the end.
fn best<E>(
    data: &SearchData,
    config: &Config,
    checked: &CheckReport,
    observer: &dyn Observer,
) -> Result<Option<Trained>, ReproduceError<E>> {
    let builder = config.model_builder(Base::default().models)?;
    let (fresh, folds, stop) = (fresh(&*builder, data), Folds::whole(data), || observer.stop());
    let local = Local::new(config, &folds, &fresh, &stop);
    let screened = effectiveness::screen(checked.validated(), config, &local, observer)?;
    let Some(chosen) = screened else { return Ok(None) };
    let generated = chosen.iter().map(|valid| Proposal::generated(valid.candidate().formula.clone(), config));
    let proposals: Vec<Proposal> = generated.collect();
    let trained = effectiveness::fixed::train(&proposals, config, &local, observer)?;
    Ok(trained.and_then(|mut trained| {
        let best = effectiveness::best(&trained, |_| true)?;
        Some(trained.swap_remove(best))
    }))
}

pub(super) fn rows<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    report.note("ours: validation metric of the best loss found; the test set is not touched, and the paper has none");
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, "search", report)?;
        let (counts, checked) = candidates(&dataset, &config, request.observer)?;
        let best = best(&dataset.search, &config, &checked, request.observer)?;
        if request.observer.stop() {
            break;
        }
        report.rows.push(row(&place, &config, counts, &checked, best.as_ref()));
    }
    Ok(())
}

/// The loss of Table 4 for these data, model and task.
fn of_paper(place: &Place) -> Option<&'static str> {
    let (model, dataset) = place.in_paper()?;
    match place.task {
        Task::Classification => found_for(model, dataset),
        Task::Regression => Some(TABLE_4_REGRESSION),
    }
}

fn row(place: &Place, config: &Config, counts: Counts, checked: &CheckReport, best: Option<&Trained>) -> Row {
    let metric = format!("validation {}", config.metric().name());
    let loss = best.map_or("nothing that trains".to_owned(), |best| best.proposal.title());
    let value = best.map(|best| (config.seed, config.metric().gain(best.first().gain())));
    let (printed, gradient) = (of_paper(place), best.and_then(|best| gradient(best, config, place.graded)));
    let is_printed = match (printed, best) {
        (Some(printed), Some(_)) => if gradient == Some(printed) { "yes" } else { "no" }.to_owned(),
        _ => String::new(),
    };
    let smoothed = best
        .filter(|best| best.proposal.epsilons.len() > 1)
        .map_or(String::new(), |best| format!("{:e}", best.point.epsilon));
    Row { seeds: vec![config.seed], ..Row::new(place, loss, metric).ours(value) }
        .column("ε", smoothed)
        .column("gradient of", gradient.unwrap_or(if best.is_some() { "no named loss" } else { "" }))
        .column("the paper's loss", printed.unwrap_or_default())
        .column("found again", is_printed)
        .column("sampled, trained, valid", {
            format!("{}, {}, {}", counts.sampled, counts.trained, checked.validated().len())
        })
}

/// The named loss with the gradient of the found one, at its ε and up to a positive constant.
fn gradient(best: &Trained, config: &Config, graded: bool) -> Option<&'static str> {
    gradient_name(&best.proposal.compile(best.point.epsilon), config, graded)
}
