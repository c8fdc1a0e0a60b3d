//! Ratings from planted factors, for offline use and tests.

use super::{DataError, Ratings};
use crate::random::{below, normal, stream, uniform};

/// Shape of a generated table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynthOptions {
    /// Users; default 943
    pub n_users: usize,
    /// Items; default 1,682
    pub n_items: usize,
    /// Rows, each a pair of its own; default 100,000
    pub n_rows: usize,
}

impl Default for SynthOptions {
    /// The shape of ML-100K.
    fn default() -> Self {
        Self { n_users: 943, n_items: 1682, n_rows: 100_000 }
    }
}

/// Planted factors a user and an item.
const FACTORS: usize = 8;

/// Long-tailed choice: index i with weight 1 / (i + n/20).
struct LongTail {
    cumulative: Vec<f64>,
}

impl LongTail {
    fn new(n: usize) -> Self {
        let offset = 1.0 + n as f64 / 20.0;
        let mut total = 0.0;
        let cumulative = (0..n)
            .map(|index| {
                total += 1.0 / (index as f64 + offset);
                total
            })
            .collect();
        Self { cumulative }
    }

    fn draw(&self, rng: &mut crate::random::Stream) -> usize {
        let at = uniform(rng) * self.cumulative.last().expect("there is an index");
        self.cumulative.partition_point(|&sum| sum <= at).min(self.cumulative.len() - 1)
    }
}

/// Generates ratings 1 to 5: biases plus the product of planted factors plus noise, rounded; users and items
/// long-tailed; every user and item occurs.
///
/// # Errors
/// No user or item, fewer rows than users or items, or more than half of all pairs.
pub fn generate(options: &SynthOptions, seed: u64) -> Result<Ratings, DataError> {
    let SynthOptions { n_users, n_items, n_rows } = *options;
    let (least, most) = (n_users.max(n_items), n_users.saturating_mul(n_items) / 2);
    if least > most {
        return Err(DataError::Invalid(format!(
            "{n_users} users and {n_items} items are too few: at least 2 of each are needed"
        )));
    }
    if n_rows < least || n_rows > most {
        return Err(DataError::Invalid(format!(
            "{n_rows} rows for {n_users} users and {n_items} items: from {least} to {most} are possible"
        )));
    }
    let mut rng = stream(seed, "synth", 0);
    let mut factors = |n: usize| (0..n * (FACTORS + 1)).map(|_| normal(&mut rng)).collect::<Vec<f64>>();
    let (users, items) = (factors(n_users), factors(n_items));
    let (user_tail, item_tail) = (LongTail::new(n_users), LongTail::new(n_items));
    let mut seen = std::collections::HashSet::with_capacity(n_rows);
    let mut ratings = Ratings::default();
    let mut time = 880_000_000_u64;
    while ratings.len() < n_rows {
        let row = ratings.len();
        let covers = row < least && !seen.contains(&(row % n_users, row % n_items));
        let pair =
            if covers { (row % n_users, row % n_items) } else { (user_tail.draw(&mut rng), item_tail.draw(&mut rng)) };
        if !seen.insert(pair) {
            continue;
        }
        let score = score(&users[pair.0 * (FACTORS + 1)..], &items[pair.1 * (FACTORS + 1)..]);
        let rating = (3.6 + score + 0.7 * normal(&mut rng)).round().clamp(1.0, 5.0);
        time += below(&mut rng, 60);
        ratings.push(&format!("u{}", pair.0 + 1), &format!("i{}", pair.1 + 1), rating, Some(time as f64));
    }
    Ok(ratings)
}

fn score(user: &[f64], item: &[f64]) -> f64 {
    let product: f64 = user[1..=FACTORS].iter().zip(&item[1..=FACTORS]).map(|(x, y)| x * y).sum();
    0.4 * user[0] + 0.5 * item[0] + 0.25 * product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_as_asked() {
        let options = SynthOptions { n_users: 40, n_items: 60, n_rows: 700 };
        let ratings = generate(&options, 1).unwrap();
        assert_eq!(ratings.len(), 700);
        assert_eq!(ratings.checksum(), generate(&options, 1).unwrap().checksum());
        assert_ne!(ratings.checksum(), generate(&options, 2).unwrap().checksum());
        assert_eq!(ratings.user_ids.clone().into_names().len(), 40);
        assert_eq!(ratings.item_ids.clone().into_names().len(), 60);
        assert!(generate(&SynthOptions { n_rows: 5000, ..options }, 1).is_err());
    }
}
