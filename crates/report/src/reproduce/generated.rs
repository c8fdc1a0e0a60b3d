//! Table 8: losses that pass the check, under the paper's stopping rule and trained to convergence.

use autolossgen::formula::{Clamp, Semantics, resolve};
use autolossgen::recsys::Metric;

use super::found::candidates;
use super::paper::{GeneratedLoss, TABLE_8};
use super::performance::{first_epochs, reached, tested};
use super::reproduction::{Place, Reproduction, Row};
use super::{ReproduceError, Request};
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::fingerprint::positive_rate;
use autolossgen::record::{Candidate, Origin, TestReport, Verdict};
use autolossgen::{Base, Config, Proposal, effectiveness};

/// A loss of the table: the paper's, or of a search of ours.
struct Listed {
    proposal: Proposal,
    of_paper: Option<&'static GeneratedLoss>,
    /// Positive rate by the check of ours
    positive_rate: f64,
    /// Where it comes from
    source: String,
}

/// The paper's rule (§5.1.4): 10 falling epochs, or the best 50 old.
fn stopped(config: &Config) -> Config {
    let mut config = config.clone();
    (config.stop.falling, config.stop.patience, config.stop.min_epochs) = (10, 50, 0);
    config
}

/// Epochs without a better one after which a training has converged.
const CONVERGED_PATIENCE: usize = 500;

/// Long enough that a slow loss has moved.
fn converged(config: &Config) -> Config {
    let mut config = config.clone();
    (config.stop.falling, config.stop.patience, config.stop.min_epochs) = (usize::MAX, CONVERGED_PATIENCE, 0);
    config
}

pub(super) fn rows<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let mut listed: Vec<Listed> = (1..).zip(&TABLE_8).map(|(number, loss)| of_paper(number, loss, case)).collect();
    listed.extend(own(request, case, report)?);
    let proposals: Vec<Proposal> = listed.iter().map(|listed| listed.proposal.clone()).collect();
    let under = |terms: fn(&Config) -> Config, what: &str, report: &mut Reproduction| {
        tested(request, case, &proposals, &terms, what, report)
    };
    let Some((place, early)) = under(stopped, "the paper's stopping rule", report)? else { return Ok(()) };
    let late = under(converged, "to convergence", report)?.map_or(Vec::new(), |(_, late)| late);
    // How long these trainings are is of the exhibit.
    first_epochs(&place, &early, case, ", the paper's stopping rule", false, report);
    first_epochs(&place, &late, case, ", to convergence", false, report);
    for (index, listed) in listed.iter().enumerate() {
        report.rows.extend(rows_of(listed, &place, case, index, &early, &late));
    }
    Ok(())
}

fn of_paper(number: usize, loss: &'static GeneratedLoss, case: &Config) -> Listed {
    let formula = resolve(loss.text).expect("a test parses the table");
    let semantics = Semantics::unclamped(case.search.epsilon);
    let compiled = formula.compile(semantics).expect("ε is validated");
    let (check, epsilons) = (&case.check, case.selection.epsilons.clone());
    let proposal =
        Proposal { name: Some(loss.text), formula, origin: Origin::Given, clamp: Clamp::None, epsilons, start: None };
    let positive_rate = positive_rate(&compiled, check, case.seed, false);
    Listed { proposal, of_paper: Some(loss), positive_rate, source: format!("Table 8, row {number}") }
}

/// The losses of a search of ours, with the first seed, that pass the check.
fn own<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<Vec<Listed>, ReproduceError<E>> {
    let (dataset, _) = request.begin(case, case, "search", report)?;
    let (counts, checked) = candidates(&dataset, case, request.observer)?;
    let found = checked.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid).count();
    let builder = case.model_builder(Base::default().models)?;
    let (data, stop) = (&dataset.search, || request.observer.stop());
    let (fresh, folds) = (fresh(&*builder, data), Folds::whole(data));
    let local = Local::new(case, &folds, &fresh, &stop);
    let chosen = effectiveness::screen(checked.validated(), case, &local, request.observer)?.unwrap_or_default();
    report.note(format!(
        "a search of ours, seed {}: {} sampled, {} trained, {} accepted as candidates; {found} pass the check, {} of them \
         are trained",
        case.seed,
        counts.sampled,
        counts.trained,
        checked.candidates.len(),
        chosen.len()
    ));
    let rate = |sample: u64| checked.candidates.iter().find(|c| c.candidate.sample == sample).map(|c| c.positive_rate);
    let listed = |candidate: &Candidate| Listed {
        proposal: Proposal::generated(candidate.formula.clone(), case),
        of_paper: None,
        positive_rate: rate(candidate.sample).expect("a candidate was checked"),
        source: format!("ours, sample {}", candidate.sample),
    };
    Ok(chosen.iter().map(|valid| listed(valid.candidate())).collect())
}

fn rows_of(
    listed: &Listed,
    place: &Place,
    case: &Config,
    index: usize,
    early: &[TestReport],
    late: &[TestReport],
) -> Vec<Row> {
    // Table 8 is of MF on ML-100K alone.
    let is_its_place = place.in_paper() == Some(("mf", super::paper::ML_100K));
    let printed = listed.of_paper.filter(|_| is_its_place);
    let row = |metric: &str| Row::new(place, listed.proposal.title(), metric);
    let rate = row("positive rate")
        .paper(listed.of_paper.map(|loss| loss.positive_rate))
        .ours([(case.seed, listed.positive_rate)])
        .column("ε", "")
        .column("best epoch", "");
    let stopped = row("auc, stopped as in the paper").paper(printed.map(|loss| loss.auc));
    let trained = row("auc, trained to convergence").paper(printed.map(|loss| loss.auc));
    let rows = [rate, reached(stopped, early, index, Metric::Auc), reached(trained, late, index, Metric::Auc)];
    rows.map(|row| row.column("source", &listed.source)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::Preset;

    #[test]
    fn both_rules_keep_the_last_epoch_of_the_settings() {
        let config = Config::preset(Preset::Reference);
        let (early, late) = (stopped(&config).stop_rule(), converged(&config).stop_rule());
        assert_eq!((early.falling, early.patience, early.min_epochs, early.max_epochs), (10, 50, 0, 5000));
        assert_eq!((late.patience, late.max_epochs), (500, 5000));
        assert_eq!(config.stop_rule().patience, 100, "the reference waits longer than the text");
    }
}
