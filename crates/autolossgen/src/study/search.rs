//! Phase I: ask, evaluate, tell, until a limit is reached.

use super::{SearchLog, SearchState, Study};
use crate::config::OnConvergence;
use crate::contract::ContractError;
use crate::evaluate::Evaluator;
use crate::observer::Observer;
use crate::record::{Record, SearchStatus, StopReason};
use crate::state::ForeignState;

/// Searches until a limit of `config.search` is reached and says which. `log` hears of everything in order. To be called inside
/// a [`pool`](crate::pool).
///
/// Where the observer asks for the end, nothing says so in the log: the search can be [`resume`]d.
///
/// # Errors
/// The first error of `log` ends the search; so does a part that does not keep its contract.
pub fn search<L: SearchLog>(
    study: &mut Study,
    evaluator: &mut dyn Evaluator,
    log: &mut L,
    observer: &dyn Observer,
) -> Result<StopReason, L::Error>
where
    L::Error: From<ContractError>,
{
    open(evaluator, log)?;
    study.opening().map_or(Ok(()), |opening| log.append(opening))?;
    let known = study.ask_warm_start();
    if !known.is_empty() {
        let evaluation = evaluator.evaluate(&known)?;
        study.tell_round(evaluation)?;
    }
    go_on(study, evaluator, log, observer)
}

/// Goes on with a search that was cut off: `past` is all that it had written when it was at `state`. From there it writes, and
/// ends, as it would have done.
///
/// # Errors
/// As [`search`]; a state that is not that of a search by this configuration on these data.
pub fn resume<L: SearchLog>(
    study: &mut Study,
    evaluator: &mut dyn Evaluator,
    (past, state): (&[Record], SearchState),
    log: &mut L,
    observer: &dyn Observer,
) -> Result<StopReason, L::Error>
where
    L::Error: From<ContractError> + From<ForeignState>,
{
    study.restore(past, &state.controller)?;
    evaluator.restore(&state.evaluator)?;
    (study.seconds_before, study.validation) = (state.seconds, state.validation);
    go_on(study, evaluator, log, observer)
}

/// Rounds until the end, from between two of them.
fn go_on<L: SearchLog>(
    study: &mut Study,
    evaluator: &mut dyn Evaluator,
    log: &mut L,
    observer: &dyn Observer,
) -> Result<StopReason, L::Error>
where
    L::Error: From<ContractError>,
{
    loop {
        study.take_records().into_iter().try_for_each(|record| log.append(record))?;
        if study.counts.sampled > 0 || study.is_complete() {
            observer.searched(&status(study, evaluator), &|rows| evaluator.measure(rows));
            if let Some(reason) = end(study, evaluator, log.known(), observer) {
                return finish(study, evaluator, reason, log);
            }
            if log.is_due() {
                log.keep(&state(study, evaluator))?;
            }
        }
        if evaluator.has_converged() {
            evaluator.restart()?;
            open(evaluator, log)?;
        }
        let trials = study.ask(study.config.search.samples_per_update)?;
        let evaluation = evaluator.evaluate(&trials)?;
        let (goes_on, evaluator) = (study.wants_more(), &*evaluator);
        let prepare = || goes_on.then(|| evaluator.prepare());
        rayon::join(|| study.tell_round(evaluation), prepare).0?;
    }
}

/// Writes what the trials begin with.
fn open<L: SearchLog>(evaluator: &dyn Evaluator, log: &mut L) -> Result<(), L::Error> {
    evaluator.opening().map_or(Ok(()), |opening| log.append(opening))
}

/// An interruption is no end: what comes is the same as if it had not been.
fn finish<L: SearchLog>(
    study: &mut Study,
    evaluator: &dyn Evaluator,
    reason: StopReason,
    log: &mut L,
) -> Result<StopReason, L::Error> {
    if reason == StopReason::Interrupted {
        log.keep(&state(study, evaluator))?;
    } else {
        log.append(Record::HallOfFame { entries: std::mem::take(&mut study.front) })?;
        log.append(Record::End { reason, counts: study.counts })?;
    }
    Ok(reason)
}

/// Whether a limit is reached; `known` is what was written next before the search was cut off.
fn end(
    study: &Study,
    evaluator: &dyn Evaluator,
    known: Option<&Record>,
    observer: &dyn Observer,
) -> Option<StopReason> {
    let limits = &study.config.search;
    let reached = |limit: usize, count: u64| limit > 0 && count >= limit as u64;
    let ends_converged = limits.on_convergence == OnConvergence::End && evaluator.has_converged();
    [
        (reached(limits.samples, study.counts.sampled), StopReason::Samples),
        (reached(limits.candidates, study.counts.accepted), StopReason::Candidates),
        (
            study.controller.left().is_none() && reached(limits.nothing_accepted, study.unaccepted as u64),
            StopReason::NothingAccepted,
        ),
        (study.is_complete(), StopReason::Complete),
        (ends_converged, StopReason::Converged),
        (limits.time > 0.0 && is_time_up(study, known), StopReason::Time),
        (observer.stop(), StopReason::Interrupted),
    ]
    .into_iter()
    .find(|(holds, _)| *holds)
    .map(|(_, reason)| reason)
}

/// What was written is not undone by a clock that runs otherwise now.
fn is_time_up(study: &Study, known: Option<&Record>) -> bool {
    match known {
        None => study.seconds() >= study.config.search.time,
        Some(next) => matches!(next, Record::HallOfFame { .. }),
    }
}

fn state(study: &Study, evaluator: &dyn Evaluator) -> SearchState {
    let (controller, evaluator) = (study.controller.state(), evaluator.state());
    SearchState { seconds: study.seconds(), validation: study.validation, controller, evaluator }
}

fn status(study: &Study, evaluator: &dyn Evaluator) -> SearchStatus {
    SearchStatus { counts: study.counts, validation: study.validation, recommenders: evaluator.recommenders() }
}
