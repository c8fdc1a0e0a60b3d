//! Losses whose properties follow by hand.

use autolossgen_formula::{NAMED_LOSSES, Semantics, resolve};

use super::*;

fn at(text: &str, epsilon: f32) -> Explanation {
    let loss = resolve(text).unwrap().compile(Semantics::unclamped(epsilon)).unwrap();
    explain(&loss, &Config::preset(crate::config::Preset::Default)).unwrap()
}

fn of(text: &str) -> Explanation {
    at(text, 1e-6)
}

fn near(found: f64, by_hand: f64, accuracy: f64) {
    assert!((found - by_hand).abs() <= accuracy, "{found} for {by_hand}");
}

fn minimiser(explanation: &Explanation, share: f64) -> Minimiser {
    *explanation.minimiser.points.iter().find(|point| (point.share - share).abs() < 1e-9).unwrap()
}

#[test]
fn proper_losses_ask_for_the_share_of_positives() {
    // A constant of a million leaves no digit of the value for the rest.
    for text in ["bce", "mse", "(pred - label)^2 + 1000000", "3 * (label + -pred)^2 + label"] {
        let found = of(text).minimiser;
        assert!(found.strictly_proper && found.calibrated && found.largest_miss < 1e-4, "{text}: {found:?}");
        assert_eq!(found.points.len(), 19);
    }
}

/// ε bends the logarithm at logit 0, where the named loss has a kink: for p within 2.5e-4 of ½ ŷ* is ½, which is p to the accuracy.
#[test]
fn what_is_proper_is_calibrated_to_the_same_accuracy() {
    let found = at("bce", 1e-3);
    assert!(found.minimiser.strictly_proper && found.minimiser.calibrated, "{:?}", found.minimiser.astray);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let found = of("1.0001 * label * (1 - pred) + (1 - label) * pred");
    let [astray] = found.minimiser.astray[..] else { panic!("{:?}", found.minimiser.astray) };
    assert_eq!([warning::prediction(astray.low), warning::prediction(astray.high)], ["0.499975", "0.5"]);
    assert_eq!([0.5, 0.504, 0.25, 0.9985].map(warning::prediction), ["0.5", "0.504", "0.25", "0.9985"]);
}

#[test]
fn a_scale_changes_neither_the_minimisers_nor_the_samples() {
    for text in ["mse", "maxr", "reciprocal(log(min(pred, min(label, pred * pred))))"] {
        let loss = resolve(text).unwrap().compile(Semantics::unclamped(1e-3)).unwrap();
        let [plain, scaled] = [1.0, 2.7].map(|scale| risk::Risk::new(&loss.clone().scaled(scale)).unwrap());
        assert_eq!(plain.n_samples(), scaled.n_samples(), "{text}");
        assert_eq!(minimiser::Minimisers::of(&plain), minimiser::Minimisers::of(&scaled), "{text}");
    }
}

/// What is said of a loss as a whole.
fn verdicts(explanation: &Explanation) -> [bool; 7] {
    let Explanation { minimiser, bounds, shape, .. } = explanation;
    let growth = [bounds.value_bounded, bounds.slope_bounded];
    let shapes = [shape.symmetric, shape.noise_symmetric, shape.convex];
    let [value, slope] = growth;
    let [symmetric, noise_symmetric, convex] = shapes;
    [minimiser.strictly_proper, minimiser.calibrated, value, slope, symmetric, noise_symmetric, convex]
}

#[test]
fn a_loss_is_judged_alike_however_it_is_written() {
    let spellings = [
        (
            "bce",
            [
                "-(label * log(pred) + (1 - label) * log(1 - pred))",
                "-log(1 - abs(label - pred))",
                "-log(label * pred + (1 - label) * (1 - pred))",
                "label * log(1 / pred) + (1 - label) * log(1 / (-pred + 1))",
                "log(1 + exp(logit)) - label * logit",
            ],
        ),
        (
            "focal",
            [
                "-(label * (1 - pred)^2 * log(pred) + (1 - label) * pred^2 * log(1 - pred))",
                "-(abs(label - pred)^2) * log(1 - abs(label - pred))",
                "-((label - pred)^2) * (label * log(pred) + (1 - label) * log(1 - pred))",
                "(label - 1) * pred * pred * log(1 - pred) - label * (pred - 1)^2 * log(pred)",
                "-square(pred - label) * log(label * pred + (1 - label) * (1 - pred))",
            ],
        ),
        (
            "mse",
            [
                "pred^2 - 2 * pred * label + label^2",
                "label * (1 - pred)^2 + (1 - label) * pred^2",
                "abs(label - pred) * abs(pred - label)",
                "(1 - (1 - abs(label - pred)))^2",
                "1 - (1 - label + pred) * (1 + label - pred)",
            ],
        ),
    ];
    for (name, texts) in spellings {
        // So small that it is not part of the loss up to a logit of 40; and as it is by default.
        let (pure, usual) = (at(name, 1e-30), of(name));
        for text in texts {
            let found = at(text, 1e-30);
            assert_eq!(verdicts(&found), verdicts(&pure), "{text}: {:?}", found.minimiser);
            assert_eq!((found.nearest[0].loss, found.nearest[0].distance < 1e-6), (name, true), "{text}");
            let (found, usual) = (of(text).minimiser, &usual.minimiser);
            let both = |found: &Minimisers| (found.strictly_proper, found.calibrated, found.at_border);
            assert_eq!(both(&found), both(usual), "{text}: {found:?}");
            near(found.largest_miss, usual.largest_miss, 2e-6);
        }
    }
}

#[test]
fn what_single_precision_makes_of_a_text_book_loss_is_a_warning_and_no_verdict() {
    let found = of("-(label * log(pred) + (1 - label) * log(1 - pred))");
    let [departure] = found.single_precision[..] else { panic!("{:?}", found.single_precision) };
    assert_eq!((departure.label, departure.logit, departure.single_value), (0.0, 20.0, Some(0.0)));
    near(departure.from_logit, 17.0, 0.7);
    near(departure.value, -(1e-6_f64 + 2.06e-9).ln(), 1e-4);
    let said = found.warnings.last().unwrap();
    assert!(
        said.contains("the loss of y = 0 is another at logits above 16.6: at logit 20 its value is 0 in place of 13.8"),
        "{said}"
    );
    assert!(!found.warnings.iter().any(|warning| warning.contains("predictions are certain")));
    let divided = of("reciprocal(1 - pred)");
    assert!(divided.single_precision.len() == 2 && of("pred / (1 - pred)").single_precision[0].single_value.is_none());
    for text in ["bce", "focal", "mse", "hinge", "maxr", "1000000 + pred * 2"] {
        assert_eq!(of(text).single_precision, [], "{text}");
    }
}

#[test]
fn calibration_is_judged_at_every_share() {
    // −1.2·p·log ŷ − (1 − p)·log(1 − ŷ): ŷ* = ½ at p = 1/2.2, and between 0.45 and 0.5 no share of twenty lies.
    let found = of("-(1.2 * label * log(pred) + (1 - label) * log(sigmoid(-logit)))").minimiser;
    let [astray] = found.astray[..] else { panic!("{found:?}") };
    near(astray.low, 1.0 / 2.2, 1e-5);
    near(astray.high, 0.5, 1e-9);
    assert!(!found.calibrated && found.points.iter().all(Minimiser::is_on_its_side));
    // A dip at ŷ = 0.3 that changes the expected loss by 0.502899 − 0.94·p; it costs (p − 0.3)², which is less by 1e-6 at p = 0.77
    // and by nothing at 0.77 ± 0.001.
    let found = of("(pred - label)^2 + (0.502899 - 0.94 * label) * relu(1 - 1000 * abs(pred - 0.3))").minimiser;
    let [astray] = found.astray[..] else { panic!("{found:?}") };
    near(astray.low, 0.769, 1e-4);
    near(astray.high, 0.771, 1e-4);
    near(found.largest_miss, 0.771 - 0.3, 2e-3);
}

#[test]
fn a_loss_with_flat_or_clamped_ends_is_not_strictly_proper() {
    // max(ŷ, 0.015): at p = 0.02 the border costs 0.02·log(1/0.015) = 0.084 and p itself 0.098.
    let cut = "-(label * log(max(pred, 0.015)) + (1 - label) * log(max(sigmoid(-logit), 0.015)))";
    let found = of(cut).minimiser;
    assert!(found.calibrated && !found.strictly_proper);
    let proper = found.proper.unwrap();
    assert!((0.02..0.05).contains(&proper.low) && (0.95..0.98).contains(&proper.high), "{proper:?}");
    // ŷ* = p − ε(1 − 2p), and 0 for p below ε.
    let text = "-(label * log(pred) + (1 - label) * log(sigmoid(-logit)))";
    for (epsilon, is_proper) in [(1e-6, true), (1e-5, false), (1e-3, false)] {
        let found = at(text, epsilon).minimiser;
        assert_eq!((found.calibrated, found.strictly_proper), (true, is_proper), "{epsilon}");
        let from = f64::from(epsilon) / (found.part + 2.0 * f64::from(epsilon));
        let proper = found.proper.unwrap();
        near(proper.low, from.max(found.judged.low), 0.01 * from);
    }
}

#[test]
fn infima_and_poles_between_the_places_of_a_grid_are_found() {
    // log(ŷ − ½) jumps from −log ε down to log ε where ŷ passes ½.
    let found = of("log(pred - 0.5)").minimiser;
    assert!(found.points.iter().all(|point| (point.low - 0.5).abs() < 1e-9 && point.high == point.low), "{found:?}");
    assert!(!found.calibrated);
    // At ŷ = logit, 0.659.
    let loss = resolve("(0.25 + logit) / (pred - logit)").unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
    let said = explain(&loss, &Config::preset(crate::config::Preset::Default)).unwrap_err().to_string();
    assert!(said.contains("NaN or ∞ at ŷ = 0.659"), "{said}");
}

#[test]
fn flips_at_one_rate_do_no_harm_and_those_of_one_class_do() {
    let found = of("abs(pred - label)");
    assert!(found.shape.noise_symmetric);
    let said = &found.findings()[4].1;
    assert!(said.contains("one rate below ½ in both classes"), "{said}");
    // The share of positives among flipped labels; the absolute error asks for 1 where it is above ½.
    let after = |share: f64, [positives, negatives]: [f64; 2]| share * (1.0 - positives) + (1.0 - share) * negatives;
    let asked = |share: f64, rates: [f64; 2]| {
        let text = "abs(pred - label)";
        let loss = resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        risk::Risk::new(&loss).unwrap().minimiser(after(share, rates))[0]
    };
    let border = 0.5 / (1.0 - 0.4);
    for share in [0.3, 0.51, 0.7, 0.83, 0.84, 0.9] {
        assert_eq!(asked(share, [0.4, 0.4]) > 0.5, share > 0.5, "{share}");
        assert_eq!(asked(share, [0.4, 0.0]) > 0.5, share > border, "{share}");
    }
}

#[test]
fn hinge_is_calibrated_and_not_proper() {
    let found = of("hinge");
    // Below p = ½ the logit −1 is best, above it 1, and at ½ all between.
    let edge = 1.0 / (1.0 + 1.0_f64.exp());
    for (share, low, high) in
        [(0.05, edge, edge), (0.45, edge, edge), (0.5, edge, 1.0 - edge), (0.9, 1.0 - edge, 1.0 - edge)]
    {
        let point = minimiser(&found, share);
        near(point.low, low, 1e-5);
        near(point.high, high, 1e-5);
    }
    assert!(found.minimiser.calibrated && !found.minimiser.strictly_proper);
    near(found.minimiser.largest_miss, edge - 1e-4, 1e-5);
    assert!(found.shape.convex && found.shape.symmetric);
}

#[test]
fn focal_is_calibrated_and_not_proper() {
    let found = of("focal");
    assert!(found.minimiser.calibrated && !found.minimiser.strictly_proper && found.shape.symmetric);
    // It shrinks to the middle.
    assert!(minimiser(&found, 0.9).low < 0.85 && minimiser(&found, 0.1).low > 0.15);
}

#[test]
fn max_ratio_at_a_tenth_asks_for_less_than_the_share() {
    let found = at("maxr", 0.1);
    // dL/dŷ is 10 for y = 0 and −1.1/(ŷ + 0.1)² for y = 1: ŷ* = √(0.11·p/(1 − p)) − 0.1 within [0, 1].
    for share in [0.05_f64, 0.25, 0.5, 0.7, 0.9, 0.95] {
        let by_hand = ((0.11 * share / (1.0 - share)).sqrt() - 0.1).clamp(0.0, 1.0);
        near(minimiser(&found, share).low, by_hand, 1e-5);
    }
    assert_eq!(found.minimiser.at_border, 2);
    assert!(!found.minimiser.calibrated && !found.shape.symmetric);
    // ŷ* = ½ at p/(1 − p) = 0.36/0.11.
    let [astray] = found.minimiser.astray[..] else { panic!("{:?}", found.minimiser.astray) };
    near(astray.low, 0.5, 1e-9);
    near(astray.high, 0.36 / 0.47, 1e-6);
    let warned = |warning: &String| warning.starts_with("At shares of positives in 0.5 – 0.766 the loss asks");
    assert!(found.warnings.iter().any(warned), "{:?}", found.warnings);
    assert!(found.shape.epsilon_sensitivity.unwrap() > 0.1);
}

#[test]
fn absolute_error_withstands_noise_and_is_certain() {
    let found = of("abs(pred - label)");
    assert!(found.shape.noise_symmetric && found.shape.symmetric && found.minimiser.calibrated);
    assert_eq!(found.minimiser.at_border, 18);
    let middle = minimiser(&found, 0.5);
    assert!(middle.low == 0.0 && middle.high == 1.0, "{middle:?}");
    assert!(minimiser(&found, 0.45).high == 0.0 && minimiser(&found, 0.55).low == 1.0);
}

#[test]
fn imbalance_under_noise_by_hand() {
    // ∫|2ŷ − 1| = ½ of 1; ∫2ŷ(1 − ŷ)|2ŷ − 1| = 1/8 of ∫2ŷ(1 − ŷ) = 1/3.
    near(of("bce").shape.noise_imbalance, 0.5, 1e-4);
    near(of("mse").shape.noise_imbalance, 0.375, 1e-4);
}

#[test]
fn turned_around_the_sign_is_wrong_everywhere() {
    let found = of("-(pred - label)^2");
    assert_eq!(found.sign.positive_rate, 0.0);
    for (label, wrong) in found.sign.wrong.each() {
        assert!(wrong.len() == 1 && wrong[0].width() > 0.999, "y = {label}: {wrong:?}");
    }
    assert!(!found.minimiser.calibrated && found.minimiser.at_border > 0);
    assert!(found.nearest.iter().all(|near| near.cosine < 0.0 && near.distance == 1.0));
    assert!(found.warnings[0].starts_with("The gradient pushes away from y = 0"), "{:?}", found.warnings);
}

#[test]
fn a_sign_that_is_wrong_in_part_is_found() {
    let found = of("(pred - 0.25)^2").sign;
    let (negative, positive) = (&found.wrong.negative[0], &found.wrong.positive[0]);
    near(negative.high, 0.25, 1e-5);
    near(positive.low, 0.25, 1e-5);
    assert!(negative.low < 1e-3 && positive.high > 1.0 - 1e-3 && found.flat.positive.is_empty());
}

#[test]
fn a_margin_is_flat_and_no_reason_to_warn() {
    let found = of("hinge");
    near(found.sign.flat.positive[0].low, 1.0 / (1.0 + (-1.0_f64).exp()), 1e-5);
    assert_eq!(found.sign.flat.positive[0].high, 1.0);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let stuck = of("relu(pred - label - 0.75)").warnings.join("\n");
    assert!(
        stuck.contains("There is no gradient for y = 0 at ŷ in 0.5 – 0.75: 50% of the wrong ŷ are stuck."),
        "{stuck}"
    );
}

#[test]
fn bounds_by_hand() {
    let bounded = |text: &str| (of(text).bounds.value_bounded, of(text).bounds.slope_bounded);
    assert_eq!(bounded("mse"), (true, true));
    assert_eq!(bounded("bce"), (false, true));
    assert_eq!(bounded("1 / pred"), (false, false));
    assert_eq!(bounded("1 / (pred + eps)"), (true, true));
    let tails = of("hinge-reference").bounds.tails;
    assert!(tails.negative[0].falls && !tails.negative[1].falls && tails.positive.iter().all(|tail| !tail.falls));
    assert!(of("hinge-reference").warnings[0].contains("y = 0 falls without end as the logit goes to −∞"));
}

#[test]
fn convexity_by_hand() {
    assert!(of("bce").shape.convex && of("hinge").shape.convex);
    // 2ŷ²(1 − ŷ) falls from ŷ = 2/3 on, and the other class is its mirror image.
    near(of("mse").shape.concave_share, 1.0 / 3.0, 0.004);
    assert!(!of("mse").shape.convex && of("mse").shape.symmetric);
}

#[test]
fn gradients_vanish_by_hand() {
    let [mse, bce] = ["mse", "bce"].map(|text| of(text).gradient);
    // 2ŷ(1 − ŷ)² is largest at 1/3 with 8/27, and at 1% of it near 0.001486.
    near(mse.saturation.positive.beyond.unwrap(), 0.001_486, 3e-5);
    near(mse.saturation.negative.beyond.unwrap(), 1.0 - 0.001_486, 3e-5);
    near(mse.peak.size, 8.0 / 27.0, 1e-4);
    assert_eq!((bce.saturation.positive.beyond, bce.saturation.positive.share), (None, 0.0));
    near(bce.balance.unwrap(), 1.0, 1e-5);
}

#[test]
fn a_spike_is_named() {
    let found = of("pred + 1 / (min(pred, label) + eps)");
    // −ŷ(1 − ŷ)/(ŷ + ε)² is largest at ŷ = ε with 1/(4ε).
    assert!(found.gradient.peak.label == 1.0 && found.gradient.peak.over_typical > 1e4, "{:?}", found.gradient.peak);
    near(found.gradient.peak.size * 4e-6, 1.0, 0.01);
    assert!(found.warnings.iter().any(|warning| warning.contains("The gradient is a spike: at ŷ = 1.0e-6, y = 1")));
    // p/ŷ² = 1.
    near(minimiser(&found, 0.25).low, 0.5, 1e-4);
}

#[test]
fn the_nearest_named_loss_is_found_and_is_never_itself() {
    let found = of("3 * (label + -pred)^2 + label");
    assert_eq!((found.name, found.nearest[0].loss, found.nearest.len()), (None, "mse", NAMED_LOSSES.len()));
    assert!(found.nearest[0].cosine > 1.0 - 1e-9 && found.nearest[0].distance < 1e-3);
    let mse = of("mse");
    assert_eq!((mse.name, mse.nearest.len()), (Some("mse"), NAMED_LOSSES.len() - 1));
}

#[test]
fn without_a_gradient_there_is_one_thing_to_say() {
    let found = of("label + 1");
    assert_eq!(found.warnings, ["There is no gradient at any ŷ: nothing is learned."]);
    assert_eq!((found.gradient.typical, found.gradient.balance), (0.0, None));
    assert_eq!(found.sign.flat.negative, [Interval { low: 0.0, high: 1.0 }]);
    assert!(!found.minimiser.strictly_proper && found.sign.wrong.positive.is_empty());
    assert!(found.nearest.iter().all(|near| near.cosine == 0.0));
}

#[test]
fn what_is_not_finite_is_named_with_its_place() {
    let refused = |text: &str| {
        let loss = resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        explain(&loss, &Config::preset(crate::config::Preset::Default)).unwrap_err().to_string()
    };
    let said = refused("1 / (pred - 0.5)");
    assert!(said.contains("is NaN or ∞ at ŷ = 0.5, y = 0;"), "{said}");
    assert!(refused("pred / label").contains("at ŷ = 0.5, y = 0;"));
}

#[test]
fn every_property_of_a_usual_loss_is_defined() {
    let bce = of("bce");
    assert!(PROPERTIES.iter().all(|property| property.of(&bce).is_some_and(f64::is_finite)));
    assert_eq!(bce.curve.len(), 199);
    assert_eq!(CurvePoint::shown(&bce.curve).map(|point| point.prediction).collect::<Vec<_>>()[..3], [0.01, 0.05, 0.1]);
}

#[test]
fn numbers_have_three_digits() {
    let cases = [(0.0, "0"), (0.001_486, "0.00149"), (0.5, "0.5"), (-1.637, "-1.64"), (12.0, "12"), (1000.0, "1000")];
    for (value, text) in cases {
        assert_eq!(number(value), text);
    }
    assert_eq!((number(0.999_999), number(2.5e-7), number(1.0)), ("1".into(), "2.5e-7".into(), "1".into()));
    assert_eq!((prediction(0.998_514), prediction(0.999_999)), ("0.9985".to_owned(), "0.999999".to_owned()));
    assert_eq!((prediction(1.0), prediction(0.123_45), percent(0.0)), ("1".into(), "0.123".into(), "0%".into()));
}
