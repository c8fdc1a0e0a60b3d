//! What a practitioner should know of a loss, in words.

use super::sign::Interval;
use super::{Classes, Explanation};

/// A largest derivative this many times the typical one is a spike.
const SPIKE: f64 = 100.0;

/// Classes whose gradients differ by more than this factor are out of balance.
const UNBALANCED: f64 = 10.0;

/// A shape that ε changes by more than this depends on it.
const SENSITIVE: f64 = 0.1;

/// Narrower stretches of ŷ are not worth a word.
const NARROW: f64 = 1e-3;

/// Beyond this |logit| (ŷ of 3e-7) a gradient that vanishes is not worth one either.
const CERTAIN: f64 = 15.0;

pub(super) fn of(explanation: &Explanation) -> Vec<String> {
    if explanation.gradient.typical == 0.0 {
        return vec!["There is no gradient at any ŷ: nothing is learned.".to_owned()];
    }
    // Where a class has no gradient at all, `flat` and `balance` say so.
    let rules: [fn(&Explanation) -> Vec<String>; 10] =
        [wrong_sign, flat, vanishing, spike, unbounded_below, side, border, balance, epsilon, single_precision];
    rules.iter().flat_map(|rule| rule(explanation)).collect()
}

fn wrong_sign(explanation: &Explanation) -> Vec<String> {
    let said = |label: f32, wrong: &[Interval]| {
        let width = total(wrong.iter());
        (width >= NARROW).then(|| {
            let share = percent(width);
            format!("The gradient pushes away from y = {label} at ŷ in {} ({share} of ŷ).", stretches(wrong))
        })
    };
    by_label(&explanation.sign.wrong, said)
}

/// A flat stretch of right predictions is a margin; one of wrong predictions cannot be left.
fn flat(explanation: &Explanation) -> Vec<String> {
    let said = |label: f32, flat: &[Interval]| {
        let wrong = flat.iter().filter_map(|interval| wrong_part(*interval, label)).collect::<Vec<_>>();
        let width = total(wrong.iter());
        (width >= NARROW).then(|| {
            let share = percent(2.0 * width);
            let stretches = stretches(&wrong);
            format!("There is no gradient for y = {label} at ŷ in {stretches}: {share} of the wrong ŷ are stuck.")
        })
    };
    by_label(&explanation.sign.flat, said)
}

fn wrong_part(interval: Interval, label: f32) -> Option<Interval> {
    let (low, high) = if label > 0.5 { (0.0, 0.5) } else { (0.5, 1.0) };
    let part = Interval { low: interval.low.max(low), high: interval.high.min(high) };
    (part.width() > 0.0).then_some(part)
}

fn vanishing(explanation: &Explanation) -> Vec<String> {
    let saturation = explanation.gradient.saturation;
    let said = |(label, found): (f32, &super::Saturation)| {
        if found.share >= 1.0 {
            return None;
        }
        let (beyond, logit) = (found.beyond?, found.beyond_logit.filter(|&logit| logit <= CERTAIN)?);
        let side = if label > 0.5 { "below" } else { "above" };
        Some(format!(
            "The gradient vanishes for confident wrong predictions: for y = {label} it is under 1% of its largest at ŷ {side} \
             {} (|logit| above {logit:.1}).",
            prediction(beyond)
        ))
    };
    saturation.each().into_iter().filter_map(said).collect()
}

fn spike(explanation: &Explanation) -> Vec<String> {
    let peak = &explanation.gradient.peak;
    let remedy = if explanation.depends_on_epsilon { "clip gradients, or raise ε" } else { "clip gradients" };
    let said = format!(
        "The gradient is a spike: at ŷ = {}, y = {}, it is {} times the typical one; {remedy}.",
        prediction(peak.prediction),
        peak.label,
        number(peak.over_typical)
    );
    if peak.over_typical >= SPIKE { vec![said] } else { Vec::new() }
}

fn unbounded_below(explanation: &Explanation) -> Vec<String> {
    let said = |(label, tails): (f32, &[super::Tail; 2])| {
        let direction = tails.iter().find(|tail| tail.falls)?.logit;
        let end = if direction > 0.0 { "∞" } else { "−∞" };
        Some(format!(
            "The loss of y = {label} falls without end as the logit goes to {end}: only weight decay stops it."
        ))
    };
    explanation.bounds.tails.each().into_iter().filter_map(said).collect()
}

fn side(explanation: &Explanation) -> Vec<String> {
    let astray = &explanation.minimiser.astray;
    let said = format!(
        "At shares of positives in {} the loss asks for a prediction that is not on their side of ½: a threshold of ½ misjudges.",
        stretches(astray)
    );
    if astray.is_empty() { Vec::new() } else { vec![said] }
}

/// What single precision has instead of the formula is what trains.
fn single_precision(explanation: &Explanation) -> Vec<String> {
    let said = |found: &super::Departure| {
        let side = if found.logit > 0.0 { "above" } else { "below" };
        let or_none = |number_there: Option<f64>| number_there.map_or("NaN or ∞".to_owned(), number);
        format!(
            "In single precision, in which losses train, the loss of y = {} is another at logits {side} {}: at logit {} its value is {} \
             in place of {}, its gradient {} in place of {}.",
            found.label,
            number(found.from_logit),
            found.logit,
            or_none(found.single_value),
            number(found.value),
            or_none(found.single_slope),
            number(found.slope)
        )
    };
    explanation.single_precision.iter().map(said).collect()
}

fn border(explanation: &Explanation) -> Vec<String> {
    let minimiser = &explanation.minimiser;
    let n = minimiser.points.len();
    let said = format!(
        "At {} of {n} shares of positives the loss asks for ŷ = 0 or 1: trained to the end, predictions are certain.",
        minimiser.at_border
    );
    if minimiser.at_border > 0 { vec![said] } else { Vec::new() }
}

fn balance(explanation: &Explanation) -> Vec<String> {
    let Some(balance) = explanation.gradient.balance else {
        return vec!["There is no gradient for y = 0: the loss learns from positives alone.".to_owned()];
    };
    if balance == 0.0 {
        return vec!["There is no gradient for y = 1: the loss learns from negatives alone.".to_owned()];
    }
    let (more, less, factor) = if balance > 1.0 { (1, 0, balance) } else { (0, 1, 1.0 / balance) };
    let said = format!("On average the gradient for y = {more} is {} times that for y = {less}.", number(factor));
    if factor > UNBALANCED { vec![said] } else { Vec::new() }
}

fn epsilon(explanation: &Explanation) -> Vec<String> {
    match explanation.shape.epsilon_sensitivity {
        None => vec!["At a tenth or ten times ε the loss is NaN or ∞ somewhere.".to_owned()],
        Some(distance) if distance > SENSITIVE => vec![format!(
            "ε is part of the loss: ten times more or less changes the shape of the gradient by {}.",
            percent(distance)
        )],
        Some(_) => Vec::new(),
    }
}

fn by_label(found: &Classes<Vec<Interval>>, said: impl Fn(f32, &[Interval]) -> Option<String>) -> Vec<String> {
    found.each().into_iter().filter_map(|(label, intervals)| said(label, intervals)).collect()
}

fn total<'a>(intervals: impl Iterator<Item = &'a Interval>) -> f64 {
    intervals.map(|interval| interval.width()).sum()
}

fn stretches(intervals: &[Interval]) -> String {
    let said = intervals.iter().map(|interval| format!("{} – {}", prediction(interval.low), prediction(interval.high)));
    said.collect::<Vec<_>>().join(", ")
}

/// A share in percent, to a tenth where it is small.
pub fn percent(share: f64) -> String {
    let digits = usize::from(share > 0.0 && share < 0.01);
    format!("{:.digits$}%", 100.0 * share)
}

/// Three digits without trailing zeros; as a power of ten where it is far from 1.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e4).contains(&size) => format!("{value:.1e}"),
        size => trimmed(value, 2 - size.log10().floor() as i32),
    }
}

/// ŷ as a [`number`]; close to ½ or 1 with two digits of the difference from it, which tells sides and confident predictions apart.
pub fn prediction(value: f64) -> String {
    let near_half = (value - 0.5).abs();
    match value {
        _ if (0.99..1.0).contains(&value) => trimmed(value, 1 - (1.0 - value).log10().floor() as i32),
        _ if (1e-8..5e-3).contains(&near_half) => trimmed(value, 1 - near_half.log10().floor() as i32),
        _ => number(value),
    }
}

fn trimmed(value: f64, decimals: i32) -> String {
    let text = format!("{value:.0$}", decimals.max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
