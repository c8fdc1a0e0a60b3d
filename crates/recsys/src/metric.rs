//! Metrics of predictions against labels.

use autolossgen_settings::choice;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better.
    Maximize,
    /// Lower is better.
    Minimize,
}

choice! {
    /// A metric. To those of classes a label above ½ is positive; ŷ = σ(logit).
    pub enum Metric {
        /// Area under the ROC curve, ties by mid-rank
        Auc = "auc",
        /// Mean binary cross-entropy
        LogLoss = "log_loss",
        /// Root mean squared error of ŷ
        Rmse = "rmse",
        /// Mean absolute error of ŷ
        Mae = "mae",
        /// F1 of ŷ ≥ threshold; 0 where nothing is predicted positive
        F1 = "f1",
        /// Accuracy of ŷ ≥ threshold
        Accuracy = "accuracy",
    }
}

impl Metric {
    /// Name as a heading calls it: AUC, log loss, RMSE, MAE, F1, accuracy.
    pub fn title(self) -> &'static str {
        match self {
            Metric::Auc => "AUC",
            Metric::LogLoss => "log loss",
            Metric::Rmse => "RMSE",
            Metric::Mae => "MAE",
            Metric::F1 => "F1",
            Metric::Accuracy => "accuracy",
        }
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Metric::Auc | Metric::F1 | Metric::Accuracy => Direction::Maximize,
            Metric::LogLoss | Metric::Rmse | Metric::Mae => Direction::Minimize,
        }
    }

    /// Whether it is of classes, and so means nothing for labels between 0 and 1: AUC, F1, accuracy.
    pub fn needs_classes(self) -> bool {
        matches!(self, Metric::Auc | Metric::F1 | Metric::Accuracy)
    }

    /// The value with its sign turned so that higher is better.
    pub fn gain(self, value: f64) -> f64 {
        match self.direction() {
            Direction::Maximize => value,
            Direction::Minimize => -value,
        }
    }

    /// Value on logits and labels, shapes (n,); `threshold` (on ŷ) matters to F1 and accuracy only. `None` where it is
    /// undefined: empty input, one class for AUC, a NaN among the logits. ±∞ is a certain prediction: ŷ is 1 or 0.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn evaluate(self, logits: &[f32], labels: &[f32], threshold: f32) -> Option<f64> {
        assert_eq!(logits.len(), labels.len(), "logits and labels differ in length");
        if logits.is_empty() || logits.iter().any(|logit| logit.is_nan()) {
            return None;
        }
        let mean = |term: fn(f64, f64) -> f64| {
            let terms = logits.iter().zip(labels).map(|(&logit, &label)| term(f64::from(logit), f64::from(label)));
            terms.sum::<f64>() / logits.len() as f64
        };
        match self {
            Metric::Auc => auc(logits, labels),
            Metric::LogLoss => Some(mean(cross_entropy)),
            Metric::Rmse => Some(mean(|h, y| (sigmoid(h) - y).powi(2)).sqrt()),
            Metric::Mae => Some(mean(|h, y| (sigmoid(h) - y).abs())),
            Metric::F1 => Some(Confusion::new(logits, labels, threshold).f1()),
            Metric::Accuracy => Some(Confusion::new(logits, labels, threshold).accuracy()),
        }
    }
}

pub(crate) fn sigmoid(h: f64) -> f64 {
    1.0 / (1.0 + (-h).exp())
}

/// y·log(1 + e⁻ʰ) + (1 − y)·log(1 + eʰ), without overflow; a side without weight counts nothing even where it is ∞.
fn cross_entropy(h: f64, y: f64) -> f64 {
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let weighted = |weight: f64, x: f64| if weight == 0.0 { 0.0 } else { weight * softplus(x) };
    weighted(y, -h) + weighted(1.0 - y, h)
}

/// Mid-ranks of `values`, counted from 1: equal values share the mean of their ranks.
pub(crate) fn mid_ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        let ties = order[start..].iter().take_while(|&&index| values[index as usize] == value).count();
        for &index in &order[start..start + ties] {
            ranks[index as usize] = start as f64 + (ties + 1) as f64 / 2.0;
        }
        start += ties;
    }
    ranks
}

/// Mann-Whitney: (Σ ranks of positives − P(P + 1)/2) / (P·N). −0 and 0 are one value.
fn auc(logits: &[f32], labels: &[f32]) -> Option<f64> {
    // One key an element: the logit in an order of integers above, the label below; sorting it is one pass of integers.
    let key = |logit: f32| {
        let bits = (logit + 0.0).to_bits();
        if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
    };
    let mut keys: Vec<u64> = logits
        .iter()
        .zip(labels)
        .map(|(&logit, &label)| (u64::from(key(logit)) << 1) | u64::from(label > 0.5))
        .collect();
    keys.sort_unstable();
    let n_positive = keys.iter().filter(|&&key| key & 1 == 1).count();
    let n_negative = keys.len() - n_positive;
    if n_positive == 0 || n_negative == 0 {
        return None;
    }
    // Pairs won, counted in halves, so that the count is exact.
    let (mut halves, mut below, mut start) = (0_u64, 0_u64, 0);
    while start < keys.len() {
        let value = keys[start] >> 1;
        let tied = keys[start..].iter().take_while(|&&key| key >> 1 == value);
        let (n, positive) = tied.fold((0_u64, 0_u64), |(n, positive), key| (n + 1, positive + (key & 1)));
        halves += positive * (2 * below + (n - positive));
        below += n - positive;
        start += n as usize;
    }
    Some(halves as f64 / (2.0 * n_positive as f64 * n_negative as f64))
}

/// Counts of ŷ ≥ threshold against the labels.
struct Confusion {
    true_positive: f64,
    false_positive: f64,
    false_negative: f64,
    n: f64,
}

impl Confusion {
    fn new(logits: &[f32], labels: &[f32], threshold: f32) -> Self {
        let mut counts =
            Confusion { true_positive: 0.0, false_positive: 0.0, false_negative: 0.0, n: logits.len() as f64 };
        for (&logit, &label) in logits.iter().zip(labels) {
            match (sigmoid(f64::from(logit)) >= f64::from(threshold), label > 0.5) {
                (true, true) => counts.true_positive += 1.0,
                (true, false) => counts.false_positive += 1.0,
                (false, true) => counts.false_negative += 1.0,
                (false, false) => {}
            }
        }
        counts
    }

    fn f1(&self) -> f64 {
        let weight = 2.0 * self.true_positive + self.false_positive + self.false_negative;
        if self.true_positive == 0.0 { 0.0 } else { 2.0 * self.true_positive / weight }
    }

    fn accuracy(&self) -> f64 {
        (self.n - self.false_positive - self.false_negative) / self.n
    }
}

/// Threshold on ŷ with the best value of `metric` (F1 or accuracy) on these rows, in O(n log n); ½ for empty input, a NaN,
/// and metrics without a threshold. It lies half-way between two neighbouring predictions, of those that single precision
/// can tell apart; above 1 where nothing should be predicted positive and some ŷ rounds to 1.
pub fn best_threshold(metric: Metric, logits: &[f32], labels: &[f32]) -> f32 {
    if logits.is_empty()
        || logits.iter().any(|logit| logit.is_nan())
        || !matches!(metric, Metric::F1 | Metric::Accuracy)
    {
        return 0.5;
    }
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_unstable_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let n_positive = labels.iter().filter(|&&label| label > 0.5).count() as f64;
    // Nothing predicted positive to begin with; then the highest logits first.
    let mut counts =
        Confusion { true_positive: 0.0, false_positive: 0.0, false_negative: n_positive, n: logits.len() as f64 };
    let value = |counts: &Confusion| if metric == Metric::F1 { counts.f1() } else { counts.accuracy() };
    let predictions: Vec<f64> = order.iter().map(|&row| sigmoid(f64::from(logits[row]))).collect();
    let mut best = (value(&counts), cut_between(predictions[0], 1.0).unwrap_or(1.0_f32.next_up()));
    for (rank, &row) in order.iter().enumerate() {
        if labels[row] > 0.5 {
            counts.true_positive += 1.0;
            counts.false_negative -= 1.0;
        } else {
            counts.false_positive += 1.0;
        }
        let cut = match predictions.get(rank + 1) {
            Some(&next) => cut_between(next, predictions[rank]),
            None => Some((predictions[rank] / 2.0) as f32),
        };
        if let Some(cut) = cut.filter(|_| value(&counts) > best.0) {
            best = (value(&counts), cut);
        }
    }
    best.1
}

/// A threshold that `high` reaches and `low` does not, half-way if there is one: in single precision they may be one
/// number.
fn cut_between(low: f64, high: f64) -> Option<f32> {
    let cuts = [(low + high) / 2.0, high].map(|cut| cut as f32);
    cuts.into_iter().find(|&cut| low < f64::from(cut) && f64::from(cut) <= high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_by_hand_with_ties() {
        // Pairs (positive, negative): 2 > 1, 2 > 0, 1 = 1, 1 > 0: 3½ of 4.
        assert_eq!(Metric::Auc.evaluate(&[2.0, 1.0, 1.0, 0.0], &[1.0, 1.0, 0.0, 0.0], 0.5), Some(0.875));
        assert_eq!(Metric::Auc.evaluate(&[-0.0, 0.0], &[1.0, 0.0], 0.5), Some(0.5));
        assert_eq!(Metric::Auc.evaluate(&[1.0, 2.0], &[1.0, 1.0], 0.5), None);
        assert_eq!(Metric::Auc.evaluate(&[f32::NAN, 2.0], &[1.0, 0.0], 0.5), None);
        assert_eq!(Metric::Auc.evaluate(&[], &[], 0.5), None);
    }

    #[test]
    fn thresholds_find_the_best_cut() {
        let (logits, labels) = ([3.0, 2.0, 1.0, -1.0], [1.0, 1.0, 0.0, 0.0]);
        let threshold = best_threshold(Metric::F1, &logits, &labels);
        assert_eq!(Metric::F1.evaluate(&logits, &labels, threshold), Some(1.0));
        assert_eq!(Metric::Accuracy.evaluate(&logits, &labels, threshold), Some(1.0));
        assert_eq!(Metric::Accuracy.evaluate(&logits, &labels, 0.5), Some(0.75));
    }

    #[test]
    fn errors_by_hand() {
        assert_eq!(Metric::Rmse.evaluate(&[0.0, 0.0], &[1.0, 0.0], 0.5), Some(0.5));
        assert_eq!(Metric::Mae.evaluate(&[0.0, 0.0], &[1.0, 0.0], 0.5), Some(0.5));
        let log_loss = Metric::LogLoss.evaluate(&[0.0, 1000.0], &[1.0, 1.0], 0.5).unwrap();
        assert!((log_loss - 2.0_f64.ln() / 2.0).abs() < 1e-12);
    }
}
