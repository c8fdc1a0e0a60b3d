//! The simplified form is the same loss.

use std::cell::Cell;

use autolossgen_formula::{Formula, Loss, SIMPLIFIED_WITHIN, Workspace, simplified};
use proptest::prelude::*;

use crate::random::{formula, plain_constant, runner, semantics};

const CASES: u32 = 600;

/// Places that the simplification did not see: no multiple of 1/32, and other labels.
const LABELS: [f32; 5] = [0.0, 1.0, 0.05, 0.37, 0.81];

/// Between the places that were compared a difference can be larger, where ε or the clamp takes over.
const BETWEEN: f64 = 3.0;

fn logits() -> Vec<f32> {
    (0..1500).map(|index| 0.0263 * index as f32 - 19.713).collect()
}

/// Values and dL/dŷ of a loss for a label.
fn along(loss: &Loss, label: f32) -> (Vec<f64>, Vec<f64>) {
    let logits = logits();
    let (mut value, mut slope) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
    let labels = vec![label; logits.len()];
    loss.evaluate(&logits, &labels, &mut value, &mut slope, &mut Workspace::default());
    let spread = logits.iter().map(|&h| 1.0 / (f64::from(h).exp() + 2.0 + f64::from(-h).exp()));
    let by_prediction = slope.iter().zip(spread).map(|(&slope, spread)| f64::from(slope) / spread).collect();
    (value.into_iter().map(f64::from).collect(), by_prediction)
}

/// Median size for ŷ from 0.02 to 0.98.
fn typical(values: &[f64]) -> f64 {
    let middle = logits().into_iter().zip(values).filter(|(logit, _)| logit.abs() < 4.0);
    let mut sizes: Vec<f64> = middle.map(|(_, value)| value.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes[sizes.len() / 2]
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    let typical = typical(x);
    let relative = |(x, y): (&f64, &f64)| if x == y { 0.0 } else { (x - y).abs() / x.abs().max(y.abs()).max(typical) };
    x.iter().zip(y).map(relative).fold(0.0, f64::max)
}

#[test]
fn the_simplified_form_is_the_same_loss_and_shorter() {
    let n = Cell::new(0);
    let checked = runner(CASES).run(&(formula(plain_constant(), 20), semantics()), |(formula, semantics)| {
        let loss = formula.compile(semantics).unwrap();
        let Some(found) = simplified(&loss) else { return Ok(()) };
        n.set(n.get() + 1);
        prop_assert!(found.agreement.largest() <= SIMPLIFIED_WITHIN);
        prop_assert!(found.loss.formula().complexity() <= formula.complexity(), "{}", found.loss.formula());
        prop_assert_eq!(found.loss.original(), Some(&formula));
        prop_assert_eq!(found.loss.semantics(), semantics);
        for label in LABELS {
            let (ours, theirs) = (along(&loss, label), along(&found.loss, label));
            let far = distance(&ours.0, &theirs.0).max(distance(&ours.1, &theirs.1));
            prop_assert!(far <= BETWEEN * SIMPLIFIED_WITHIN, "{far:e} from {formula} to {}", found.loss.formula());
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    assert!(n.get() > CASES / 5, "only {} got simpler", n.get());
}

#[test]
fn the_same_formula_gives_the_same_text_again_and_on_another_thread() {
    let form = |formula: &Formula, semantics| {
        simplified(&formula.compile(semantics).unwrap()).map(|found| found.loss.formula().to_string())
    };
    let checked = runner(CASES / 10).run(&(formula(plain_constant(), 20), semantics()), |(formula, semantics)| {
        let here = form(&formula, semantics);
        let there = std::thread::scope(|scope| scope.spawn(|| form(&formula, semantics)).join().unwrap());
        prop_assert_eq!(&here, &there);
        prop_assert_eq!(&here, &form(&formula, semantics));
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

/// What was simplified is as simple as it gets, or gets simpler still; it never goes in circles.
#[test]
fn simplifying_again_never_makes_it_longer() {
    let checked = runner(CASES / 6).run(&(formula(plain_constant(), 16), semantics()), |(formula, semantics)| {
        let Some(once) = simplified(&formula.compile(semantics).unwrap()) else { return Ok(()) };
        if let Some(twice) = simplified(&once.loss) {
            prop_assert!(twice.loss.formula().complexity() <= once.loss.formula().complexity());
            prop_assert_eq!(twice.loss.original(), Some(&formula));
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}
