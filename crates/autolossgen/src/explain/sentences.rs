//! What was found of a loss, in words.

use autolossgen_formula::Clamp;

use super::{Classes, Explanation, Interval, Minimiser, Tail, number, percent, prediction};

/// Shares of positives whose minimiser is shown: every fourth, 0.05, 0.25, 0.5 (the middle), 0.75 and 0.95 in order.
const SHOWN: [usize; 5] = [0, 4, 9, 14, 18];

/// A stretch of shares at which a loss is proper is worth a word from this width on.
const MENTIONED: f64 = 0.1;

/// Named losses that are listed as near.
const NEAREST: usize = 3;

impl Explanation {
    /// Every finding: its title, and what was found in lines of plain text.
    pub fn findings(&self) -> [(&'static str, String); 6] {
        [
            ("sign", sign(self)),
            ("minimiser", minimiser(self)),
            ("growth", growth(self)),
            ("gradient", gradient(self)),
            ("shape", shape(self)),
            ("nearest", nearest(self)),
        ]
    }

    /// ε and clamp under which the loss is read, in words.
    pub fn terms(&self) -> String {
        let epsilon = match self.depends_on_epsilon {
            true => format!("ε = {:e}", self.semantics.epsilon),
            false => "ε plays no part".to_owned(),
        };
        format!("{epsilon}; {}", clamp(self.semantics.clamp))
    }
}

fn clamp(clamp: Clamp) -> String {
    match clamp {
        Clamp::None => "no clamp".to_owned(),
        Clamp::Signed(limit) => format!("every result within ±{limit:e}"),
        Clamp::Positive(low, high) => format!("every result from {low:e} to {high:e}"),
    }
}

fn sign(explanation: &Explanation) -> String {
    let sign = &explanation.sign;
    let rate = format!("right on {} of {} simulated pairs", percent(sign.positive_rate), sign.pairs);
    let places = stretches("wrong", &sign.wrong) + &stretches("no gradient", &sign.flat);
    rate + &places
}

fn stretches(what: &str, found: &Classes<Vec<Interval>>) -> String {
    let of_label = |(label, intervals): (f32, &Vec<Interval>)| {
        let places: Vec<String> = intervals.iter().map(|interval| between(interval.low, interval.high)).collect();
        if places.is_empty() {
            String::new()
        } else {
            format!("\n{what} for y = {label} at ŷ in {}", places.join(", "))
        }
    };
    found.each().map(of_label).concat()
}

fn between(low: f64, high: f64) -> String {
    format!("{} – {}", prediction(low), prediction(high))
}

fn minimiser(explanation: &Explanation) -> String {
    let found = &explanation.minimiser;
    let judged = format!("for p from {}", from_to(&found.judged));
    let accuracy = format!("to within {} and {} of p and 1 − p", found.accuracy, percent(found.part));
    let miss = number(found.largest_miss);
    let verdict = match (found.strictly_proper, found.calibrated) {
        (true, _) => format!("ŷ* = p {accuracy}, {judged}: strictly proper"),
        (false, true) => {
            format!("on the side of ½ on which p is, {judged}, but up to {miss} off p: calibrated, not proper")
        }
        (false, false) => {
            let astray = found.astray.iter().map(from_to).collect::<Vec<_>>().join(", ");
            format!("not on the side of ½ on which p is for p from {astray}, and up to {miss} off p: not calibrated")
        }
    };
    let part = found.proper.filter(|proper| !found.strictly_proper && proper.width() > MENTIONED);
    let part =
        part.map_or(String::new(), |proper| format!("\nŷ* = p {accuracy}, for p from {} alone", from_to(&proper)));
    let points = SHOWN.iter().filter_map(|&index| found.points.get(index));
    let points = points.map(asked).collect::<Vec<_>>().join(", ");
    format!("of p·L(ŷ, 1) + (1 − p)·L(ŷ, 0), |logit| ≤ {}: {verdict}{part}\np → ŷ*: {points}", found.farthest_logit)
}

fn from_to(interval: &Interval) -> String {
    format!("{} to {}", prediction(interval.low), prediction(interval.high))
}

fn asked(point: &Minimiser) -> String {
    let at = match point {
        _ if point.is_at_border() && point.low > 0.5 => "1 (border)".to_owned(),
        _ if point.is_at_border() => "0 (border)".to_owned(),
        _ if point.low < point.high => between(point.low, point.high),
        _ => prediction(point.low),
    };
    format!("{} → {at}", point.share)
}

fn growth(explanation: &Explanation) -> String {
    let word = |bounded: bool| if bounded { "bounded" } else { "not bounded" };
    let bounds = &explanation.bounds;
    let [values, slopes] = [|tail: &Tail| tail.value, |tail: &Tail| tail.slope].map(|of| {
        let ends = bounds
            .tails
            .each()
            .map(|(label, tails)| format!("{}, {} for y = {label}", number(of(&tails[0])), number(of(&tails[1]))));
        ends.join("; ")
    });
    format!(
        "value {}: at logit −20, 20: {values}\ngradient {}: {slopes}",
        word(bounds.value_bounded),
        word(bounds.slope_bounded)
    )
}

fn gradient(explanation: &Explanation) -> String {
    let gradient = &explanation.gradient;
    let peak = &gradient.peak;
    let balance = gradient.balance.map_or("no gradient for y = 0".to_owned(), |balance| {
        format!("mean of y = 1 over that of y = 0: {}", number(balance))
    });
    let saturation =
        gradient.saturation.each().map(|(label, found)| format!("{} for y = {label}", percent(found.share)));
    format!(
        "typical {}; largest {} ({} times) at ŷ = {}, y = {}; {balance}\nwrong ŷ with less than 1% of the largest: {}",
        number(gradient.typical),
        number(peak.size),
        number(peak.over_typical),
        prediction(peak.prediction),
        peak.label,
        saturation.join(", ")
    )
}

fn shape(explanation: &Explanation) -> String {
    let shape = &explanation.shape;
    let symmetric = match shape.symmetric {
        true => "symmetric in the classes".to_owned(),
        false => format!("not symmetric in the classes ({} from it)", number(shape.asymmetry)),
    };
    let convex = match shape.convex {
        true => "convex in the logit".to_owned(),
        false => format!("concave in the logit at {} of ŷ", percent(shape.concave_share)),
    };
    let noise = match shape.noise_symmetric {
        true => "L(ŷ, 0) + L(ŷ, 1) is constant: withstands labels flipped at one rate below ½ in both classes; where positives \
                 alone are flipped, at a rate ρ, p from ½ to ½/(1 − ρ) is misjudged"
            .to_owned(),
        false => format!("L(ŷ, 0) + L(ŷ, 1) is not constant ({} from it)", number(shape.noise_imbalance)),
    };
    format!("{symmetric}; {convex}\n{noise}{}", epsilon(explanation))
}

fn epsilon(explanation: &Explanation) -> String {
    match (explanation.depends_on_epsilon, explanation.shape.epsilon_sensitivity) {
        (false, _) => String::new(),
        (true, None) => "\nat ε/10 or 10ε not finite".to_owned(),
        (true, Some(distance)) => {
            format!("\nat ε/10 or 10ε the shape of the gradient changes by {}", percent(distance))
        }
    }
}

fn nearest(explanation: &Explanation) -> String {
    let near = explanation.nearest.iter().take(NEAREST).map(|near| {
        format!("{} (cosine {:.3}, {} of the gradient left over)", near.loss, near.cosine, percent(near.distance))
    });
    near.collect::<Vec<_>>().join("\n")
}
