//! Random streams against an implementation in Python: `golden/streams.py` writes the values, and they never change.

use autolossgen_recsys::random::{Stream, below, categorical, normal, shuffle, stream, uniform};
use rand_core::Rng;
use serde::Deserialize;

/// Integers of 64 bits are texts.
#[derive(Deserialize)]
struct Golden {
    streams: Vec<GoldenStream>,
    uniform: Vec<f64>,
    below: Vec<GoldenBelow>,
    /// Two shuffles in a row of 0, 1, …, by length.
    shuffle: Vec<[Vec<usize>; 2]>,
    normal: Vec<f64>,
    weights: Vec<f64>,
    categorical: Vec<usize>,
}

#[derive(Deserialize)]
struct GoldenStream {
    seed: String,
    purpose: String,
    number: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
struct GoldenBelow {
    n: String,
    values: Vec<String>,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/streams.json")).unwrap()
    }
}

/// The stream of every draw but those in `streams`.
fn known() -> Stream {
    stream(42, "known answers", 3)
}

#[test]
fn streams_are_fnv_and_xoshiro() {
    for GoldenStream { seed, purpose, number, words } in Golden::load().streams {
        let mut rng = stream(seed.parse().unwrap(), &purpose, number.parse().unwrap());
        let ours: Vec<String> = words.iter().map(|_| rng.next_u64().to_string()).collect();
        assert_eq!(ours, words, "stream ({seed}, {purpose}, {number})");
    }
}

#[test]
fn draws_have_known_answers() {
    let golden = Golden::load();
    let mut rng = known();
    golden.uniform.iter().for_each(|&expected| assert_eq!(uniform(&mut rng), expected));
    for GoldenBelow { n, values } in &golden.below {
        let mut rng = known();
        let ours: Vec<String> = values.iter().map(|_| below(&mut rng, n.parse().unwrap()).to_string()).collect();
        assert_eq!(&ours, values, "below {n}");
    }
    let mut rng = known();
    let ours: Vec<usize> = golden.categorical.iter().map(|_| categorical(&mut rng, &golden.weights)).collect();
    assert_eq!(ours, golden.categorical);
}

#[test]
fn shuffles_have_known_answers() {
    for expected in Golden::load().shuffle {
        let mut rng = known();
        for order in expected {
            let mut values: Vec<usize> = (0..order.len()).collect();
            shuffle(&mut rng, &mut values);
            assert_eq!(values, order);
        }
    }
}

#[test]
fn normal_draws_have_known_answers() {
    let mut rng = known();
    for expected in Golden::load().normal {
        let ours = normal(&mut rng);
        // The last bit of a logarithm or cosine in Python is its platform's.
        assert!((ours - expected).abs() < 1e-14, "{ours} where {expected} is expected");
    }
}

#[test]
fn normal_draws_have_the_moments_of_a_normal_distribution() {
    let n = 200_000;
    let mut rng = stream(1, "moments", 0);
    let draws: Vec<f64> = (0..n).map(|_| normal(&mut rng)).collect();
    // E xᵏ is 0, 1, 0, 3, and the variance of xᵏ is E x²ᵏ − (E xᵏ)²: 1, 2, 15, 96.
    for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)] {
        let moment = draws.iter().map(|x| x.powi(power)).sum::<f64>() / f64::from(n);
        let error = (variance / f64::from(n)).sqrt();
        assert!((moment - expected).abs() < 4.0 * error, "E x^{power} = {moment}");
    }
}

#[test]
fn shuffles_give_every_order_equally_often() {
    let (mut rng, n) = (stream(1, "orders", 0), 60_000);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..n {
        let mut values = [0, 1, 2];
        shuffle(&mut rng, &mut values);
        *counts.entry(values).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    // Four standard deviations of a count with p = 1/6.
    let bound = 4.0 * (f64::from(n) * 5.0 / 36.0).sqrt();
    assert!(counts.values().all(|&count| f64::from(count - n / 6).abs() < bound), "{counts:?}");
}

#[test]
fn what_has_no_weight_is_never_drawn() {
    let (mut rng, n) = (stream(1, "weights", 0), 40_000);
    let mut counts = [0; 4];
    (0..n).for_each(|_| counts[categorical(&mut rng, &[0.0, 1.0, 3.0, 0.0])] += 1);
    assert_eq!((counts[0], counts[3]), (0, 0));
    // Four standard deviations of a count with p = 1/4.
    assert!((f64::from(counts[1]) - f64::from(n) / 4.0).abs() < 4.0 * (f64::from(n) * 3.0 / 16.0).sqrt());
}
