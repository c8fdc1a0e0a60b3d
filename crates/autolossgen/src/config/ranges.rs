//! Ranges of settings that only this crate knows.

use autolossgen_formula::NamedLoss;
use autolossgen_settings::range::{self, Outside, count};

/// 0 to 1024 threads.
pub(super) fn thread_count(value: &usize) -> Result<(), Outside> {
    count(0, 1024)(value)
}

/// 0, or 2 to 100 folds.
pub(super) fn folds(&value: &usize) -> Result<(), Outside> {
    match value {
        1 | 101.. => Err((value.to_string(), "must be 0, or lie between 2 and 100".into())),
        _ => Ok(()),
    }
}

/// Names of losses.
pub(super) fn loss_names(names: &[String]) -> Result<(), Outside> {
    match names.iter().find(|name| NamedLoss::find(name).is_none()) {
        Some(unknown) => Err((format!("'{unknown}'"), "use names of losses, as in [\"bce\", \"mse\"]".into())),
        None => Ok(()),
    }
}

/// Finite ratings.
pub(super) fn ratings(values: &[f64]) -> Result<(), Outside> {
    values.iter().try_for_each(range::finite)
}

/// Three positive shares that sum to 1.
pub(super) fn shares(ratios: &[f64; 3]) -> Result<(), Outside> {
    let fair = ratios.iter().all(|&share| share > 0.0) && (ratios.iter().sum::<f64>() - 1.0).abs() < 1e-6;
    let allowed = "three positive shares that sum to 1 are needed, as in [0.8, 0.1, 0.1]";
    if fair { Ok(()) } else { Err((format!("{ratios:?}"), allowed.into())) }
}

/// A smaller and a larger number, both positive and finite.
pub(super) fn bounds(&[low, high]: &[f32; 2]) -> Result<(), Outside> {
    let fair = low > 0.0 && low < high && high.is_finite();
    let allowed = "two positive numbers are needed, the smaller first, as in [0.01, 100.0]";
    if fair { Ok(()) } else { Err((format!("{:?}", [low, high]), allowed.into())) }
}
