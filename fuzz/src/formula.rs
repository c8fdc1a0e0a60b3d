//! Text of formulas.

use autolossgen::formula::{Choice, Clamp, Formula, Semantics, Target, Workspace, export, resolve, split_list};

/// Logits of a recommender that trains well, and of one that does not.
const LOGITS: [f32; 12] =
    [0.0, 0.5, -0.5, 3.0, -3.0, 40.0, -40.0, 1e-40, 1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
const CLAMPS: [Clamp; 3] = [Clamp::None, Clamp::Signed(1e6), Clamp::Positive(1e-5, 1e5)];
const EPSILONS: [f32; 3] = [1e-6, 1.0, 1e-38];

/// Any text is refused in words, or is a formula that prints, parses back, and evaluates to numbers that are finite or
/// counted.
pub fn formula(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for part in split_list(&text) {
        match resolve(part) {
            Ok(formula) => {
                round_trips(&formula);
                exports(&formula, part.len());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn round_trips(formula: &Formula) {
    let canonical = formula.canonical();
    assert_eq!(canonical.canonical(), canonical, "canonical of {formula}");
    for printed in [formula, &canonical] {
        let text = printed.to_string();
        let again: Formula = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.to_string(), text);
        assert_eq!(again.canonical(), canonical, "{text}");
    }
    for clamp in CLAMPS {
        for epsilon in EPSILONS {
            evaluates(formula, Semantics { epsilon, clamp });
        }
    }
}

fn evaluates(formula: &Formula, semantics: Semantics) {
    let loss = formula.compile(semantics).expect("these semantics are in order");
    let mut workspace = Workspace::default();
    for label in [0.0, 1.0, 0.3] {
        let labels = [label; LOGITS.len()];
        let (mut values, mut slopes) = ([0.0; LOGITS.len()], [0.0; LOGITS.len()]);
        let found = loss.evaluate(&LOGITS, &labels, &mut values, &mut slopes, &mut workspace);
        assert!(found.mean.is_finite() && slopes.iter().all(|slope| slope.is_finite()), "{formula}");
        let unreal = values.iter().filter(|value| !value.is_finite()).count();
        assert!(unreal <= found.non_finite, "{formula}: {unreal} values of {}", found.non_finite);
    }
}

/// One target an input: export takes most of the time.
fn exports(formula: &Formula, choice: usize) {
    let (clamp, target) = (CLAMPS[choice % CLAMPS.len()], Target::ALL[choice % Target::ALL.len()]);
    let loss = formula.compile(Semantics { epsilon: 1e-6, clamp }).expect("these semantics are in order");
    let _ = export(&loss, "f", target).map_err(|error| error.to_string());
}
