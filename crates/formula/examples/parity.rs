//! Writes what `tests/parity/parity.py` compares: named losses and random formulas as JSON, with the code of every target,
//! and value and derivative as the evaluator has them.
//!
//!     cargo run -p autolossgen-formula --example parity > cases.json

#[path = "../tests/formula/random.rs"]
#[allow(dead_code, missing_docs)]
mod random;

use autolossgen_formula::{
    Choice, Clamp, ExportError, Formula, Loss, NAMED_LOSSES, Node, Semantics, Target, Workspace, default_name, export,
};
use proptest::strategy::{Strategy, ValueTree};
use serde_json::{Value, json};

/// Random formulas that can be exported.
const N_RANDOM: usize = 500;
/// Distinct nodes of each, at least.
const COMPLEXITY: usize = 6;

/// Labels: of the classes; between them, off the predictions, where single precision may take another side of a kink; and at
/// ŷ = y for h = 0, which is exact in every precision.
const LABELS: [f32; 4] = [0.0, 1.0, 0.31, 0.5];

/// Values of ŷ: ½, where h = 0 is a kink, and within 1e-9 of 0 and 1 among them.
fn logits() -> Vec<f32> {
    let near_the_ends = [-20.75, -17.0, -12.0, -8.0, 8.0, 12.0, 17.0, 20.75];
    let inner = (1..40).map(|index| index as f32 / 40.0).map(|prediction| (prediction / (1.0 - prediction)).ln());
    inner.chain(near_the_ends).collect()
}

fn main() {
    let named = NAMED_LOSSES.iter().flat_map(|named| {
        [1e-6, 0.1].map(|epsilon| named.formula().compile(Semantics::unclamped(epsilon)).expect("ε is positive"))
    });
    let scaled = "max(pred, label) - log(pred)".parse::<Formula>().expect("a formula");
    let scaled = scaled.compile(Semantics::default()).expect("the default").scaled(0.3);
    let cases: Vec<Value> = named
        .chain([scaled])
        .map(|loss| case(&loss).expect("named losses can be exported"))
        .chain(random_cases())
        .collect();
    println!("{}", json!({ "logits": logits(), "cases": cases }));
}

/// Formulas that depend on the prediction, are finite and are not too simple, from one fixed stream.
fn random_cases() -> Vec<Value> {
    let mut runner = random::runner(1);
    let strategy = (random::formula(random::plain_constant(), 24), random::semantics());
    let mut cases = Vec::new();
    while cases.len() < N_RANDOM {
        let (formula, semantics) = strategy.new_tree(&mut runner).expect("no filter is that strict").current();
        let loss = formula.compile(semantics).expect("the semantics are valid");
        if formula.complexity() >= COMPLEXITY {
            cases.extend(case(&loss));
        }
    }
    cases
}

fn case(loss: &Loss) -> Result<Value, ExportError> {
    let code = |target: &Target| Ok((target.name().to_owned(), export(loss, "exported", *target)?.into()));
    let codes = Target::ALL.iter().map(code).collect::<Result<serde_json::Map<_, _>, ExportError>>()?;
    let Semantics { epsilon, clamp } = loss.semantics();
    let bounds = match clamp {
        Clamp::None => Value::Null,
        Clamp::Signed(limit) => json!([decimal(-limit), decimal(limit)]),
        Clamp::Positive(low, high) => json!([decimal(low), decimal(high)]),
    };
    let labels = LABELS.map(|label| evaluated(loss, label));
    Ok(json!({
        "name": default_name(loss), "formula": loss.formula().to_string(), "nodes": nodes(loss),
        "epsilon": decimal(epsilon), "clamp": bounds, "scale": decimal(loss.scale()), "codes": codes, "labels": labels,
    }))
}

/// The number that its shortest text stands for, which is what the code has.
fn decimal(value: f32) -> f64 {
    value.to_string().parse().expect("a number")
}

fn evaluated(loss: &Loss, label: f32) -> Value {
    let logits = logits();
    let n = logits.len();
    let (mut value, mut grad) = (vec![0.0; n], vec![0.0; n]);
    let found = loss.evaluate(&logits, &vec![label; n], &mut value, &mut grad, &mut Workspace::default());
    json!({ "label": decimal(label), "value": value, "gradient": grad, "non_finite": found.non_finite })
}

/// Each as its name, its number if it is a constant, and its operands. An operation on constants alone is the number that the
/// evaluator makes of it: that is what it means in every precision.
fn nodes(loss: &Loss) -> Vec<Value> {
    let nodes = loss.formula().nodes();
    let mut varies = vec![false; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        let is_variable = matches!(node, Node::Pred | Node::Logit | Node::Label);
        varies[index] = is_variable || node.operands().into_iter().flatten().any(|operand| varies[operand]);
    }
    let row = |(index, node): (usize, &Node)| match *node {
        Node::Unary(..) | Node::Binary(..) if !varies[index] => {
            let part = Formula::new(nodes[..=index].to_vec()).expect("the beginning of a formula is one");
            let part = part.compile(loss.semantics()).expect("the semantics are those of a loss");
            let (mut value, mut grad) = ([0.0], [0.0]);
            part.evaluate(&[0.0], &[0.0], &mut value, &mut grad, &mut Workspace::default());
            // The code writes 1 + ε as it stands where single precision keeps ε: to the eye of the reference, in decimals.
            let (exact, decimal) = (f64::from(value[0]), decimal(value[0]));
            let is_kept = (exact - decimal).abs() < 1e-6 * f64::from(loss.semantics().epsilon);
            json!(["constant", if is_kept { decimal } else { exact }])
        }
        Node::Pred => json!(["pred"]),
        Node::Label => json!(["label"]),
        Node::Logit => json!(["logit"]),
        Node::Eps => json!(["eps"]),
        Node::Constant(value) => json!(["constant", decimal(value)]),
        Node::Unary(operator, x) => json!([operator.name(), x]),
        Node::Binary(operator, x, y) => json!([operator, x, y]),
        Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("what is exported is pointwise"),
    };
    nodes.iter().enumerate().map(row).collect()
}
