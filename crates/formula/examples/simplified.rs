//! Simplifies random formulas and says how many got simpler, how far they are from the originals, and how long it took.
//!
//!     cargo run --release -p autolossgen-formula --example simplified [N [NODES]]

#[path = "../tests/formula/random.rs"]
#[allow(dead_code, missing_docs)]
mod random;

use std::time::Instant;

use autolossgen_formula::{NamedLoss, Semantics, Simplified, resolve, simplified};
use proptest::strategy::{Strategy, ValueTree};

/// Upper ends of the classes of a histogram of milliseconds.
const MILLISECONDS: [f64; 7] = [1.0, 5.0, 20.0, 50.0, 100.0, 200.0, f64::INFINITY];

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match given.first().map(|first| first.parse::<usize>()) {
        Some(Err(_)) => given.iter().for_each(|text| one(text)),
        Some(Ok(n)) => many(n, given.get(1).and_then(|longest| longest.parse().ok()).unwrap_or(20)),
        None => many(1_000, 20),
    }
}

/// One formula that was given.
fn one(text: &str) {
    let semantics = match NamedLoss::find(text) {
        Some(_) => Semantics::unclamped(1e-6),
        None => Semantics::default(),
    };
    let loss = resolve(text).and_then(|formula| formula.compile(semantics)).expect("a formula");
    let started = Instant::now();
    let found = simplified(&loss);
    let milliseconds = 1e3 * started.elapsed().as_secs_f64();
    println!("{text}\n    {}   ({milliseconds:.1} ms)", found.map_or("-".to_owned(), |found| described(&found)));
}

fn described(found: &Simplified) -> String {
    format!("{}   {:.1e} {:.1e}", found.loss.formula(), found.agreement.value, found.agreement.gradient)
}

fn many(n: usize, longest: usize) {
    let mut runner = random::runner(1);
    let strategy = (random::formula(random::plain_constant(), longest), random::semantics());
    let (mut simpler, mut largest, mut times) = (0, 0.0_f64, Vec::new());
    for number in 0..n {
        let (formula, semantics) = strategy.new_tree(&mut runner).expect("no filter is that strict").current();
        let loss = formula.compile(semantics).expect("the semantics are valid");
        let started = Instant::now();
        let found = simplified(&loss);
        times.push(1e3 * started.elapsed().as_secs_f64());
        if let Some(found) = found {
            simpler += 1;
            largest = largest.max(found.agreement.largest());
            if number % (n / 20).max(1) == 0 {
                println!("{formula}\n    {}", described(&found));
            }
        }
    }
    println!("{simpler} of {n} got simpler; the largest difference is {largest:.1e}");
    histogram(&times);
}

fn histogram(times: &[f64]) {
    let mut below = 0;
    for limit in MILLISECONDS {
        let n = times.iter().filter(|time| **time < limit).count();
        println!("{:>6} below {limit} ms", n - below);
        below = n;
    }
    println!(
        "longest {:.0} ms, mean {:.1} ms",
        times.iter().copied().fold(0.0, f64::max),
        times.iter().sum::<f64>() / times.len() as f64
    );
}
