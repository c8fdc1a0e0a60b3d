//! Tables 5 and 6: named losses trained to convergence and tested.

use autolossgen::formula::NamedLoss;
use autolossgen::recsys::{Ending, Metric};

use super::paper::{self, TABLE_5, TABLE_5_LOSSES, TABLE_6, TABLE_6_LOSSES};
use super::reproduction::{Place, Reproduction, Row};
use super::{ReproduceError, Request, joined};
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::record::{LossResult, TestReport};
use autolossgen::settings::Choice;
use autolossgen::{Base, Config, Proposal, effectiveness};

/// The paper's number for a place, a metric and a loss.
type Printed = dyn Fn((&str, &'static str), Metric, &str) -> Option<f64>;

pub(super) fn classification<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let printed: &Printed = &|at, metric, loss| paper::value(&TABLE_5, &TABLE_5_LOSSES, at, metric, loss);
    rows(request, case, report, &TABLE_5_LOSSES, &[Metric::Auc, Metric::F1, Metric::Accuracy], printed)
}

pub(super) fn regression<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let printed: &Printed = &|at, metric, loss| paper::value(&TABLE_6, &TABLE_6_LOSSES, at, metric, loss);
    rows(request, case, report, &TABLE_6_LOSSES, &[Metric::Rmse, Metric::Mae], printed)
}

fn rows<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
    losses: &[&str],
    metrics: &[Metric],
    printed: &Printed,
) -> Result<(), ReproduceError<E>> {
    let named = losses.iter().map(|name| NamedLoss::find(name).expect("a test finds every name"));
    let proposals: Vec<Proposal> =
        named.map(|named| Proposal::named(named, case)).chain(request.further(case)).collect();
    let Some((place, tested)) = tested(request, case, &proposals, &|config| config.clone(), "test", report)? else {
        return Ok(());
    };
    first_epochs(&place, &tested, case, "", true, report);
    for &metric in metrics {
        report.rows.extend(proposals.iter().enumerate().map(|(index, proposal)| {
            let at = place.in_paper();
            let row = Row::new(&place, proposal.title(), metric.name());
            let row = row.paper(at.and_then(|at| printed(at, metric, &proposal.title())));
            let transfer = at.is_some_and(|(model, dataset)| paper::is_transfer(model, dataset, &proposal.title()));
            reached(row, &tested, index, metric).column("", if transfer { "transfer (§5.4)" } else { "" })
        }));
    }
    Ok(())
}

/// A row with the test values of a loss, and at which ε and epoch they were reached.
pub(super) fn reached(row: Row, tested: &[TestReport], index: usize, metric: Metric) -> Row {
    let results = || tested.iter().map(|tested| &tested.results[index]);
    let value = |result: &LossResult| Some((result.seed, *result.test.get(metric.name())?));
    row.ours(results().filter_map(value))
        .column(
            "ε",
            joined(results().filter(|result| result.chose_epsilon()).map(|result| format!("{:e}", result.epsilon))),
        )
        .column("best epoch", joined(results().map(|result| result.best_epoch.to_string())))
}

/// Notes each loss whose best epoch was the first for some seed: it may have stopped before it moved. `terms` is of the
/// trainings where there are several, and `may_go_on` whether the user may set how long they are.
pub(super) fn first_epochs(
    place: &Place,
    tested: &[TestReport],
    config: &Config,
    terms: &str,
    may_go_on: bool,
    report: &mut Reproduction,
) {
    let Some(first) = tested.first() else { return };
    for (index, result) in first.results.iter().enumerate() {
        let results = tested.iter().map(|tested| &tested.results[index]);
        let at_first: Vec<&LossResult> = results.filter(|result| result.best_epoch == 1 && result.epochs > 1).collect();
        if at_first.is_empty() {
            continue;
        }
        let (several, seeds) = (at_first.len() > 1, joined_seeds(&at_first));
        let epochs = at_first.iter().map(|result| result.epochs).max().unwrap_or(0);
        let was_stopped = at_first.iter().any(|result| matches!(result.ending, Ending::Falling | Ending::Patience));
        let advice = match may_go_on && was_stopped && epochs < config.stop.max_epochs {
            true => format!("; --set stop.min_epochs=N with N > {epochs} trains on"),
            false => String::new(),
        };
        report.note(format!(
            "{} ({} on {}, seed{} {seeds}{terms}): its best epoch is the first: no later one had a better validation {} \
             before training stopped{advice}",
            result.loss,
            place.model,
            place.dataset,
            if several { "s" } else { "" },
            config.metric().name(),
        ));
    }
}

fn joined_seeds(results: &[&LossResult]) -> String {
    results.iter().map(|result| result.seed.to_string()).collect::<Vec<_>>().join(", ")
}

/// Trains and tests the proposals with every seed, under the settings that `terms` makes of those of the seed. `None`
/// where not even the first seed was finished.
pub(super) fn tested<E>(
    request: &Request<'_, E>,
    case: &Config,
    proposals: &[Proposal],
    terms: &dyn Fn(&Config) -> Config,
    what: &str,
    report: &mut Reproduction,
) -> Result<Option<(Place, Vec<TestReport>)>, ReproduceError<E>> {
    let mut done: Option<(Place, Vec<TestReport>)> = None;
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, what, report)?;
        let config = terms(&config);
        let builder = config.model_builder(Base::default().models)?;
        let (data, stop) = (&dataset.search, || request.observer.stop());
        let (fresh, folds) = (fresh(&*builder, data), Folds::whole(data));
        let local = Local::new(&config, &folds, &fresh, &stop);
        let trained = effectiveness::fixed::train(proposals, &config, &local, request.observer)?;
        let Some(trained) = trained else { break };
        let report = effectiveness::spend(&trained, dataset, &config, &fresh)?;
        done.get_or_insert((place, Vec::new())).1.push(report);
    }
    Ok(done)
}
