//! Tests and intervals.
//!
//! A standard error that is estimated as 0, because all values are equal, or that cannot be estimated, because a class has one
//! row, says nothing of certainty. Intervals and tests over rows then go by Hoeffding's inequality (JASA 58, 1963), which needs
//! no variance; paired t-tests by the test of random signs (Fisher 1935).

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

    /// Pairs of a positive and a negative of which no two have a row in common, at the most.
    fn n_disjoint_pairs(&self) -> usize {
        self.positives.len().min(self.negatives.len())
    }
}

/// What rounding leaves of a standard error of 0, as a share of the values.
const ROUNDING: f64 = 1e-12;

/// Half of a 95% interval of the mean of `n` independent values in [0, 1], whatever their variance: √(ln(2/0.05) / 2n)
/// (Hoeffding 1963, Theorem 2). Of an AUC, `n` is the number of rows of the smaller class (section 5).
fn hoeffding_half(n: usize) -> f64 {
    ((2.0_f64 / 0.05).ln() / (2 * n) as f64).sqrt()
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
/// With one row of a class, or AUCs that differ without a variance, as 1 and 0 do, the p-value is Hoeffding's bound
/// 2·exp(−k·difference²/2), k the number of rows of the smaller class, and the standard error its bound 1/√k.
///
/// # Panics
/// When the slices differ in length.
pub fn delong(first: &[f32], second: &[f32], labels: &[f32]) -> Option<Difference> {
    assert!(first.len() == labels.len() && second.len() == labels.len(), "predictions and labels differ in length");
    let (first, second) = (Components::new(first, labels)?, Components::new(second, labels)?);
    let minus = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>();
    let variance = variance_of_mean(&minus(&first.positives, &second.positives))
        + variance_of_mean(&minus(&first.negatives, &second.negatives));
    let (difference, standard_error, n_pairs) = (first.auc - second.auc, variance.sqrt(), first.n_disjoint_pairs());
    if n_pairs < 2 || (difference != 0.0 && standard_error <= ROUNDING) {
        let k = n_pairs as f64;
        let p_value = (2.0 * (-k * difference * difference / 2.0).exp()).min(1.0);
        return Some(Difference { difference, standard_error: k.sqrt().recip(), p_value });
    }
    let deviations = if difference == 0.0 { 0.0 } else { (difference / standard_error).abs() };
    Some(Difference { difference, standard_error, p_value: 2.0 * standard_normal().cdf(-deviations) })
}

/// AUC with its 95% interval (AUC, low, high) by DeLong's standard error, clipped to [0, 1]. With one row of a class, or without
/// a variance, as where all pairs are in order, it is Hoeffding's: the AUC ± √(ln 40 / 2k), k the number of rows of the smaller
/// class; of all values in [0, 1] with fewer than two.
pub fn auc_interval(logits: &[f32], labels: &[f32]) -> Option<(f64, f64, f64)> {
    let components = Components::new(logits, labels)?;
    let variance = variance_of_mean(&components.positives) + variance_of_mean(&components.negatives);
    let (standard_error, n_pairs) = (variance.sqrt(), components.n_disjoint_pairs());
    let is_estimated = n_pairs >= 2 && standard_error > ROUNDING;
    let half = if is_estimated { half_interval(standard_error) } else { hoeffding_half(n_pairs) };
    Some((components.auc, (components.auc - half).max(0.0), (components.auc + half).min(1.0)))
}

/// Standard error of an AUC, from the AUC and the numbers of rows of both classes alone (Hanley and McNeil 1982, with negative
/// exponential scores). `None` for a class without a row.
///
/// ```
/// // 100 positive and 100 negative rows, the middle of the table of Hanley and McNeil.
/// let error = autolossgen_recsys::statistics::auc_standard_error(0.8, 100, 100).unwrap();
/// assert!((error - 0.0312).abs() < 5e-4);
/// ```
pub fn auc_standard_error(auc: f64, n_positive: usize, n_negative: usize) -> Option<f64> {
    let (positive, negative) = (n_positive as f64, n_negative as f64);
    let two_positives = auc / (2.0 - auc);
    let two_negatives = 2.0 * auc * auc / (1.0 + auc);
    let square = auc * auc;
    let variance =
        auc * (1.0 - auc) + (positive - 1.0) * (two_positives - square) + (negative - 1.0) * (two_negatives - square);
    (n_positive > 0 && n_negative > 0).then(|| (variance / (positive * negative)).sqrt())
}

/// Half the 95% interval of what has this standard error and is normal: z(0.975) standard errors.
pub fn half_interval(standard_error: f64) -> f64 {
    standard_normal().inverse_cdf(0.975) * standard_error
}

/// The smallest difference of this standard error that a two-sided test at 5% finds four times out of five:
/// (z(0.975) + z(0.8)) standard errors.
pub fn detectable(standard_error: f64) -> f64 {
    half_interval(standard_error) + standard_normal().inverse_cdf(0.8) * standard_error
}

/// p of the paired t-test: the mean of n `differences` over its `standard_error`, with n − 1 degrees of freedom. Where all
/// differences are one, p is the share of the 2ⁿ choices of their signs whose mean is as far from 0: 2/2ⁿ, or 1 where they
/// are 0.
fn paired_p(differences: &[f64], standard_error: f64) -> f64 {
    let (mean, n) = (mean(differences), differences.len());
    if standard_error > ROUNDING * mean.abs() {
        let students_t = StudentsT::new(0.0, 1.0, (n - 1) as f64).expect("there are two values or more");
        2.0 * students_t.cdf(-(mean / standard_error).abs())
    } else if mean == 0.0 {
        1.0
    } else {
        2.0 * 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))
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
/// predictions give p = 1, differences that are all one 2/2ⁿ.
///
/// # Panics
/// When the slices differ in length.
pub fn squared_error_test(first: &[f32], second: &[f32], labels: &[f32]) -> Option<Difference> {
    assert!(first.len() == labels.len() && second.len() == labels.len(), "predictions and labels differ in length");
    let (first, second) = (squared_errors(first, labels)?, squared_errors(second, labels)?);
    let minus = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>();
    let differences = minus(&first, &second);
    let p_value = paired_p(&differences, variance_of_mean(&differences).sqrt());
    let standard_error = variance_of_mean(&minus(&rmse_influences(&first), &rmse_influences(&second))).sqrt();
    Some(Difference { difference: mean(&first).sqrt() - mean(&second).sqrt(), standard_error, p_value })
}

/// A metric of two predictors over the same n seeds, value by value: the paired t-test with n − 1 degrees of freedom. `None`
/// for fewer than two seeds, or a value that is not finite. Equal values give p = 1, differences that are all one 2/2ⁿ.
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
    Some(Difference { difference, standard_error, p_value: paired_p(&differences, standard_error) })
}

/// The mean of differences over users and seeds, both drawn from more: shape (n_seeds, n_users), one slice a seed. The variance of the
/// mean is that of crossed random effects, (MS_users + MS_seeds − MS_rest) / (U·S), each mean square of a two-way table without
/// replicates (Scheffé 1959, §5); the degrees of freedom are Satterthwaite's. Where the sum is below the variance over the users
/// alone, that of the users stands, with U − 1 degrees of freedom; so it does for one seed. `None` for fewer than two users, or a
/// difference that is not finite. Differences that are all 0 give p = 1.
///
/// # Panics
/// When there is no seed, or seeds differ in their users.
pub fn crossed_t(differences: &[Vec<f64>]) -> Option<Difference> {
    let (n_seeds, n_users) = (differences.len(), differences[0].len());
    assert!(differences.iter().all(|of_seed| of_seed.len() == n_users), "seeds differ in their users");
    if n_users < 2 || differences.iter().flatten().any(|difference| !difference.is_finite()) {
        return None;
    }
    let (seeds, users) = (n_seeds as f64, n_users as f64);
    let of_user = |user: usize| differences.iter().map(|of_seed| of_seed[user]).sum::<f64>() / seeds;
    let by_user: Vec<f64> = (0..n_users).map(of_user).collect();
    let by_seed: Vec<f64> = differences.iter().map(|of_seed| mean(of_seed)).collect();
    let center = mean(&by_user);
    let square = |value: f64| value * value;
    let of_users = variance_of_mean(&by_user);
    let (variance, freedom) = if n_seeds < 2 {
        (of_users, users - 1.0)
    } else {
        let of_seeds = by_seed.iter().map(|value| square(value - center)).sum::<f64>() / (seeds - 1.0) / seeds;
        let rest = |(of_seed, own): (&Vec<f64>, &f64)| -> f64 {
            of_seed.iter().zip(&by_user).map(|(value, user)| square(value - own - user + center)).sum()
        };
        let of_rest =
            differences.iter().zip(&by_seed).map(rest).sum::<f64>() / ((users - 1.0) * (seeds - 1.0) * users * seeds);
        let sum = of_users + of_seeds - of_rest;
        if sum <= of_users {
            (of_users, users - 1.0)
        } else {
            let spread = square(of_users) / (users - 1.0)
                + square(of_seeds) / (seeds - 1.0)
                + square(of_rest) / ((users - 1.0) * (seeds - 1.0));
            (sum, square(sum) / spread)
        }
    };
    let standard_error = variance.sqrt();
    if standard_error <= ROUNDING * center.abs() || standard_error == 0.0 {
        return Some(Difference { difference: center, standard_error, p_value: if center == 0.0 { 1.0 } else { 0.0 } });
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let p_value = (2.0 * student.cdf(-(center / standard_error).abs())).min(1.0);
    Some(Difference { difference: center, standard_error, p_value })
}

/// RMSE with its 95% interval (RMSE, low, high), clipped to [0, 1]: the standard error of the mean squared error, taken to
/// its root by the delta method; where all errors are one, Hoeffding's interval of the mean squared error,
/// ± √(ln 40 / 2n), and its roots. `None` for fewer than two rows or a NaN.
///
/// # Panics
/// When the slices differ in length.
pub fn rmse_interval(logits: &[f32], labels: &[f32]) -> Option<(f64, f64, f64)> {
    assert_eq!(logits.len(), labels.len(), "logits and labels differ in length");
    let squares = squared_errors(logits, labels)?;
    let (square, standard_error) = (mean(&squares), variance_of_mean(&rmse_influences(&squares)).sqrt());
    let rmse = square.sqrt();
    if standard_error <= ROUNDING {
        let half = hoeffding_half(squares.len());
        return Some((rmse, (square - half).max(0.0).sqrt(), (square + half).min(1.0).sqrt()));
    }
    let half = standard_normal().inverse_cdf(0.975) * standard_error;
    Some((rmse, (rmse - half).max(0.0), (rmse + half).min(1.0)))
}

fn standard_normal() -> Normal {
    Normal::new(0.0, 1.0).expect("the parameters are constants")
}

/// 95% interval (low, high) of the mean of independent values, by Student's t with n − 1 degrees of freedom; `None` for
/// fewer than two values, for equal ones, which do not tell their spread, or any that is not finite.
///
/// # Panics
/// Never: the degrees of freedom are positive.
pub fn mean_interval(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let (center, standard_error) = (mean(values), variance_of_mean(values).sqrt());
    if standard_error <= ROUNDING * center.abs() {
        return None;
    }
    let freedom = (values.len() - 1) as f64;
    let student = StudentsT::new(0.0, 1.0, freedom).expect("the degrees of freedom are positive");
    let half = student.inverse_cdf(0.975) * standard_error;
    Some((center - half, center + half))
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
    fn one_seed_is_a_paired_test_and_several_add_their_variance() {
        let (first, second) = ([0.1, 0.5, 0.4, 0.9], [0.2, 0.3, 0.1, 0.6]);
        let paired = paired_t(&first, &second).unwrap();
        let differences: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a - b).collect();
        let one = crossed_t(std::slice::from_ref(&differences)).unwrap();
        assert!((one.p_value - paired.p_value).abs() < 1e-12 && one.standard_error == paired.standard_error);
        // By hand: users 1 and 3, seeds 0 and 4; every interaction is 0.
        let found = crossed_t(&[vec![-1.0, 1.0], vec![3.0, 5.0]]).unwrap();
        assert!((found.difference - 2.0).abs() < 1e-12);
        // Variances of the mean over users, 1, and over seeds, 4.
        assert!((found.standard_error - 5.0_f64.sqrt()).abs() < 1e-12, "{found:?}");
        assert_eq!(crossed_t(&[vec![0.0; 3], vec![0.0; 3]]).unwrap().p_value, 1.0);
        assert!(crossed_t(&[vec![0.1]]).is_none() && crossed_t(&[vec![0.1, f64::NAN]]).is_none());
    }

    /// Differences of which users, seeds and what is left have the variances of a typical comparison; no difference is there.
    #[test]
    fn false_finds_over_users_and_seeds_are_as_many_as_the_level() {
        use crate::random::{normal, stream};
        let is_found = |trial: u64| {
            let rng = &mut stream(trial, "crossed", 0);
            let users: Vec<f64> = (0..200).map(|_| 0.1 * normal(rng)).collect();
            let of_seed = |_| -> Vec<f64> {
                let seed = 0.008 * normal(rng);
                users.iter().map(|user| user + seed + 0.1 * normal(rng)).collect()
            };
            let differences: Vec<Vec<f64>> = (0..3).map(of_seed).collect();
            crossed_t(&differences).unwrap().p_value < 0.05
        };
        let found = (0..1000).filter(|&trial| is_found(trial)).count();
        // 50 of 1,000, with a deviation of 7.
        assert!((20..=75).contains(&found), "{found} of 1,000");
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
        assert_eq!(mean_interval(&[0.5, 0.5]), None, "two equal values do not tell their spread");
        assert_eq!(mean_interval(&[0.1; 7]), None, "rounding is no spread");
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
        // Of the 2³ choices of signs of one difference two are as far from 0.
        assert_eq!(paired_t(&[1.0; 3], &[0.0; 3]).unwrap().p_value, 0.25);
        let thirds = paired_t(&[2.0 / 3.0, 1.0], &[1.0 / 3.0, 2.0 / 3.0]).unwrap();
        assert_eq!(thirds.p_value, 0.5, "rounding is no spread");
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
        assert_eq!((rmse, low), (0.5, 0.0), "every row has the same error: 1/4 ± √(ln 40 / 8)");
        assert!((high - (0.25 + 0.461_109_931_f64.sqrt()).sqrt()).abs() < 1e-8, "{high}");
    }

    #[test]
    fn squared_errors_need_two_rows_and_numbers() {
        let perfect = [f32::INFINITY; 3];
        let same = squared_error_test(&perfect, &perfect, &[1.0; 3]).unwrap();
        assert_eq!((same.difference, same.standard_error, same.p_value), (0.0, 0.0, 1.0));
        let (rmse, low, high) = rmse_interval(&perfect, &[1.0; 3]).unwrap();
        assert_eq!((rmse, low), (0.0, 0.0));
        assert!((high - 0.614_813_243_f64.sqrt().sqrt()).abs() < 1e-8, "0 ± √(ln 40 / 6): {high}");
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

    /// Logits and labels of 2n rows, half of them positive, all pairs in order.
    fn in_order(n: usize) -> (Vec<f32>, Vec<f32>) {
        (0..2 * n).map(|row| (row as f32, f32::from(u8::from(row >= n)))).unzip()
    }

    #[test]
    fn few_rows_leave_the_auc_open() {
        // Two rows and one: any AUC could be behind them, whichever pairs are in order.
        for logits in [[0.0, 1.0, 2.0], [0.0, 2.0, 1.0], [2.0, 1.0, 0.0]] {
            let (_, low, high) = auc_interval(&logits, &[0.0, 0.0, 1.0]).unwrap();
            assert_eq!((low, high), (0.0, 1.0), "{logits:?}");
        }
        // All pairs of 18 rows of each class in order: 1 − √(ln 40 / 36). One pair that is not: DeLong's.
        let (mut logits, labels) = in_order(18);
        let (auc, low, high) = auc_interval(&logits, &labels).unwrap();
        assert_eq!((auc, high), (1.0, 1.0));
        assert!((low - (1.0 - (40.0_f64.ln() / 36.0).sqrt())).abs() < 1e-12, "{low}");
        logits.swap(17, 18);
        let (_, other, _) = auc_interval(&logits, &labels).unwrap();
        assert!(other > 0.98, "{other}");
    }

    #[test]
    fn few_rows_cannot_tell_two_aucs_apart() {
        let p_value = |n: usize| {
            let (logits, labels) = in_order(n);
            let turned: Vec<f32> = logits.iter().map(|logit| -logit).collect();
            let found = delong(&logits, &turned, &labels).unwrap();
            assert_eq!((found.difference, found.standard_error), (1.0, 1.0 / (n as f64).sqrt()));
            found.p_value
        };
        assert_eq!((p_value(1), p_value(2)), (1.0, 2.0 * (-1.0_f64).exp()));
        assert!((p_value(20) - 2.0 * (-10.0_f64).exp()).abs() < 1e-15);
        // One positive row of five: DeLong's variance knows nothing of it.
        let found = delong(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 2.0, 4.0, 3.0], &[0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        assert_eq!((found.difference, found.p_value), (0.25, 1.0));
    }
}
