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
    /// A metric. To those of classes a label above ½ is positive; ŷ = σ(logit). A row is predicted positive where its logit is
    /// at least a threshold; the threshold 0 is ŷ = ½.
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

    /// Value on logits and labels, shapes (n,); `threshold`, on the logit, matters to F1 and accuracy only. `None` where it is
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

/// Rows in the order of their logits, lowest first, one key a row: the logit in an order of integers above, the label below;
/// sorting the keys is one pass of integers. −0 and 0 are one logit.
struct Sorted(Vec<u64>);

/// Rows of one logit.
#[derive(Clone, Copy)]
struct Tie {
    logit: f32,
    n: u64,
    n_positive: u64,
}

impl Sorted {
    fn new(logits: &[f32], labels: &[f32]) -> Self {
        let key = |logit: f32| {
            let bits = (logit + 0.0).to_bits();
            if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
        };
        let row = |(&logit, &label): (&f32, &f32)| (u64::from(key(logit)) << 1) | u64::from(label > 0.5);
        let mut keys: Vec<u64> = logits.iter().zip(labels).map(row).collect();
        keys.sort_unstable();
        Self(keys)
    }

    fn n_positive(&self) -> u64 {
        self.0.iter().map(|key| key & 1).sum()
    }

    /// The logits that occur, lowest first.
    fn ties(&self) -> impl Iterator<Item = Tie> {
        self.0.chunk_by(|a, b| a >> 1 == b >> 1).map(|tied| {
            let key = (tied[0] >> 1) as u32;
            let bits = if key >> 31 == 1 { key & 0x7fff_ffff } else { !key };
            let n_positive = tied.iter().map(|key| key & 1).sum();
            Tie { logit: f32::from_bits(bits), n: tied.len() as u64, n_positive }
        })
    }
}

/// Mann-Whitney: (Σ ranks of positives − P(P + 1)/2) / (P·N).
fn auc(logits: &[f32], labels: &[f32]) -> Option<f64> {
    let rows = Sorted::new(logits, labels);
    let n_positive = rows.n_positive();
    let n_negative = logits.len() as u64 - n_positive;
    if n_positive == 0 || n_negative == 0 {
        return None;
    }
    // Pairs won, counted in halves, so that the count is exact.
    let (mut halves, mut below) = (0_u64, 0_u64);
    for Tie { n, n_positive, .. } in rows.ties() {
        halves += n_positive * (2 * below + (n - n_positive));
        below += n - n_positive;
    }
    Some(halves as f64 / (2.0 * n_positive as f64 * n_negative as f64))
}

/// Rows by what is predicted and what is true.
#[derive(Clone, Copy)]
struct Confusion {
    true_positive: u64,
    false_positive: u64,
    false_negative: u64,
    n: u64,
}

impl Confusion {
    /// Of the rows, where those whose logit is at least `threshold` are predicted positive.
    fn new(logits: &[f32], labels: &[f32], threshold: f32) -> Self {
        let mut counts = Self { true_positive: 0, false_positive: 0, false_negative: 0, n: logits.len() as u64 };
        for (&logit, &label) in logits.iter().zip(labels) {
            match (logit >= threshold, label > 0.5) {
                (true, true) => counts.true_positive += 1,
                (true, false) => counts.false_positive += 1,
                (false, true) => counts.false_negative += 1,
                (false, false) => {}
            }
        }
        counts
    }

    fn f1(&self) -> f64 {
        let weight = 2 * self.true_positive + self.false_positive + self.false_negative;
        if self.true_positive == 0 { 0.0 } else { 2.0 * self.true_positive as f64 / weight as f64 }
    }

    fn accuracy(&self) -> f64 {
        (self.n - self.false_positive - self.false_negative) as f64 / self.n as f64
    }
}

/// Threshold on the logit with the best value of `metric` (F1 or accuracy) on these rows, in O(n log n); of equals the one
/// that predicts fewer rows positive. 0 for empty input, a NaN, and metrics without a threshold.
///
/// The threshold lies half-way between two neighbouring logits, or is the higher of the two where no number lies between
/// them, so that every division of the rows by their logits has one. It is ∞ where nothing should be predicted positive, and
/// −∞ where everything should; a logit of ∞ is positive at every threshold.
pub fn best_threshold(metric: Metric, logits: &[f32], labels: &[f32]) -> f32 {
    let value = match metric {
        Metric::F1 => Confusion::f1,
        Metric::Accuracy => Confusion::accuracy,
        Metric::Auc | Metric::LogLoss | Metric::Rmse | Metric::Mae => return 0.0,
    };
    if logits.is_empty() || logits.iter().any(|logit| logit.is_nan()) {
        return 0.0;
    }
    let rows = Sorted::new(logits, labels);
    // Everything predicted positive to begin with; then the lowest logits no more.
    let (n, n_positive) = (logits.len() as u64, rows.n_positive());
    let mut counts = Confusion { true_positive: n_positive, false_positive: n - n_positive, false_negative: 0, n };
    let mut best = (value(&counts), f32::NEG_INFINITY);
    let mut ties = rows.ties().peekable();
    while let Some(Tie { logit, n, n_positive }) = ties.next() {
        counts.true_positive -= n_positive;
        counts.false_negative += n_positive;
        counts.false_positive -= n - n_positive;
        let threshold = between(logit, ties.peek().map_or(f32::INFINITY, |next| next.logit));
        // An infinite logit is not below any threshold.
        if value(&counts) >= best.0 && logit < threshold {
            best = (value(&counts), threshold);
        }
    }
    best.1
}

/// Half-way from `low` to `high`, or `high` where that is not above `low`.
fn between(low: f32, high: f32) -> f32 {
    let middle = low.midpoint(high);
    if low < middle { middle } else { high }
}

/// The threshold at which F1 and accuracy are taken, of those that rows can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdRule {
    /// Each metric at the threshold that is best for it.
    Own,
    /// Both at the threshold with the best F1, as in the authors' code.
    BestF1,
}

impl ThresholdRule {
    /// The threshold on the logit that these rows choose for `metric`; 0 where it needs none.
    pub fn threshold(self, metric: Metric, logits: &[f32], labels: &[f32]) -> f32 {
        match (self, metric) {
            (Self::BestF1, Metric::Accuracy) => best_threshold(Metric::F1, logits, labels),
            _ => best_threshold(metric, logits, labels),
        }
    }
}

/// The metric by which rows choose among recommenders, at a threshold that they choose too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectionMetric {
    /// The metric
    pub metric: Metric,
    /// The threshold of F1 and accuracy
    pub threshold: ThresholdRule,
}

impl SelectionMetric {
    /// Value on logits and labels, shapes (n,), at the threshold that they choose themselves; `None` as of
    /// [`Metric::evaluate`].
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn evaluate(&self, logits: &[f32], labels: &[f32]) -> Option<f64> {
        self.metric.evaluate(logits, labels, self.threshold.threshold(self.metric, logits, labels))
    }

    /// The value with its sign turned so that higher is better.
    pub fn gain(&self, value: f64) -> f64 {
        self.metric.gain(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_by_hand_with_ties() {
        // Pairs (positive, negative): 2 > 1, 2 > 0, 1 = 1, 1 > 0: 3½ of 4.
        assert_eq!(Metric::Auc.evaluate(&[2.0, 1.0, 1.0, 0.0], &[1.0, 1.0, 0.0, 0.0], 0.0), Some(0.875));
        assert_eq!(Metric::Auc.evaluate(&[-0.0, 0.0], &[1.0, 0.0], 0.0), Some(0.5));
        assert_eq!(Metric::Auc.evaluate(&[1.0, 2.0], &[1.0, 1.0], 0.0), None);
        assert_eq!(Metric::Auc.evaluate(&[f32::NAN, 2.0], &[1.0, 0.0], 0.0), None);
        assert_eq!(Metric::Auc.evaluate(&[], &[], 0.0), None);
    }

    #[test]
    fn thresholds_find_the_best_cut() {
        let (logits, labels) = ([3.0, 2.0, 1.0, -1.0], [1.0, 1.0, 0.0, 0.0]);
        let threshold = best_threshold(Metric::F1, &logits, &labels);
        assert_eq!(threshold, 1.5);
        assert_eq!(Metric::F1.evaluate(&logits, &labels, threshold), Some(1.0));
        assert_eq!(Metric::Accuracy.evaluate(&logits, &labels, threshold), Some(1.0));
        assert_eq!(Metric::Accuracy.evaluate(&logits, &labels, 0.0), Some(0.75));
    }

    #[test]
    fn thresholds_divide_logits_whose_predictions_are_one_number() {
        let near = 0.3_f32;
        let pairs =
            [[near, near.next_up()], [40.0, 90.0], [-90.0, -40.0], [0.0, f32::MIN_POSITIVE], [50.0, f32::INFINITY]];
        for logits in pairs {
            for metric in [Metric::F1, Metric::Accuracy] {
                let threshold = best_threshold(metric, &logits, &[0.0, 1.0]);
                assert_eq!(metric.evaluate(&logits, &[0.0, 1.0], threshold), Some(1.0), "{logits:?} at {threshold}");
            }
        }
    }

    #[test]
    fn one_class_alone_is_a_threshold_at_infinity() {
        // Three of four are negative, and the positive is the lowest: nothing is gained by its logit.
        let (logits, labels) = ([-1.0, 0.0, 1.0, 2.0], [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(best_threshold(Metric::Accuracy, &logits, &labels), f32::INFINITY);
        assert_eq!(best_threshold(Metric::F1, &logits, &labels), f32::NEG_INFINITY);
        let constant = |metric| SelectionMetric { metric, threshold: ThresholdRule::Own }.evaluate(&[0.1; 4], &labels);
        assert_eq!((constant(Metric::Accuracy), constant(Metric::F1)), (Some(0.75), Some(0.4)));
    }

    #[test]
    fn the_rule_says_whose_threshold_accuracy_is_taken_at() {
        // Accuracy is best with no row predicted positive (3/4), F1 with three (1/2).
        let (logits, labels) = ([3.0, 2.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]);
        let at = |threshold| SelectionMetric { metric: Metric::Accuracy, threshold }.evaluate(&logits, &labels);
        assert_eq!((at(ThresholdRule::Own), at(ThresholdRule::BestF1)), (Some(0.75), Some(0.5)));
    }

    #[test]
    fn errors_by_hand() {
        assert_eq!(Metric::Rmse.evaluate(&[0.0, 0.0], &[1.0, 0.0], 0.0), Some(0.5));
        assert_eq!(Metric::Mae.evaluate(&[0.0, 0.0], &[1.0, 0.0], 0.0), Some(0.5));
        let log_loss = Metric::LogLoss.evaluate(&[0.0, 1000.0], &[1.0, 1.0], 0.0).unwrap();
        assert!((log_loss - 2.0_f64.ln() / 2.0).abs() < 1e-12);
    }
}
