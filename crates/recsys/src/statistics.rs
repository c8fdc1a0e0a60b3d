//! Tests and intervals.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::metric::{mid_ranks, sigmoid};

/// A metric of one predictor against that of another, on the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Metric of the first minus metric of the second.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Two-sided p-value.
    pub p_value: f64,
}

/// Structural components of an AUC: for each positive the share of negatives below it, for each negative the share of
/// positives above it (DeLong et al. 1988; by mid-ranks, Sun and Xu 2014).
struct Components {
    auc: f64,
    positives: Vec<f64>,
    negatives: Vec<f64>,
}

impl Components {
    fn new(logits: &[f32], labels: &[f32]) -> Option<Self> {
        let of_class =
            |positive: bool| -> Vec<usize> { (0..labels.len()).filter(|&i| (labels[i] > 0.5) == positive).collect() };
        let (positive, negative) = (of_class(true), of_class(false));
        if positive.is_empty() || negative.is_empty() || logits.iter().any(|logit| logit.is_nan()) {
            return None;
        }
        let ranks = mid_ranks(logits);
        let within = |class: &[usize]| mid_ranks(&class.iter().map(|&i| logits[i]).collect::<Vec<_>>());
        let share = |class: &[usize], others: usize, turn: bool| -> Vec<f64> {
            let below = class.iter().zip(within(class)).map(|(&i, own)| (ranks[i] - own) / others as f64);
            below.map(|below| if turn { 1.0 - below } else { below }).collect()
        };
        let positives = share(&positive, negative.len(), false);
        let negatives = share(&negative, positive.len(), true);
        Some(Self { auc: mean(&positives), positives, negatives })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance of the mean of `values`, with n − 1; 0 for fewer than two.
fn variance_of_mean(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let center = mean(values);
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    squares / (values.len() - 1) as f64 / values.len() as f64
}

/// Two AUCs: DeLong, DeLong and Clarke-Pearson 1988; `None` where an AUC is undefined. Equal predictions give p = 1.
///
/// # Panics
/// When the slices differ in length.
pub fn delong(first: &[f32], second: &[f32], labels: &[f32]) -> Option<Difference> {
    assert!(first.len() == labels.len() && second.len() == labels.len(), "predictions and labels differ in length");
    let (first, second) = (Components::new(first, labels)?, Components::new(second, labels)?);
    let minus = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>();
    let variance = variance_of_mean(&minus(&first.positives, &second.positives))
        + variance_of_mean(&minus(&first.negatives, &second.negatives));
    let (difference, standard_error) = (first.auc - second.auc, variance.sqrt());
    let p_value = two_sided(difference, standard_error, &standard_normal());
    Some(Difference { difference, standard_error, p_value })
}

/// AUC with its 95% interval (AUC, low, high) by DeLong's standard error, clipped to [0, 1].
pub fn auc_interval(logits: &[f32], labels: &[f32]) -> Option<(f64, f64, f64)> {
    let components = Components::new(logits, labels)?;
    let variance = variance_of_mean(&components.positives) + variance_of_mean(&components.negatives);
    let half = standard_normal().inverse_cdf(0.975) * variance.sqrt();
    Some((components.auc, (components.auc - half).max(0.0), (components.auc + half).min(1.0)))
}

/// p of `difference` / `standard_error` under a distribution that is symmetric about 0; without an error, 1 or 0.
fn two_sided(difference: f64, standard_error: f64, distribution: &impl ContinuousCDF<f64, f64>) -> f64 {
    match (standard_error > 0.0, difference == 0.0) {
        (true, _) => 2.0 * distribution.cdf(-(difference / standard_error).abs()),
        (false, true) => 1.0,
        (false, false) => 0.0,
    }
}

/// (σ(logit) − label)² of each row; `None` for fewer than two rows, or a NaN.
fn squared_errors(logits: &[f32], labels: &[f32]) -> Option<Vec<f64>> {
    if logits.len() < 2 || logits.iter().any(|logit| logit.is_nan()) {
        return None;
    }
    let error = |(&logit, &label): (&f32, &f32)| sigmoid(f64::from(logit)) - f64::from(label);
    Some(logits.iter().zip(labels).map(|row| error(row).powi(2)).collect())
}

/// Share of each row in a change of the RMSE, by the delta method: d√m = dm / (2√m) with m the mean squared error.
fn rmse_influences(squares: &[f64]) -> Vec<f64> {
    let rmse = mean(squares).sqrt();
    squares.iter().map(|square| if rmse > 0.0 { square / (2.0 * rmse) } else { 0.0 }).collect()
}

/// Two RMSEs. The p-value is that of the paired t-test on the squared errors of each row (n − 1 degrees of freedom), the
/// standard error that of the difference of the RMSEs by the delta method. `None` for fewer than two rows or a NaN. Equal
/// predictions give p = 1.
///
/// # Panics
/// When the slices differ in length.
pub fn squared_error_test(first: &[f32], second: &[f32], labels: &[f32]) -> Option<Difference> {
    assert!(first.len() == labels.len() && second.len() == labels.len(), "predictions and labels differ in length");
    let (first, second) = (squared_errors(first, labels)?, squared_errors(second, labels)?);
    let minus = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>();
    let differences = minus(&first, &second);
    let students_t = StudentsT::new(0.0, 1.0, (labels.len() - 1) as f64).expect("there are two rows or more");
    let p_value = two_sided(mean(&differences), variance_of_mean(&differences).sqrt(), &students_t);
    let standard_error = variance_of_mean(&minus(&rmse_influences(&first), &rmse_influences(&second))).sqrt();
    Some(Difference { difference: mean(&first).sqrt() - mean(&second).sqrt(), standard_error, p_value })
}

/// A metric of two predictors over the same n seeds, value by value: the paired t-test with n − 1 degrees of freedom. `None`
/// for fewer than two seeds, or a value that is not finite. Equal values give p = 1.
///
/// # Panics
/// When the slices differ in length.
pub fn paired_t(first: &[f64], second: &[f64]) -> Option<Difference> {
    assert_eq!(first.len(), second.len(), "the values of two predictors differ in number");
    let differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| first - second).collect();
    if differences.len() < 2 || differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    let (difference, standard_error) = (mean(&differences), variance_of_mean(&differences).sqrt());
    let students_t = StudentsT::new(0.0, 1.0, (differences.len() - 1) as f64).expect("there are two values or more");
    Some(Difference { difference, standard_error, p_value: two_sided(difference, standard_error, &students_t) })
}

/// RMSE with its 95% interval (RMSE, low, high), clipped to [0, 1]: the standard error of the mean squared error, taken to
/// its root by the delta method. `None` for fewer than two rows or a NaN.
///
/// # Panics
/// When the slices differ in length.
pub fn rmse_interval(logits: &[f32], labels: &[f32]) -> Option<(f64, f64, f64)> {
    assert_eq!(logits.len(), labels.len(), "logits and labels differ in length");
    let squares = squared_errors(logits, labels)?;
    let rmse = mean(&squares).sqrt();
    let half = standard_normal().inverse_cdf(0.975) * variance_of_mean(&rmse_influences(&squares)).sqrt();
    Some((rmse, (rmse - half).max(0.0), (rmse + half).min(1.0)))
}

fn standard_normal() -> Normal {
    Normal::new(0.0, 1.0).expect("the parameters are constants")
}

/// 95% interval (low, high) of the mean of independent values, by Student's t with n − 1 degrees of freedom; `None` for
/// fewer than two values or any that is not finite.
///
/// # Panics
/// Never: the degrees of freedom are positive.
pub fn mean_interval(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let freedom = (values.len() - 1) as f64;
    let student = StudentsT::new(0.0, 1.0, freedom).expect("the degrees of freedom are positive");
    let half = student.inverse_cdf(0.975) * variance_of_mean(values).sqrt();
    Some((mean(values) - half, mean(values) + half))
}

/// Holm's step-down adjustment; the order of the input is kept. A NaN stays NaN and counts as a comparison.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut highest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let value = p_values[index] * (p_values.len() - rank) as f64;
        highest = highest.max(value.min(1.0));
        adjusted[index] = if value.is_nan() { value } else { highest };
    }
    adjusted
}

/// Spearman's rank correlation, −1 to 1: Pearson's, of the ranks, where equal values share the mean of theirs. `None` for
/// fewer than two pairs, a NaN, or a side on which all values are equal.
///
/// # Panics
/// When the slices differ in length.
pub fn spearman(first: &[f64], second: &[f64]) -> Option<f64> {
    assert_eq!(first.len(), second.len(), "the values of two sides differ in number");
    if first.len() < 2 || first.iter().chain(second).any(|value| value.is_nan()) {
        return None;
    }
    let (first, second) = (centred_ranks(first), centred_ranks(second));
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let size = (product(&first, &first) * product(&second, &second)).sqrt();
    (size > 0.0).then(|| product(&first, &second) / size)
}

/// Ranks less their mean; those of equal values are one.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let above = values.iter().filter(|other| *other > value).count();
        (below as f64 - above as f64) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_by_hand() {
        let adjusted = holm(&[0.01, 0.04, 0.03]);
        assert!(adjusted.iter().zip([0.03, 0.06, 0.06]).all(|(ours, by_hand)| (ours - by_hand).abs() < 1e-12));
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn rank_correlations_by_hand() {
        assert_eq!(spearman(&[1.0, 20.0, 300.0], &[-3.0, 0.0, 0.1]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.0, 2.0, 1.0]), Some(-1.0));
        // 1 − 6·Σd²/(n(n² − 1)) with d = 0, 1, −1, 0.
        assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]).unwrap() - 0.8).abs() < 1e-12);
        // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / √(4.5·5).
        let tied = spearman(&[0.0, 7.0, 7.0, 9.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((tied - 4.5 / 22.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!((spearman(&[], &[]), spearman(&[1.0, f64::NAN], &[1.0, 2.0])), (None, None));
    }

    #[test]
    fn delong_of_equal_predictions_sees_no_difference() {
        let (logits, labels) = ([0.1, 0.4, 0.35, 0.8], [0.0, 0.0, 1.0, 1.0]);
        let test = delong(&logits, &logits, &labels).unwrap();
        assert_eq!((test.difference, test.p_value), (0.0, 1.0));
        assert!(delong(&logits, &logits, &[1.0; 4]).is_none());
    }

    #[test]
    fn interval_of_a_mean_by_hand() {
        // s = 1, t(0.975; 2) = 4.302652730; s = 0, and t(0.975; 1) = 12.706204736.
        let (low, high) = mean_interval(&[1.0, 2.0, 3.0]).unwrap();
        let half = 4.302_652_730 / 3.0_f64.sqrt();
        assert!((low - (2.0 - half)).abs() < 1e-7 && (high - (2.0 + half)).abs() < 1e-7);
        assert_eq!(mean_interval(&[0.5, 0.5]), Some((0.5, 0.5)));
        let (low, high) = mean_interval(&[0.0, 2.0]).unwrap();
        assert!((low - (1.0 - 12.706_204_736)).abs() < 1e-6 && (high - (1.0 + 12.706_204_736)).abs() < 1e-6);
        assert_eq!((mean_interval(&[1.0]), mean_interval(&[1.0, f64::NAN])), (None, None));
    }

    #[test]
    fn values_of_the_same_seeds_by_hand() {
        // Differences 1, 2, 3: mean 2, error 1/√3, t = 2√3 with 2 degrees of freedom, of which P(|T| > t) = 1 − t/√(2 + t²).
        let found = paired_t(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!(found.difference, 2.0);
        assert!((found.standard_error - 1.0 / 3.0_f64.sqrt()).abs() < 1e-12);
        assert!((found.p_value - (1.0 - (12.0_f64 / 14.0).sqrt())).abs() < 1e-9, "{}", found.p_value);
        assert_eq!(paired_t(&[0.5, 0.7], &[0.5, 0.7]).unwrap().p_value, 1.0);
        assert_eq!((paired_t(&[1.0], &[2.0]), paired_t(&[1.0, f64::NAN], &[1.0, 2.0])), (None, None));
    }

    #[test]
    fn squared_errors_by_hand() {
        let certain = f32::INFINITY;
        // Errors of the first: 1, 0, 1, 0; of the second: ½ throughout. Differences of squares: ¾, −¼, ¾, −¼: mean ¼,
        // standard deviation 1/√3, t = ¼·√3·√4 = √3/2 with 3 degrees of freedom.
        let (first, second, labels) = ([certain, -certain, certain, certain], [0.0; 4], [0.0, 0.0, 0.0, 1.0]);
        let test = squared_error_test(&first, &second, &labels).unwrap();
        assert!((test.difference - (0.5_f64.sqrt() - 0.5)).abs() < 1e-12);
        // P(|T| > t) = 1 − 2(θ + sin θ cos θ)/π with tan θ = t/√3 = ½.
        let by_hand = 1.0 - 2.0 * (0.5_f64.atan() + 0.4) / std::f64::consts::PI;
        assert!((test.p_value - by_hand).abs() < 1e-12, "{}", test.p_value);
        let (rmse, low, high) = rmse_interval(&second, &labels).unwrap();
        assert_eq!((rmse, low, high), (0.5, 0.5, 0.5), "every row has the same error");
    }

    #[test]
    fn squared_errors_need_two_rows_and_numbers() {
        let perfect = [f32::INFINITY; 3];
        let same = squared_error_test(&perfect, &perfect, &[1.0; 3]).unwrap();
        assert_eq!((same.difference, same.standard_error, same.p_value), (0.0, 0.0, 1.0));
        assert_eq!(rmse_interval(&perfect, &[1.0; 3]), Some((0.0, 0.0, 0.0)));
        assert_eq!(squared_error_test(&[0.0], &[1.0], &[1.0]), None);
        assert_eq!(rmse_interval(&[f32::NAN, 0.0], &[1.0, 0.0]), None);
    }

    #[test]
    fn interval_by_hand() {
        // Positives beat 1 and 2 of 2 negatives: components ½, 1; negatives are beaten by 2 and 1 of 2: 1, ½.
        // Each variance of the mean is 0.125 / 2; the sum is 0.125.
        let (auc, low, high) = auc_interval(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0]).unwrap();
        assert_eq!((auc, high), (0.75, 1.0));
        assert!((low - (0.75 - 1.959_963_985 * 0.125_f64.sqrt())).abs() < 1e-8);
    }
}
