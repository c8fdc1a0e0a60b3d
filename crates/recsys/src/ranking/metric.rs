//! Metrics of a ranking, of one user.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use autolossgen_settings::{SettingType, UnknownName, choice};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::elementary::ln;

choice! {
    /// A metric of the first K items of a ranking, of one user with R > 0 relevant items; relevance is binary, values are in
    /// [0, 1], higher is better. h_r is 1 where the item of rank r (1 to K) is relevant, else 0. Sums end where a list is shorter
    /// than K. Definitions are those of trec_eval (Buckley), ir-measures and ranx.
    pub enum RankingMetric {
        /// Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002, log2 at every rank): Σ h_r / log2(r + 1), over the same of min(K, R) hits in a row
        Ndcg = "ndcg",
        /// Share of the relevant items that are found: Σ h_r / R
        Recall = "recall",
        /// Whether a relevant item is found: max h_r
        HitRate = "hit_rate",
        /// Reciprocal rank of the first hit (Voorhees 1999); 0 without one
        Mrr = "mrr",
        /// Average precision: Σ h_r · (h_1 + … + h_r) / r, over R and not over min(K, R)
        Map = "map",
        /// Share of the K ranks that are hits: Σ h_r / K, also where the list is shorter
        Precision = "precision",
    }
}

impl RankingMetric {
    /// Name as a heading calls it, to be followed by `@` and K.
    pub fn title(self) -> &'static str {
        match self {
            RankingMetric::Ndcg => "NDCG",
            RankingMetric::Recall => "Recall",
            RankingMetric::HitRate => "HitRate",
            RankingMetric::Mrr => "MRR",
            RankingMetric::Map => "MAP",
            RankingMetric::Precision => "Precision",
        }
    }

    fn of_hits(self, hits: &[bool], cutoff: usize, n_relevant: usize) -> f64 {
        let ranks = || (1_usize..).zip(hits).filter(|&(_, &hit)| hit).map(|(rank, _)| rank);
        let n_hits = ranks().count() as f64;
        match self {
            RankingMetric::Ndcg => ranks().map(discount).sum::<f64>() / ideal(cutoff.min(n_relevant)),
            RankingMetric::Recall => n_hits / n_relevant as f64,
            RankingMetric::HitRate => f64::from(u8::from(n_hits > 0.0)),
            RankingMetric::Mrr => ranks().next().map_or(0.0, |rank| 1.0 / rank as f64),
            RankingMetric::Map => {
                let precisions = (1_usize..).zip(ranks()).map(|(found, rank)| found as f64 / rank as f64);
                precisions.sum::<f64>() / n_relevant as f64
            }
            RankingMetric::Precision => n_hits / cutoff as f64,
        }
    }
}

/// 1 / ln(rank + 1): in the ratio of NDCG the base of the logarithm cancels.
fn discount(rank: usize) -> f64 {
    1.0 / ln(rank as f64 + 1.0)
}

fn ideal(n_hits: usize) -> f64 {
    (1..=n_hits).map(discount).sum()
}

/// A metric at its cutoff K; as text `ndcg@20`.
///
/// ```
/// use autolossgen_recsys::MetricAt;
/// let metric: MetricAt = "ndcg@20".parse().unwrap();
/// assert_eq!((metric.cutoff(), metric.to_string(), metric.title()), (20, "ndcg@20".into(), "NDCG@20".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MetricAt {
    metric: RankingMetric,
    cutoff: NonZeroUsize,
}

/// A text that is no metric of a ranking.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MetricAtError {
    /// There is no cutoff
    #[error("'{0}' has no cutoff: write a metric, @ and how many items are recommended, as in ndcg@20")]
    NoCutoff(String),
    /// What stands before the @ is no metric
    #[error("'{text}' begins with no metric of a ranking: {unknown}")]
    Metric {
        /// All of the text
        text: String,
        /// The name and what it could be
        unknown: UnknownName,
    },
    /// What stands behind the @ is no whole number of at least 1
    #[error("'{text}' has the cutoff '{cutoff}': it must be a whole number of at least 1, as in ndcg@20")]
    Cutoff {
        /// All of the text
        text: String,
        /// What stands behind the @
        cutoff: String,
    },
}

impl MetricAt {
    /// `metric` at `cutoff`.
    pub fn new(metric: RankingMetric, cutoff: NonZeroUsize) -> Self {
        Self { metric, cutoff }
    }

    /// The metric without its cutoff.
    pub fn metric(self) -> RankingMetric {
        self.metric
    }

    /// K, at least 1.
    pub fn cutoff(self) -> usize {
        self.cutoff.get()
    }

    /// Text as a heading calls it: `NDCG@20`.
    pub fn title(self) -> String {
        format!("{}@{}", self.metric.title(), self.cutoff)
    }

    /// Value for one user: `hits` says of each rank, the first first, whether its item is relevant, shape (ranks,), and ranks
    /// beyond K do not count; fewer than K are a shorter list. `n_relevant` counts all relevant items, those that are not
    /// ranked among them. `None` where no item is relevant.
    ///
    /// ```
    /// use autolossgen_recsys::MetricAt;
    /// let metric: MetricAt = "recall@2".parse().unwrap();
    /// assert_eq!(metric.evaluate(&[true, false, true], 4), Some(0.25));
    /// assert_eq!(metric.evaluate(&[false], 0), None);
    /// ```
    pub fn evaluate(self, hits: &[bool], n_relevant: usize) -> Option<f64> {
        let counted = &hits[..hits.len().min(self.cutoff())];
        (n_relevant > 0).then(|| self.metric.of_hits(counted, self.cutoff(), n_relevant))
    }
}

impl fmt::Display for MetricAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.metric, self.cutoff))
    }
}

impl FromStr for MetricAt {
    type Err = MetricAtError;

    fn from_str(text: &str) -> Result<Self, MetricAtError> {
        let owned = || text.to_owned();
        let (name, cutoff) = text.split_once('@').ok_or_else(|| MetricAtError::NoCutoff(owned()))?;
        let metric = name.parse().map_err(|unknown| MetricAtError::Metric { text: owned(), unknown })?;
        let digits = cutoff.bytes().all(|byte| byte.is_ascii_digit());
        let cutoff = digits
            .then(|| cutoff.parse().ok())
            .flatten()
            .ok_or_else(|| MetricAtError::Cutoff { text: owned(), cutoff: cutoff.to_owned() })?;
        Ok(Self { metric, cutoff })
    }
}

impl SettingType for MetricAt {}

impl From<MetricAt> for String {
    fn from(metric: MetricAt) -> Self {
        metric.to_string()
    }
}

impl TryFrom<String> for MetricAt {
    type Error = MetricAtError;

    fn try_from(text: String) -> Result<Self, MetricAtError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use autolossgen_settings::Choice;

    use super::*;

    fn value(text: &str, hits: &[u8], n_relevant: usize) -> f64 {
        let hits: Vec<bool> = hits.iter().map(|&hit| hit == 1).collect();
        text.parse::<MetricAt>().unwrap().evaluate(&hits, n_relevant).unwrap()
    }

    #[test]
    fn values_by_hand() {
        // Hits at ranks 2 and 4 of 5, three relevant items.
        let hits = [0, 1, 0, 1, 0];
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        let gain = 1.0 / 3.0_f64.log2() + 1.0 / 5.0_f64.log2();
        for (text, by_hand) in [
            ("ndcg@5", gain / ideal),
            ("ndcg@2", (1.0 / 3.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2())),
            ("recall@5", 2.0 / 3.0),
            ("recall@3", 1.0 / 3.0),
            ("hit_rate@1", 0.0),
            ("hit_rate@2", 1.0),
            ("mrr@5", 0.5),
            ("mrr@1", 0.0),
            ("map@5", (0.5 + 0.5) / 3.0),
            ("map@2", 0.5 / 3.0),
            ("precision@5", 0.4),
            // The list is shorter than K.
            ("precision@10", 0.2),
            ("ndcg@10", gain / ideal),
        ] {
            assert!((value(text, &hits, 3) - by_hand).abs() < 1e-12, "{text}: {}", value(text, &hits, 3));
        }
    }

    #[test]
    fn perfect_and_empty_lists() {
        for &metric in RankingMetric::ALL {
            let text = format!("{metric}@2");
            assert_eq!(value(&text, &[], 2), 0.0, "{text}");
            assert!((value(&text, &[1, 1], 2) - 1.0).abs() < 1e-12, "{text}");
            assert_eq!(text.parse::<MetricAt>().unwrap().evaluate(&[true], 0), None);
        }
    }

    #[test]
    fn texts_come_back_and_others_are_told() {
        let metric: MetricAt = serde_json::from_str("\"hit_rate@7\"").unwrap();
        assert_eq!(serde_json::to_string(&metric).unwrap(), "\"hit_rate@7\"");
        let said = |text: &str| text.parse::<MetricAt>().unwrap_err().to_string();
        assert_eq!(
            said("ndgc@20"),
            "'ndgc@20' begins with no metric of a ranking: use ndcg, recall, hit_rate, mrr, map or precision (did you mean 'ndcg'?)"
        );
        assert!(said("ndcg").contains("has no cutoff"));
        for cutoff in ["0", "", "-1", "+3", "2.5", "99999999999999999999999", "1@2"] {
            let said = said(&format!("ndcg@{cutoff}"));
            assert!(said.contains(&format!("'{cutoff}': it must be a whole number of at least 1")), "{said}");
        }
    }
}
