//! Losses of ranking against PyTorch in double precision (`golden/ranking_losses.py`), and at the edges of what they take.

use autolossgen_formula::{
    Clamp, Evaluation, Formula, FormulaError, NamedLoss, Node, RankingLoss, RankingWorkspace, Reducer, Scope,
    Semantics, resolve_for,
};
use serde::Deserialize;

/// Rows of one positive and N negatives, and what PyTorch makes of them.
#[derive(Deserialize)]
struct Golden {
    pos: Vec<f32>,
    neg: Vec<f32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loss: String,
    value: Vec<f64>,
    by_pos: Vec<f64>,
    by_neg: Vec<f64>,
}

/// What an evaluation gives.
#[derive(Debug, PartialEq)]
struct Found {
    value: Vec<f32>,
    by_pos: Vec<f32>,
    by_neg: Vec<f32>,
    evaluation: Evaluation,
}

fn evaluated(loss: &RankingLoss, pos: &[f32], neg: &[f32]) -> Found {
    let (mut value, mut by_pos, mut by_neg) = (vec![7.0; pos.len()], vec![7.0; pos.len()], vec![7.0; neg.len()]);
    let mut workspace = RankingWorkspace::default();
    let evaluation = loss.evaluate(pos, neg, &mut value, &mut by_pos, &mut by_neg, &mut workspace);
    Found { value, by_pos, by_neg, evaluation }
}

fn compiled(text: &str, clamp: Clamp) -> RankingLoss {
    let semantics = Semantics { epsilon: 1e-6, clamp };
    resolve_for(Scope::Ranking, text).unwrap().compile_ranking(semantics).unwrap()
}

fn unclamped(text: &str) -> RankingLoss {
    compiled(text, Clamp::None)
}

/// Some roundings of single precision, of the number and of the largest of the same kind, which it may be a difference of.
fn expect_near(what: &str, ours: &[f32], theirs: &[f64]) {
    let largest = theirs.iter().fold(1.0, |largest: f64, number| largest.max(number.abs()));
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (&ours, &theirs) in ours.iter().zip(theirs) {
        let difference = (f64::from(ours) - theirs).abs();
        assert!(difference <= 5e-6 * theirs.abs() + 2e-6 * largest, "{what}: {ours} instead of {theirs}");
    }
}

#[test]
fn losses_of_ranking_are_those_of_pytorch() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("../golden/ranking_losses.json")).unwrap();
    for Golden { pos, neg, cases } in &golden {
        for clamp in [Clamp::None, Clamp::Signed(1e6)] {
            for case in cases {
                let found = evaluated(&compiled(&case.loss, clamp), pos, neg);
                let what = |of: &str| format!("{of} of {} with {} negatives under {clamp:?}", case.loss, neg.len());
                expect_near(&what("value"), &found.value, &case.value);
                expect_near(&what("derivative by pos"), &found.by_pos, &case.by_pos);
                expect_near(&what("derivative by neg"), &found.by_neg, &case.by_neg);
                assert_eq!(found.evaluation.non_finite, 0, "{}", case.loss);
                let mean = case.value.iter().sum::<f64>() / pos.len() as f64;
                expect_near(&what("mean"), &[found.evaluation.mean], &[mean]);
            }
        }
        for named in NamedLoss::of(Scope::Ranking) {
            assert!(cases.iter().any(|case| case.loss == named.name), "no golden value of {}", named.name);
        }
    }
}

/// Scores that differ by 400: exp of that is beyond single precision, and of its negative 0.
#[test]
fn extreme_scores_neither_overflow_nor_lose_the_derivative() {
    let (pos, neg) = ([200.0, -200.0], [-200.0, -200.0, 200.0, 200.0]);
    for clamp in [Clamp::None, Clamp::Signed(1e6)] {
        let bpr = evaluated(&compiled("bpr", clamp), &pos, &neg);
        assert_eq!(bpr.evaluation, Evaluation { mean: 200.0, non_finite: 0 });
        assert!(bpr.value[0] < 1e-30 && bpr.value[1] == 400.0, "{bpr:?}");
        assert_eq!((bpr.by_pos[1], &bpr.by_neg[2..]), (-1.0, &[0.5, 0.5][..]));
        let ssm = evaluated(&compiled("ssm", clamp), &pos, &neg);
        expect_near("ssm", &ssm.value[1..], &[400.0 + 2.0_f64.ln()]);
        assert!(ssm.value[0] < 1e-30 && ssm.evaluation.non_finite == 0, "{ssm:?}");
        expect_near("ssm by pos and neg", &[ssm.by_pos[1], ssm.by_neg[2], ssm.by_neg[3]], &[-1.0, 0.5, 0.5]);
        for name in NamedLoss::of(Scope::Ranking).iter().map(|named| named.name) {
            let found = evaluated(&compiled(name, clamp), &pos, &neg);
            assert_eq!(found.evaluation.non_finite, 0, "{name}: {found:?}");
        }
    }
}

/// 1 + exp(−gap) is 1 in single precision there.
#[test]
fn a_small_softplus_keeps_its_digits() {
    let found = evaluated(&unclamped("bpr"), &[20.0], &[0.0]);
    expect_near("in units of exp(−20)", &[found.value[0] * 1e9], &[1e9 * (-20.0_f64).exp()]);
    expect_near("its derivative", &[found.by_neg[0] * 1e9], &[1e9 * (-20.0_f64).exp()]);
}

/// Enough rows for several tiles, the last one part full: each row is what it is alone, bit by bit.
#[test]
fn rows_do_not_change_each_other() {
    for (n_rows, n) in [(1, 1), (1, 64), (37, 64), (1500, 1), (700, 3), (3, 2000)] {
        let score = |index: usize| ((index * 7919) % 257) as f32 / 32.0 - 4.0;
        let pos: Vec<f32> = (0..n_rows).map(score).collect();
        let neg: Vec<f32> = (0..n_rows * n).map(|index| score(index + 11)).collect();
        for text in ["bpr", "ssm", "ccl", "psl", "max(neg) * tanh(gap) - pos / (1 + neg^2)"] {
            let loss = compiled(text, Clamp::Signed(1e6));
            let together = evaluated(&loss, &pos, &neg);
            for row in [0, n_rows / 2, n_rows - 1] {
                let alone = evaluated(&loss, &pos[row..=row], &neg[row * n..(row + 1) * n]);
                assert_eq!(alone.value[0].to_bits(), together.value[row].to_bits(), "{text}, row {row} of {n_rows}");
                assert_eq!(alone.by_pos[0].to_bits(), together.by_pos[row].to_bits(), "{text}, row {row} of {n_rows}");
                assert_eq!(alone.by_neg, together.by_neg[row * n..(row + 1) * n], "{text}, row {row} of {n_rows}");
            }
        }
    }
}

#[test]
fn rows_that_are_not_finite_are_counted_and_left_out() {
    let (pos, neg) = ([0.5, f32::NAN, 1.0, 2.0], [0.25, 1.0, 0.0, 0.0, f32::NAN, 0.0, 0.0, 2.0]);
    for text in ["bpr", "ssm", "hinge", "max(neg) - pos", "mse"] {
        let found = evaluated(&unclamped(text), &pos, &neg);
        assert_eq!(found.evaluation.non_finite, 2, "{text}: {found:?}");
        let mean = (found.value[0] + found.value[3]) / 2.0;
        assert!((found.evaluation.mean - mean).abs() < 1e-6, "{text}: {found:?}");
        assert_eq!((&found.by_pos[1..3], &found.by_neg[2..6]), (&[0.0; 2][..], &[0.0; 4][..]), "{text}");
        assert!(found.by_pos[0] != 0.0 && found.by_neg[7] != 0.0, "{text}: {found:?}");
    }
    let pole = evaluated(&unclamped("pos / neg"), &[1.0, 1.0], &[0.0, 2.0]);
    assert_eq!((pole.evaluation.non_finite, pole.evaluation.mean), (1, 0.5));
    let none = evaluated(&unclamped("gap / 0"), &[1.0], &[3.0]);
    assert_eq!((none.evaluation, none.by_pos[0]), (Evaluation { mean: 0.0, non_finite: 1 }, 0.0));
}

#[test]
fn a_clamp_cuts_off_value_and_derivative_of_every_operation() {
    let found = evaluated(&compiled("2 * neg", Clamp::Signed(3.0)), &[0.0], &[1.0, 2.0]);
    assert_eq!((found.value, found.by_neg), (vec![2.5], vec![1.0, 0.0]));
    let found = evaluated(&compiled("sum(neg) + pos", Clamp::Signed(3.0)), &[0.5], &[1.0, 2.5]);
    assert_eq!((found.value, found.by_neg, found.by_pos), (vec![3.0], vec![0.0; 2], vec![0.0]));
    // A leaf is not clamped, and the derivative of what is cut off is 0 however steep it is.
    let found = evaluated(&compiled("gap", Clamp::Signed(3.0)), &[5.0], &[0.0]);
    assert_eq!((found.value, found.by_pos), (vec![5.0], vec![1.0]));
    let found = evaluated(&compiled("pos * (1 / neg)", Clamp::Signed(3.0)), &[1.0], &[0.0]);
    assert_eq!((found.evaluation.non_finite, found.by_neg), (0, vec![0.0]));
}

#[test]
fn ties_of_a_maximum_share_its_derivative() {
    let found = evaluated(&unclamped("max(neg)"), &[0.0], &[2.0, 1.0, 2.0, 2.0, 2.0]);
    assert_eq!((found.value, found.by_neg), (vec![2.0], vec![0.25, 0.0, 0.25, 0.25, 0.25]));
    let found = evaluated(&unclamped("max(pos, neg)"), &[2.0], &[2.0, 1.0]);
    assert_eq!((found.by_pos, found.by_neg), (vec![0.75], vec![0.25, 0.0]));
}

#[test]
fn a_scale_multiplies_the_derivatives_and_nothing_else() {
    let (pos, neg) = ([0.5, -1.0], [0.25, 1.0, -2.0, 0.0]);
    for text in ["bpr", "ccl", "pos", "gap"] {
        let (plain, scaled) = (unclamped(text), unclamped(text).scaled(8.0));
        let (plain, scaled) = (evaluated(&plain, &pos, &neg), evaluated(&scaled, &pos, &neg));
        assert_eq!((plain.value, plain.evaluation), (scaled.value, scaled.evaluation), "{text}");
        let times = |numbers: Vec<f32>| numbers.into_iter().map(|number| 8.0 * number).collect::<Vec<f32>>();
        assert_eq!((times(plain.by_pos), times(plain.by_neg)), (scaled.by_pos, scaled.by_neg), "{text}");
    }
}

#[test]
fn an_empty_batch_has_no_loss() {
    assert_eq!(evaluated(&unclamped("bpr"), &[], &[]).evaluation, Evaluation { mean: 0.0, non_finite: 0 });
}

#[test]
#[should_panic(expected = "every positive needs the same number of negatives")]
fn negatives_that_do_not_go_into_rows_panic() {
    evaluated(&unclamped("bpr"), &[0.0, 0.0], &[1.0, 2.0, 3.0]);
}

#[test]
fn epsilon_is_in_what_is_no_log_sum_exp() {
    let depends = |text: &str| unclamped(text).depends_on_epsilon();
    assert!(depends("-log(sigmoid(gap))") && depends("1 / (eps + pos^2)") && depends("reciprocal(sum(neg^2))"));
    for named in NamedLoss::of(Scope::Ranking) {
        assert!(!depends(named.name), "{}", named.name);
    }
}

/// The message of a formula that is none, without the place.
fn message(text: &str) -> String {
    let error = text.parse::<Formula>().unwrap_err().to_string();
    error.split(", at column").next().unwrap().to_owned()
}

#[test]
fn formulas_of_no_scope_are_refused_in_words() {
    assert_eq!(
        message("log(pred) + gap"),
        "'pred' and 'gap' cannot stand in one formula: a pointwise loss is over pred, label and logit, a ranking loss over pos, \
         neg and gap"
    );
    assert_eq!(
        message("label * mean(1)").split(':').next().unwrap(),
        "mean of one argument runs over the negatives of a ranking loss, and a formula with 'label' is pointwise and has none"
    );
    assert!(message("max(pred)").starts_with("max of one argument runs over the negatives of a ranking loss"));
    for text in ["mean(pos)", "sum(1)", "max(mean(gap))"] {
        assert!(
            message(text).contains("its argument is one number a row already: reduce what has neg or gap in it"),
            "{text}"
        );
    }
    let pointed = "pos - sum(pos)".parse::<Formula>().unwrap_err().to_string();
    assert!(pointed.ends_with("\n  pos - sum(pos)\n        ^"), "{pointed}");
    assert_eq!(message("meen(gap)"), "'meen' is not known; did you mean 'mean'?");
}

#[test]
fn nodes_of_no_scope_are_refused() {
    let mixed = Formula::new(vec![Node::Neg, Node::Label]);
    assert_eq!(mixed, Err(FormulaError::Mixed { pointwise: "label", ranking: "neg" }));
    let reduced = Formula::new(vec![Node::Pos, Node::Reduce(Reducer::Sum, 0)]);
    assert_eq!(reduced, Err(FormulaError::ReducedNumber("sum")));
    let reduced = Formula::new(vec![Node::Pred, Node::Reduce(Reducer::Max, 0)]);
    assert_eq!(reduced, Err(FormulaError::PointwiseReducer { reducer: "max", leaf: "pred" }));
}

#[test]
fn a_formula_compiles_in_its_own_scope() {
    let formula = |text: &str| text.parse::<Formula>().unwrap();
    let refused = formula("relu(1 - gap)").compile(Semantics::default()).unwrap_err();
    assert_eq!(refused, FormulaError::Scope { found: Scope::Ranking, wanted: Scope::Pointwise });
    let refused = formula("pred").compile_ranking(Semantics::default()).unwrap_err();
    assert_eq!(refused, FormulaError::Scope { found: Scope::Pointwise, wanted: Scope::Ranking });
    assert_eq!([formula("2 + eps").scope(), formula("gap").scope()], [None, Some(Scope::Ranking)]);
    assert!(formula("2 + eps").compile(Semantics::default()).is_ok());
    let constant = evaluated(&formula("2 + 1").compile_ranking(Semantics::default()).unwrap(), &[1.0], &[1.0, 2.0]);
    assert_eq!((constant.value, constant.by_pos, constant.by_neg), (vec![3.0], vec![0.0], vec![0.0; 2]));
    let unsound = formula("gap").compile_ranking(Semantics::unclamped(0.0)).unwrap_err();
    assert_eq!(unsound, FormulaError::Epsilon(0.0));
}

#[test]
fn canonical_forms_share_what_is_equal() {
    let canonical = |text: &str| text.parse::<Formula>().unwrap().canonical().to_string();
    assert_eq!(canonical("mean(relu(1 - gap))"), canonical("relu(1 - gap)"));
    assert_eq!(canonical("neg * pos + sum(neg * 1 + gap)"), canonical("sum(gap + identity(neg)) + pos * neg"));
    // Under a clamp the mean of scores is clamped, and scores are not.
    assert_eq!(canonical("mean(gap)"), "mean(gap)");
    assert_ne!(canonical("gap"), canonical("pos - neg"));
}
