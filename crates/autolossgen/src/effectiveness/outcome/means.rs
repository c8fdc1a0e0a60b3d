//! User mean plus item mean: the floor that a user would compute, and that a recommender has to pass before its losses mean
//! anything.

use autolossgen_recsys::{Interactions, SearchData};

/// Weights of the prior, in rows: every mean is drawn to 0 as by so many rows at 0.
pub(super) const WEIGHTS: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// Furthest that a prediction may come to 0 or 1.
const MARGIN: f64 = 1e-3;

/// The smoothed deviations of users and items from the mean label of the training rows (Koren 2009, the baseline estimate):
/// b_i = Σ (y − μ) / (n_i + w) over the rows of the item, then b_u = Σ (y − μ − b_i) / (n_u + w) over those of the user.
pub(super) struct Means {
    mean: f64,
    users: Vec<f64>,
    items: Vec<f64>,
}

impl Means {
    pub(super) fn of(data: &SearchData, weight: f64) -> Self {
        let (train, mean) = (&data.train, data.train.mean_label());
        let items = smoothed(data.n_items, weight, train.items(), train, |_, label| label - mean);
        let of_user = |row: usize, label: f64| label - mean - items[train.items()[row] as usize];
        let users = smoothed(data.n_users, weight, train.users(), train, of_user);
        Self { mean, users, items }
    }

    /// Logits of ŷ = μ + b_u + b_i.
    pub(super) fn logits(&self, rows: &Interactions) -> Vec<f32> {
        let logit = |(&user, &item): (&u32, &u32)| {
            let prediction = self.mean + self.users[user as usize] + self.items[item as usize];
            let prediction = prediction.clamp(MARGIN, 1.0 - MARGIN);
            (prediction / (1.0 - prediction)).ln() as f32
        };
        rows.users().iter().zip(rows.items()).map(logit).collect()
    }
}

/// The smoothed mean of a value of each row, by the id of the row.
fn smoothed(n: usize, weight: f64, ids: &[u32], rows: &Interactions, value: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; n], vec![0.0; n]);
    for (row, (&id, &label)) in ids.iter().zip(rows.labels()).enumerate() {
        sums[id as usize] += value(row, f64::from(label));
        counts[id as usize] += 1.0;
    }
    sums.iter().zip(counts).map(|(sum, count)| sum / (count + weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_by_hand() {
        let train = Interactions::new(vec![0, 0, 1, 1], vec![0, 1, 0, 1], vec![1.0, 0.0, 1.0, 1.0]);
        let data = SearchData { n_users: 3, n_items: 2, train, validation: Interactions::default() };
        let means = Means::of(&data, 2.0);
        // μ = 3/4; item 0: (1/4 + 1/4)/4 = 1/8; item 1: (−3/4 + 1/4)/4 = −1/8.
        assert_eq!((means.mean, &means.items[..]), (0.75, &[0.125, -0.125][..]));
        // User 0: (1/4 − 1/8 − 3/4 + 1/8)/4 = −1/8; user 1: 1/8; user 2 has no row.
        assert_eq!(means.users, [-0.125, 0.125, 0.0]);
        let rows = Interactions::new(vec![0, 2, 1], vec![1, 0, 0], vec![0.0; 3]);
        let logits = means.logits(&rows);
        // ½, 7/8, and 1, which is drawn to 0.999.
        assert!((logits[0]).abs() < 1e-6 && (logits[1] - 7.0_f32.ln()).abs() < 1e-5);
        assert!((logits[2] - 999.0_f32.ln()).abs() < 1e-4);
    }
}
