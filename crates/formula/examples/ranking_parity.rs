//! Writes what `tests/parity/ranking.py` compares: losses of ranking as JSON, with the code of every framework that takes them, and
//! value and derivatives as the evaluator has them.
//!
//!     cargo run -p autolossgen-formula --example ranking_parity > cases.json

use autolossgen_formula::{
    Choice, Formula, RANKING_LOSSES, RankingLoss, RankingWorkspace, Semantics, Target, export_ranking,
};
use serde_json::{Value, json};

/// Formulas with every operator, reducer and pattern that the named losses leave out.
const FURTHER: [&str; 16] = [
    "log(mean(exp(neg)))",
    "log(mean(exp(neg * 2)) + 0.5)",
    "log(2 + exp(-gap))",
    "max(gap)^2",
    "max(gap, 0.3) - min(neg, pos)",
    "relu(1 - pos) + max(relu(neg - 0.5))",
    "reciprocal(1 + gap^2)",
    "log(gap^2 + 1)",
    "abs(1 - gap) + sqrt(abs(neg))",
    "tanh(gap) * sigmoid(neg)",
    "sigmoid(-gap) / (1 + exp(-pos^2))",
    "sum(relu(1 - gap)^2) / (1 + sum(sigmoid(neg)))",
    "log(1 + sum(exp(-gap))) - 0.1 * pos",
    "mean(exp(-0.1 * gap))",
    "eps + log(sigmoid(gap))",
    "-log(sigmoid(mean(gap)))",
];

const ROWS: usize = 8;
const NEGATIVES: usize = 5;

/// Scores without a tie, up to 50 in size in the last rows.
fn scores() -> (Vec<f32>, Vec<f32>) {
    let spread = |index: usize| ((index * 37 + 11) % 101) as f32 / 50.5 - 1.0 + 1e-3 * index as f32;
    let size = |row: usize| [1.0, 1.0, 2.0, 2.0, 5.0, 5.0, 20.0, 48.0][row];
    let positive = (0..ROWS).map(|row| size(row) * spread(3 * row + 1)).collect();
    let negative = (0..ROWS * NEGATIVES).map(|index| size(index / NEGATIVES) * spread(7 * index)).collect();
    (positive, negative)
}

fn main() {
    let named = RANKING_LOSSES.iter().map(|named| (named.formula(), Semantics::unclamped(1e-6)));
    let further = FURTHER.iter().map(|text| text.parse::<Formula>().expect("a formula"));
    let further = further.flat_map(|formula| {
        [Semantics::unclamped(1e-3), Semantics::default()].map(|semantics| (formula.clone(), semantics))
    });
    let compiled = |(formula, semantics): (Formula, Semantics)| formula.compile_ranking(semantics).expect("of ranking");
    let cases: Vec<Value> = named.chain(further).map(compiled).map(|loss| case(&loss)).collect();
    let (positive, negative) = scores();
    println!("{}", json!({ "negatives": NEGATIVES, "pos": positive, "neg": negative, "cases": cases }));
}

fn case(loss: &RankingLoss) -> Value {
    let (positive, negative) = scores();
    let (mut of_positive, mut of_negative) = (vec![0.0; positive.len()], vec![0.0; negative.len()]);
    let workspace = &mut RankingWorkspace::default();
    let found = loss.value_and_grad(&positive, &negative, &mut of_positive, &mut of_negative, workspace);
    let code = |target: &Target| Some((target.name(), export_ranking(loss, "a_loss", *target).ok()?));
    let codes: serde_json::Map<String, Value> =
        Target::ALL.iter().filter_map(code).map(|(name, code)| (name.to_owned(), code.into())).collect();
    json!({
        "formula": loss.formula().to_string(),
        "value": found.mean,
        "non_finite": found.non_finite,
        "pos": of_positive,
        "neg": of_negative,
        "code": codes,
    })
}
