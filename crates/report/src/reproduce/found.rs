//! Table 4: what a search finds, and whether it is what the paper's found.

use std::convert::Infallible;

use autolossgen_recsys::data::Dataset;
use autolossgen_recsys::{SearchData, Task};

use super::Request;
use super::paper::{TABLE_4_REGRESSION, found_for};
use super::report::{Place, Reproduction, Row};
use crate::check::{CheckReport, check, gradient_name};
use crate::journal::Record;
use crate::search::{Counts, StopReason, search};
use crate::test::{self, Contender, Finished, Trained};
use crate::{AnyModel, Candidate, Config, Observer};

/// Phase I without a run directory.
pub(super) struct Searched {
    /// What became of the samples
    pub counts: Counts,
    /// Everything, in order
    pub records: Vec<Record>,
    /// What ended it
    pub reason: StopReason,
}

pub(super) fn searched(data: &SearchData, config: &Config, observer: &dyn Observer) -> Searched {
    let mut records = Vec::new();
    let mut record = |record: Record| {
        records.push(record);
        Ok::<(), Infallible>(())
    };
    let fresh = |number| AnyModel::fresh(config, data, number);
    let Ok(reason) = search(data, config, &fresh, &mut record, observer);
    Searched { counts: Counts::of(&records), records, reason }
}

/// Phases I and II.
pub(super) fn candidates(dataset: &Dataset, config: &Config, observer: &dyn Observer) -> (Counts, CheckReport) {
    let Searched { counts, records, .. } = searched(&dataset.search, config, observer);
    (counts, check(Candidate::of(&records), config, dataset.is_graded()))
}

/// Phase III on validation alone: the loss that trains best, with its metric. `None` where nothing survived or the observer
/// asked for the end.
fn best(data: &SearchData, config: &Config, checked: &CheckReport, observer: &dyn Observer) -> Option<Trained> {
    let chosen = test::screen(checked.validated(), data, config, &Finished::nowhere(), observer)?;
    let contender = |formula: &autolossgen_formula::Formula| Contender::generated(formula.clone(), config);
    let contenders: Vec<Contender> = chosen.iter().map(|valid| contender(&valid.candidate().formula)).collect();
    let mut trained = test::fixed::train(&contenders, data, config, &Finished::nowhere(), observer)?;
    let best = test::best(&trained, config.metric(), |_| true)?;
    Some(trained.swap_remove(best))
}

pub(super) fn rows<E>(request: &Request<'_, E>, case: &Config, report: &mut Reproduction) -> Result<(), E> {
    report.note("ours: validation metric of the best loss found; the test set is not touched, and the paper has none");
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, "search", report)?;
        let (counts, checked) = candidates(&dataset, &config, request.observer);
        let best = best(&dataset.search, &config, &checked, request.observer);
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
    let loss = best.map_or("nothing that trains".to_owned(), |best| best.contender.loss.clone());
    let value = best.map(|best| (config.seed, best.first().validation));
    let (printed, gradient) = (of_paper(place), best.and_then(|best| gradient(best, config, place.graded)));
    let is_printed = match (printed, best) {
        (Some(printed), Some(_)) => if gradient == Some(printed) { "yes" } else { "no" }.to_owned(),
        _ => String::new(),
    };
    let smoothed = best
        .filter(|best| best.contender.epsilons.len() > 1)
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
    gradient_name(&best.contender.compile(best.point.epsilon), config, graded)
}
