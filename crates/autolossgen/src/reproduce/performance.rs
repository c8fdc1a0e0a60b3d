//! Tables 5 and 6: named losses trained to convergence and tested.

use autolossgen_formula::NamedLoss;
use autolossgen_recsys::Metric;

use super::paper::{self, TABLE_5, TABLE_5_LOSSES, TABLE_6, TABLE_6_LOSSES};
use super::report::{Place, Reproduction, Row};
use super::{Request, joined};
use crate::Config;
use crate::test::{self, Contender, LossResult, TestReport};

/// The paper's number for a place, a metric and a loss.
type Printed = dyn Fn((&str, &'static str), Metric, &str) -> Option<f64>;

pub(super) fn classification<E>(request: &Request<'_, E>, case: &Config, report: &mut Reproduction) -> Result<(), E> {
    let printed: &Printed = &|at, metric, loss| paper::value(&TABLE_5, &TABLE_5_LOSSES, at, metric, loss);
    rows(request, case, report, &TABLE_5_LOSSES, &[Metric::Auc, Metric::F1, Metric::Accuracy], printed)
}

pub(super) fn regression<E>(request: &Request<'_, E>, case: &Config, report: &mut Reproduction) -> Result<(), E> {
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
) -> Result<(), E> {
    let named = losses.iter().map(|name| NamedLoss::find(name).expect("a test finds every name"));
    let contenders: Vec<Contender> =
        named.map(|named| Contender::named(named, case)).chain(request.further(case)).collect();
    let Some((place, tested)) = tested(request, case, &contenders, &|config| config.clone(), "test", report)? else {
        return Ok(());
    };
    for &metric in metrics {
        report.rows.extend(contenders.iter().enumerate().map(|(index, contender)| {
            let at = place.in_paper();
            let row = Row::new(&place, &contender.loss, metric.name());
            let row = row.paper(at.and_then(|at| printed(at, metric, &contender.loss)));
            let transfer = at.is_some_and(|(model, dataset)| paper::is_transfer(model, dataset, &contender.loss));
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
            joined(results().filter(|result| result.grid.len() > 1).map(|result| format!("{:e}", result.epsilon))),
        )
        .column("best epoch", joined(results().map(|result| result.best_epoch.to_string())))
}

/// Trains and tests the contenders with every seed, under the settings that `terms` makes of those of the seed. `None`
/// where not even the first seed was finished.
pub(super) fn tested<E>(
    request: &Request<'_, E>,
    case: &Config,
    contenders: &[Contender],
    terms: &dyn Fn(&Config) -> Config,
    what: &str,
    report: &mut Reproduction,
) -> Result<Option<(Place, Vec<TestReport>)>, E> {
    let mut done: Option<(Place, Vec<TestReport>)> = None;
    for config in request.seeded(case) {
        let (dataset, place) = request.begin(case, &config, what, report)?;
        let config = terms(&config);
        let Some(trained) = test::train(contenders, &dataset.search, &config, request.observer) else { break };
        done.get_or_insert((place, Vec::new())).1.push(test::report(&trained, dataset, &config));
    }
    Ok(done)
}
