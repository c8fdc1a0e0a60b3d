//! Ratings from planted factors, for offline use and tests.

use autolossgen_recsys::random::{Stream, below, normal, stream, uniform};

use crate::error::DataError;
use crate::ratings::{MAX_ROWS, Ratings};

/// Shape of a generated table, and what is planted in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthOptions {
    /// Users; default 943
    pub n_users: usize,
    /// Items; default 1,682
    pub n_items: usize,
    /// Rows, each a pair of its own; default 100,000
    pub n_rows: usize,
    /// Share of rows with a rating above 3, more than 0 and less than 1, met to the nearest row, with one row
    /// of each class at least; default `None`: what comes of the intercept 3.6, somewhat more than one half
    pub positive_share: Option<f64>,
    /// How much what is observed depends on what is liked, 0 or more: B in the equation of [`generate`]; default 0,
    /// not at all
    pub popularity_bias: f64,
    /// Standard deviation of the noise of a rating, from 0 to 100; default 0.7
    pub noise: f64,
}

impl Default for SynthOptions {
    /// The shape of ML-100K.
    fn default() -> Self {
        let (n_users, n_items, n_rows) = (943, 1682, 100_000);
        Self { n_users, n_items, n_rows, positive_share: None, popularity_bias: 0.0, noise: 0.7 }
    }
}

impl SynthOptions {
    /// Every user and item occurs, so fewer rows cannot be.
    fn fewest_rows(&self) -> usize {
        self.n_users.max(self.n_items)
    }

    fn check(&self) -> Result<(), DataError> {
        self.check_shape().and_then(|()| self.check_planted()).map_err(DataError::Invalid)
    }

    fn check_shape(&self) -> Result<(), String> {
        let Self { n_users, n_items, n_rows, .. } = *self;
        let (least, most) = (self.fewest_rows(), n_users.saturating_mul(n_items) / 2);
        if least > most || least == 0 {
            return Err(format!("{n_users} users and {n_items} items are too few: at least 2 of each are needed"));
        }
        let most = most.min(MAX_ROWS);
        if n_rows < least || n_rows > most {
            return Err(format!(
                "{n_rows} rows for {n_users} users and {n_items} items: from {least} to {most} are possible"
            ));
        }
        Ok(())
    }

    fn check_planted(&self) -> Result<(), String> {
        let Self { positive_share, popularity_bias, noise, .. } = *self;
        if let Some(share) = positive_share.filter(|&share| !(share > 0.0 && share < 1.0)) {
            return Err(format!("positive share = {share}: a share of more than 0 and less than 1 is needed"));
        }
        if !(popularity_bias >= 0.0 && popularity_bias.is_finite()) {
            return Err(format!("popularity bias = {popularity_bias}: a finite number of 0 or more is needed"));
        }
        if !(0.0..=100.0).contains(&noise) {
            return Err(format!("noise = {noise}: a standard deviation from 0 to 100 is needed"));
        }
        Ok(())
    }
}

/// Planted factors a user and an item.
const FACTORS: usize = 8;

/// Where no share of positive rows is asked for.
const INTERCEPT: f64 = 3.6;

/// The smallest score with its intercept that is rounded to a rating above 3.
const POSITIVE_FROM: f64 = 3.5;

/// The smallest chance of a pair: any may be observed, and the drawing comes to an end under every bias.
const LEAST_CHANCE: f64 = 1e-3;

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

    fn draw(&self, rng: &mut Stream) -> usize {
        let at = uniform(rng) * self.cumulative.last().expect("there is an index");
        self.cumulative.partition_point(|&sum| sum <= at).min(self.cumulative.len() - 1)
    }
}

/// What is to be recovered: of every user and item a bias, and then [`FACTORS`] factors, all from N(0, 1).
struct Planted {
    users: Vec<[f64; FACTORS + 1]>,
    items: Vec<[f64; FACTORS + 1]>,
}

impl Planted {
    fn draw(options: &SynthOptions, rng: &mut Stream) -> Self {
        let mut table = |n: usize| (0..n).map(|_| std::array::from_fn(|_| normal(rng))).collect();
        Self { users: table(options.n_users), items: table(options.n_items) }
    }

    fn score(&self, (user, item): (usize, usize)) -> f64 {
        score(&self.users[user], &self.items[item])
    }

    /// Mean score of all pairs: a score is linear in the user and in the item.
    fn mean_score(&self) -> f64 {
        score(&mean(&self.users), &mean(&self.items))
    }
}

fn score(user: &[f64], item: &[f64]) -> f64 {
    let product: f64 = user[1..=FACTORS].iter().zip(&item[1..=FACTORS]).map(|(x, y)| x * y).sum();
    0.4 * user[0] + 0.5 * item[0] + 0.25 * product
}

fn mean(rows: &[[f64; FACTORS + 1]]) -> [f64; FACTORS + 1] {
    std::array::from_fn(|at| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64)
}

/// Which of the drawn pairs are observed.
struct Observation {
    bias: f64,
    mean_score: f64,
    rng: Stream,
}

impl Observation {
    fn new(options: &SynthOptions, planted: &Planted, seed: u64) -> Self {
        let rng = stream(seed, "synth observed", 0);
        Self { bias: options.popularity_bias, mean_score: planted.mean_score(), rng }
    }

    fn chance(&self, score: f64) -> f64 {
        (1.0 / (1.0 + (-self.bias * (score - self.mean_score)).exp())).max(LEAST_CHANCE)
    }

    /// Without a bias all pairs have one chance, and to reject some would change nothing.
    fn admits(&mut self, score: f64) -> bool {
        self.bias == 0.0 || uniform(&mut self.rng) < self.chance(score)
    }
}

/// A row before its rating is known.
struct Row {
    pair: (usize, usize),
    score: f64,
    noise: f64,
    time: u64,
}

impl Row {
    fn rating(&self, intercept: f64) -> f64 {
        (intercept + self.score + self.noise).round().clamp(1.0, 5.0)
    }
}

/// Generates ratings 1 to 5; every user and item occurs. The same options and seed give the same rows.
///
/// A pair of user u and item i has the score s = 0.4 aᵤ + 0.5 bᵢ + 0.25 pᵤ·qᵢ, biases and the eight factors from
/// N(0, 1), and the rating c + s + noise · z, z from N(0, 1), rounded and clamped. The intercept c is 3.6, or that
/// quantile of the noisy scores which gives [`SynthOptions::positive_share`].
///
/// The pairs are drawn without replacement in proportion to wᵤ wᵢ · max(σ(B (s − s̄)), 0.001): w long-tailed, s̄ the
/// mean score of all pairs, B the [`SynthOptions::popularity_bias`]. With B > 0 what is liked is seen more often, and
/// items with many rows are those with good ones: ratings are missing not at random. At the default shape the
/// correlation over rows between the number of rows of the item and the label rises from 0 to about 0.05 at B = 1,
/// and hardly further: the long tail weighs more. One pair of each user and of each item is exempt, so that all
/// occur.
///
/// # Errors
/// No user or item, fewer rows than users or items, more than half of all pairs, or an option out of its range.
pub fn generate(options: &SynthOptions, seed: u64) -> Result<Ratings, DataError> {
    options.check()?;
    let mut rng = stream(seed, "synth", 0);
    let planted = Planted::draw(options, &mut rng);
    let rows = draw_rows(options, &planted, &mut Observation::new(options, &planted, seed), &mut rng);
    let intercept = options.positive_share.map_or(INTERCEPT, |share| intercept_for(share, &rows));
    let mut ratings = Ratings::default();
    for row in rows {
        let (user, item) = (format!("u{}", row.pair.0 + 1), format!("i{}", row.pair.1 + 1));
        ratings.push(&user, &item, row.rating(intercept), Some(row.time as f64));
    }
    Ok(ratings)
}

fn draw_rows(options: &SynthOptions, planted: &Planted, observation: &mut Observation, rng: &mut Stream) -> Vec<Row> {
    let SynthOptions { n_users, n_items, n_rows, .. } = *options;
    let (user_tail, item_tail) = (LongTail::new(n_users), LongTail::new(n_items));
    let mut seen = std::collections::HashSet::with_capacity(n_rows);
    let mut rows = Vec::with_capacity(n_rows);
    let mut time = 880_000_000_u64;
    while rows.len() < n_rows {
        let next = (rows.len() % n_users, rows.len() % n_items);
        let covers = rows.len() < options.fewest_rows() && !seen.contains(&next);
        let pair = if covers { next } else { (user_tail.draw(rng), item_tail.draw(rng)) };
        let score = planted.score(pair);
        // A pair that is not admitted may be drawn again.
        if seen.contains(&pair) || !(covers || observation.admits(score)) {
            continue;
        }
        seen.insert(pair);
        let noise = options.noise * normal(rng);
        time += below(rng, 60);
        rows.push(Row { pair, score, noise, time });
    }
    rows
}

/// The intercept with which `share` of the rows have a rating above 3: half-way between the noisy scores of the last
/// row that is to have one and of the first that is not.
fn intercept_for(share: f64, rows: &[Row]) -> f64 {
    let mut noisy: Vec<f64> = rows.iter().map(|row| row.score + row.noise).collect();
    noisy.sort_unstable_by(|a, b| b.total_cmp(a));
    let n_positive = ((share * rows.len() as f64).round() as usize).clamp(1, rows.len() - 1);
    POSITIVE_FROM - (noisy[n_positive - 1] + noisy[n_positive]) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: SynthOptions =
        SynthOptions { n_users: 40, n_items: 60, n_rows: 700, positive_share: None, popularity_bias: 0.0, noise: 0.7 };

    fn n_positive(ratings: &Ratings) -> usize {
        ratings.ratings.iter().filter(|&&rating| rating > 3.0).count()
    }

    #[test]
    fn the_shape_is_as_asked() {
        let ratings = generate(&SMALL, 1).unwrap();
        assert_eq!(ratings.len(), 700);
        assert_eq!(ratings.checksum(), generate(&SMALL, 1).unwrap().checksum());
        assert_ne!(ratings.checksum(), generate(&SMALL, 2).unwrap().checksum());
        assert_eq!(ratings.user_ids.clone().into_names().len(), 40);
        assert_eq!(ratings.item_ids.clone().into_names().len(), 60);
        assert!(generate(&SynthOptions { n_rows: 5000, ..SMALL }, 1).is_err());
        let nothing = SynthOptions { n_users: 0, n_items: 0, n_rows: 0, positive_share: Some(0.5), ..SMALL };
        assert!(generate(&nothing, 1).unwrap_err().to_string().starts_with("0 users and 0 items are too few"));
    }

    #[test]
    fn what_is_not_asked_for_changes_no_byte() {
        // Of the first version, which had the shape alone to choose.
        let expected = "5be25f7b2ad9401afaf06003aa84a2bb7366d5c11955196a47da1d69e0c9de61";
        assert_eq!(generate(&SMALL, 1).unwrap().checksum(), expected);
    }

    #[test]
    fn the_intercept_lies_between_two_rows() {
        let row = |score, noise| Row { pair: (0, 0), score, noise, time: 0 };
        let rows = [row(1.0, 0.5), row(0.25, -0.25), row(4.0, 0.0), row(2.0, 0.5)];
        // Noisy scores 4, 2.5, 1.5 and 0.
        assert_eq!(intercept_for(0.25, &rows), 3.5 - 3.25);
        assert_eq!(intercept_for(0.5, &rows), 3.5 - 2.0);
        assert_eq!(intercept_for(0.01, &rows), intercept_for(0.25, &rows), "one row at least is positive");
        assert_eq!(intercept_for(0.99, &rows), intercept_for(0.75, &rows), "and one negative");
        assert_eq!(rows.map(|row| row.rating(1.5)), [3.0, 2.0, 5.0, 4.0]);
    }

    #[test]
    fn the_share_of_positive_rows_is_met() {
        for (share, expected) in [(0.02, 14), (0.1, 70), (0.5, 350), (0.9304, 651)] {
            for (noise, popularity_bias) in [(0.7, 0.0), (0.0, 0.0), (100.0, 2.0)] {
                let options = SynthOptions { positive_share: Some(share), popularity_bias, noise, ..SMALL };
                assert_eq!(n_positive(&generate(&options, 3).unwrap()), expected, "{options:?}");
            }
        }
    }

    #[test]
    fn a_share_moves_ratings_and_nothing_else() {
        let (usual, rare) = (SMALL, SynthOptions { positive_share: Some(0.1), ..SMALL });
        let [usual, rare] = [usual, rare].map(|options| generate(&options, 1).unwrap());
        assert_eq!((&usual.users, &usual.items, &usual.timestamps), (&rare.users, &rare.items, &rare.timestamps));
        assert!(usual.ratings.iter().zip(&rare.ratings).all(|(usual, rare)| rare <= usual));
    }

    #[test]
    fn the_noise_is_that_of_the_ratings() {
        let deviation = |noise| {
            let options = SynthOptions { noise, ..SMALL };
            let mut rng = stream(1, "synth", 0);
            let planted = Planted::draw(&options, &mut rng);
            let rows = draw_rows(&options, &planted, &mut Observation::new(&options, &planted, 1), &mut rng);
            (rows.iter().map(|row| row.noise.powi(2)).sum::<f64>() / rows.len() as f64).sqrt()
        };
        // Four standard errors: 4 / sqrt(2 · 700) of the deviation.
        assert!((deviation(0.7) / 0.7 - 1.0).abs() < 0.107, "{}", deviation(0.7));
        assert!((deviation(2.0) / 2.0 - 1.0).abs() < 0.107, "{}", deviation(2.0));
        assert_eq!(deviation(0.0), 0.0);
    }

    #[test]
    fn the_chance_of_a_pair_rises_with_its_score() {
        let observation = |bias| Observation { bias, mean_score: 0.5, rng: stream(1, "", 0) };
        assert_eq!(observation(2.0).chance(0.5), 0.5);
        assert_eq!(observation(2.0).chance(1.5), 1.0 / (1.0 + (-2.0_f64).exp()));
        assert_eq!(observation(2.0).chance(-9.5), 1e-3);
        assert_eq!([0.0, 1.0].map(|score| observation(f64::MAX).chance(score)), [1e-3, 1.0]);
    }

    #[test]
    fn the_mean_score_is_that_of_all_pairs() {
        let planted = Planted::draw(&SMALL, &mut stream(1, "synth", 0));
        let pairs = (0..40).flat_map(|user| (0..60).map(move |item| (user, item)));
        let mean = pairs.map(|pair| planted.score(pair)).sum::<f64>() / 2400.0;
        assert!((planted.mean_score() - mean).abs() < 1e-12);
    }

    /// Correlation, over rows, of the number of rows of the item with whether the rating is above 3.
    fn popularity_and_label(ratings: &Ratings) -> f64 {
        let mut rows_of = vec![0.0; ratings.item_ids.clone().into_names().len()];
        ratings.items.iter().for_each(|&item| rows_of[item as usize] += 1.0);
        let popularity: Vec<f64> = ratings.items.iter().map(|&item| rows_of[item as usize]).collect();
        let label: Vec<f64> = ratings.ratings.iter().map(|&rating| f64::from(u8::from(rating > 3.0))).collect();
        let centred = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|value| value - mean).collect::<Vec<_>>()
        };
        let (x, y) = (centred(&popularity), centred(&label));
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt()
    }

    #[test]
    fn under_a_bias_what_is_popular_is_liked() {
        for seed in 1..=2 {
            let [none, some, much] = [0.0, 0.5, 1.0].map(|popularity_bias| {
                let options = SynthOptions { popularity_bias, positive_share: Some(0.5), ..SynthOptions::default() };
                popularity_and_label(&generate(&options, seed).unwrap())
            });
            assert!(none.abs() < 0.02 && none + 0.02 < some && some + 0.01 < much, "{seed}: {none} {some} {much}");
        }
    }

    #[test]
    fn every_user_and_item_occurs_under_any_bias() {
        // Half of all pairs, the most there may be, while nearly all of one half are turned down.
        let options = SynthOptions { n_rows: 1200, popularity_bias: f64::MAX, ..SMALL };
        let ratings = generate(&options, 1).unwrap();
        assert_eq!(
            (ratings.len(), ratings.user_ids.into_names().len(), ratings.item_ids.into_names().len()),
            (1200, 40, 60)
        );
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let refused = |options| generate(&options, 1).unwrap_err().to_string();
        for share in [0.0, 1.0, -0.1, f64::NAN] {
            let said = refused(SynthOptions { positive_share: Some(share), ..SMALL });
            assert_eq!(said, format!("positive share = {share}: a share of more than 0 and less than 1 is needed"));
        }
        for bias in [-1.0, f64::INFINITY, f64::NAN] {
            let said = refused(SynthOptions { popularity_bias: bias, ..SMALL });
            assert_eq!(said, format!("popularity bias = {bias}: a finite number of 0 or more is needed"));
        }
        for noise in [-0.5, 100.5, f64::NAN] {
            let said = refused(SynthOptions { noise, ..SMALL });
            assert_eq!(said, format!("noise = {noise}: a standard deviation from 0 to 100 is needed"));
        }
    }
}
