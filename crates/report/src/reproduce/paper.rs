//! The numbers of Li et al., SIGIR 2022, as printed there, each with its table.

use autolossgen::recsys::Metric;
use autolossgen::recsys::Metric::{Accuracy, Auc, F1, Mae, Rmse};

/// Name of MovieLens 100K.
pub const ML_100K: &str = "ML-100K";
/// Name of Amazon Electronics, 5-core.
pub const ELECTRONICS: &str = "Electronics";

/// A dataset of Table 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatasetCounts {
    /// Name in the paper
    pub name: &'static str,
    /// Users
    pub users: usize,
    /// Items
    pub items: usize,
    /// Rows with rating > 3
    pub positive: usize,
    /// The other rows
    pub negative: usize,
    /// Rows divided by users × items, as printed
    pub density: f64,
}

/// Table 3: basic statistics of the datasets.
pub const TABLE_3: [DatasetCounts; 2] = [
    DatasetCounts { name: ML_100K, users: 943, items: 1_682, positive: 55_375, negative: 44_625, density: 0.0630 },
    DatasetCounts {
        name: ELECTRONICS,
        users: 192_403,
        items: 63_001,
        positive: 1_356_067,
        negative: 333_121,
        density: 0.000_14,
    },
];

/// Table 4, classification: model, dataset, and the loss generated for them.
pub const TABLE_4: [(&str, &str, &str); 4] =
    [("mf", ML_100K, "maxr"), ("mf", ELECTRONICS, "sumr"), ("mlp", ML_100K, "sumr"), ("mlp", ELECTRONICS, "logmin")];

/// Table 4, regression: the loss generated for all four combinations.
pub const TABLE_4_REGRESSION: &str = "mse";

/// One row of Table 5 or 6: a value for each of `N` losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<const N: usize> {
    /// mf or mlp
    pub model: &'static str,
    /// Dataset
    pub dataset: &'static str,
    /// Metric
    pub metric: Metric,
    /// Values, in the order of the losses
    pub values: [f64; N],
    /// The loss with the star: "the best performance of each row"
    pub best: Option<usize>,
}

const fn line<const N: usize>(
    model: &'static str,
    dataset: &'static str,
    metric: Metric,
    values: [f64; N],
    best: Option<usize>,
) -> Line<N> {
    Line { model, dataset, metric, values, best }
}

/// The losses of Table 5, in its order; the last three were generated. Its hinge is that of the authors' code.
pub const TABLE_5_LOSSES: [&str; 7] = ["mse", "bce", "hinge-reference", "focal", "maxr", "sumr", "logmin"];

/// Table 5: classification, on test.
pub const TABLE_5: [Line<7>; 12] = [
    line("mf", ML_100K, Auc, [0.7808, 0.7882, 0.7848, 0.7930, 0.8087, 0.8086, 0.7981], Some(4)),
    line("mf", ML_100K, F1, [0.6058, 0.6073, 0.6133, 0.6121, 0.6260, 0.6245, 0.6160], Some(4)),
    line("mf", ML_100K, Accuracy, [0.6919, 0.6972, 0.7239, 0.7011, 0.7305, 0.7645, 0.7398], Some(5)),
    line("mf", ELECTRONICS, Auc, [0.6510, 0.6515, 0.6689, 0.6521, 0.6697, 0.6695, 0.6534], Some(4)),
    line("mf", ELECTRONICS, F1, [0.8843, 0.8843, 0.8846, 0.8843, 0.8846, 0.8846, 0.8844], None),
    line("mf", ELECTRONICS, Accuracy, [0.7927, 0.7927, 0.7937, 0.7927, 0.7937, 0.7937, 0.7927], None),
    line("mlp", ML_100K, Auc, [0.7655, 0.7725, 0.7472, 0.7629, 0.7747, 0.7743, 0.7752], Some(6)),
    line("mlp", ML_100K, F1, [0.5938, 0.5985, 0.5865, 0.5890, 0.6130, 0.6053, 0.6064], Some(4)),
    line("mlp", ML_100K, Accuracy, [0.6625, 0.6797, 0.6717, 0.6437, 0.7077, 0.6830, 0.6909], Some(4)),
    line("mlp", ELECTRONICS, Auc, [0.6232, 0.6228, 0.6242, 0.6205, 0.6250, 0.6404, 0.6318], Some(5)),
    line("mlp", ELECTRONICS, F1, [0.8843, 0.8843, 0.8843, 0.8843, 0.8844, 0.8843, 0.8843], Some(4)),
    line("mlp", ELECTRONICS, Accuracy, [0.7926, 0.7926, 0.7926, 0.7926, 0.7928, 0.7927, 0.7926], Some(4)),
];

/// The losses of Table 6, in its order; the last was generated.
pub const TABLE_6_LOSSES: [&str; 4] = ["bce", "hinge-reference", "focal", "mse"];

/// Table 6: regression, on test.
// 0.3180 is what the paper has, and not 1/π.
#[allow(clippy::approx_constant)]
pub const TABLE_6: [Line<4>; 8] = [
    line("mf", ML_100K, Rmse, [0.4540, 0.4602, 0.4710, 0.4480], Some(3)),
    line("mf", ML_100K, Mae, [0.4386, 0.4077, 0.4673, 0.3548], Some(3)),
    line("mf", ELECTRONICS, Rmse, [0.4043, 0.4075, 0.4363, 0.3945], Some(3)),
    line("mf", ELECTRONICS, Mae, [0.3224, 0.3501, 0.4237, 0.3180], Some(3)),
    line("mlp", ML_100K, Rmse, [0.4338, 0.4643, 0.4376, 0.4268], Some(3)),
    line("mlp", ML_100K, Mae, [0.3802, 0.3642, 0.3811, 0.3586], Some(3)),
    line("mlp", ELECTRONICS, Rmse, [0.4005, 0.4097, 0.4153, 0.4000], Some(3)),
    line("mlp", ELECTRONICS, Mae, [0.3105, 0.3633, 0.3573, 0.3100], Some(3)),
];

/// Table 7: losses sampled in 24 hours with the proxy test.
pub const TABLE_7_WITH: f64 = 93_792.0;
/// Table 7: losses sampled in 24 hours without it.
pub const TABLE_7_WITHOUT: f64 = 3_200.0;

/// §5.6: the AUC around which the recommender of Figure 5b stays without reward filtering.
pub const FIGURE_5_UNFILTERED: f64 = 0.5;

/// A row of Table 8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneratedLoss {
    /// Share of 2,000 simulated pairs whose derivative has the right sign
    pub positive_rate: f64,
    /// The formula
    pub text: &'static str,
    /// Test AUC of MF on ML-100K
    pub auc: f64,
}

const fn generated(positive_rate: f64, auc: f64, text: &'static str) -> GeneratedLoss {
    GeneratedLoss { positive_rate, text, auc }
}

/// Table 8: every loss of the search on MF and ML-100K that passed the check.
pub const TABLE_8: [GeneratedLoss; 12] = [
    generated(1.0, 0.4882, "max(pred, label * max(pred, 1 / (pred + eps)))"),
    generated(1.0, 0.4918, "pred + 1 / (label * pred + eps)"),
    generated(1.0, 0.4881, "max(label, pred) / (pred + eps)"),
    generated(
        1.0,
        0.4863,
        "1 + pred + 1 / (min(pred, label) + eps) + max(1 / (min(pred, label) + eps), \
         max(min(pred, label), pred + 1 / (min(pred, label) + eps)))",
    ),
    generated(1.0, 0.4898, "pred + label + 1 / (min(label, pred)^2 + eps)"),
    generated(1.0, 0.4877, "1 / (min(label, pred) + eps) + max(pred, label) + max(pred, label)^2"),
    generated(1.0, 0.7658, "1 + min(min(1, pred + label), 1 / (label + pred + eps))"),
    generated(1.0, 0.7703, "max(label, pred) + 1 / (max(pred + 1, label) + eps)"),
    generated(1.0, 0.4872, "pred + 1 / (min(pred, label) + eps)"),
    generated(1.0, 0.7782, "min(1 / (label + pred + eps), max(label, pred))^2"),
    generated(0.996, 0.7787, "min(1 / (max(pred, label + pred^2) + eps), max(label, (pred^2)^2))"),
    generated(0.902, 0.4884, "pred^2 + 1 / (min(label, pred) + eps)"),
];

/// The loss that Table 4 has for a combination; `None` for one that is not the paper's.
pub fn found_for(model: &str, dataset: &str) -> Option<&'static str> {
    TABLE_4.iter().find(|(m, d, _)| (*m, *d) == (model, dataset)).map(|(_, _, loss)| *loss)
}

/// Whether a loss that the paper generated is applied to another combination than its own (§5.4).
pub fn is_transfer(model: &str, dataset: &str, loss: &str) -> bool {
    TABLE_4.iter().any(|(_, _, generated)| *generated == loss)
        && found_for(model, dataset).is_some_and(|own| own != loss)
}

/// The value of a table for one loss.
pub fn value<const N: usize>(
    table: &[Line<N>],
    losses: &[&str; N],
    (model, dataset): (&str, &str),
    metric: Metric,
    loss: &str,
) -> Option<f64> {
    let line = table.iter().find(|line| (line.model, line.dataset, line.metric) == (model, dataset, metric))?;
    losses.iter().position(|name| *name == loss).map(|column| line.values[column])
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::fingerprint::positive_rate;
    use autolossgen::formula::{NamedLoss, Semantics, resolve};
    use autolossgen::{Config, Preset};

    #[test]
    fn density_follows_from_the_counts() {
        for row in TABLE_3 {
            let density = (row.positive + row.negative) as f64 / (row.users as f64 * row.items as f64);
            assert!((density / row.density - 1.0).abs() < 0.005, "{}: {density}", row.name);
        }
    }

    /// The star is on the best value, and no other is as good.
    fn stars<const N: usize>(table: &[Line<N>]) {
        for line in table {
            let gains = line.values.map(|value| line.metric.gain(value));
            let best = gains.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let at: Vec<usize> = (0..N).filter(|&column| gains[column] == best).collect();
            assert_eq!(line.best, (at.len() == 1).then(|| at[0]), "{line:?}");
        }
    }

    #[test]
    fn stars_are_on_the_best_values() {
        stars(&TABLE_5);
        stars(&TABLE_6);
    }

    #[test]
    fn speed_up_is_about_thirty() {
        assert_eq!((TABLE_7_WITH / TABLE_7_WITHOUT / 10.0).round() * 10.0, 30.0);
    }

    #[test]
    fn every_loss_of_the_tables_has_a_name() {
        let names = TABLE_5_LOSSES.iter().chain(&TABLE_6_LOSSES).chain(TABLE_4.iter().map(|(_, _, loss)| loss));
        assert!(names.chain([&TABLE_4_REGRESSION]).all(|name| NamedLoss::find(name).is_some()));
    }

    #[test]
    fn positive_rates_of_table_8_follow_from_its_formulas() {
        let check = Config::preset(Preset::Paper).check;
        for row in TABLE_8 {
            let loss = resolve(row.text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
            let ours = positive_rate(&loss, &check, 42, false);
            // Of 2,000 pairs a rate of 0.9 is known to ±0.013.
            assert!((ours - row.positive_rate).abs() < 0.014, "{ours} for {row:?}");
        }
    }

    #[test]
    fn transfers_are_losses_away_from_home() {
        assert!(!is_transfer("mf", ML_100K, "maxr") && is_transfer("mf", ML_100K, "sumr"));
        assert!(!is_transfer("mlp", ML_100K, "sumr") && !is_transfer("mf", ML_100K, "bce"));
        assert!(!is_transfer("mf", "made", "sumr"), "of other data the paper says nothing");
        let at = ("mlp", ELECTRONICS);
        assert_eq!(value(&TABLE_5, &TABLE_5_LOSSES, at, Metric::Auc, "sumr"), Some(0.6404));
        assert_eq!(value(&TABLE_5, &TABLE_5_LOSSES, at, Metric::Rmse, "sumr"), None);
    }
}
