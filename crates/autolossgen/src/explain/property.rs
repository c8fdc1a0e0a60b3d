//! The numbers of an explanation, each with its name: what is held against success.

use super::Explanation;

/// A number that an explanation gives.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Name
    pub name: &'static str,
    /// What it says
    pub meaning: &'static str,
    of: fn(&Explanation) -> Option<f64>,
}

impl Property {
    /// The number, to three digits, and 0 below 1e-4: what lies beyond is rounding and must not rank losses. `None` where it
    /// is undefined.
    pub fn of(&self, explanation: &Explanation) -> Option<f64> {
        (self.of)(explanation).map(rounded)
    }
}

fn rounded(value: f64) -> f64 {
    if value.abs() < SMALLEST {
        return 0.0;
    }
    let unit = 10.0_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / unit).round() * unit
}

/// Below this a property is 0.
const SMALLEST: f64 = 1e-4;

/// Every property, in the order of tables.
pub const PROPERTIES: [Property; 13] = [
    Property {
        name: "sign",
        meaning: "share of pairs with the right sign",
        of: |explanation| Some(explanation.sign.positive_rate),
    },
    Property {
        name: "miss",
        meaning: "largest |ŷ* − p| for p from 0.0001 to 0.9999: 0 for a proper loss",
        of: |explanation| Some(explanation.minimiser.largest_miss),
    },
    Property {
        name: "astray",
        meaning: "shares p (of 19) whose ŷ* is not on their side of ½",
        of: |explanation| {
            let points = &explanation.minimiser.points;
            Some(points.iter().filter(|point| !point.is_on_its_side()).count() as f64)
        },
    },
    Property {
        name: "border",
        meaning: "shares p (of 19) whose ŷ* is 0 or 1",
        of: |explanation| Some(explanation.minimiser.at_border as f64),
    },
    Property {
        name: "saturated",
        meaning: "share of wrong ŷ with less than 1% of the largest gradient, mean of both labels",
        of: |explanation| {
            let saturation = &explanation.gradient.saturation;
            Some((saturation.negative.share + saturation.positive.share) / 2.0)
        },
    },
    Property {
        name: "reach",
        meaning: "|logit| up to which wrong predictions have a gradient, the smaller of both labels; 20 at most",
        of: |explanation| {
            let saturation = &explanation.gradient.saturation;
            let reach = [saturation.negative, saturation.positive].map(|found| found.beyond_logit.unwrap_or(20.0));
            Some(reach[0].min(reach[1]))
        },
    },
    Property {
        name: "spike",
        meaning: "largest gradient over the typical one",
        of: |explanation| Some(explanation.gradient.peak.over_typical),
    },
    Property {
        name: "balance",
        meaning: "mean gradient of y = 1 over that of y = 0",
        of: |explanation| explanation.gradient.balance,
    },
    Property {
        name: "asymmetry",
        meaning: "how differently the classes are treated, 0 to 1",
        of: |explanation| Some(explanation.shape.asymmetry),
    },
    Property {
        name: "imbalance",
        meaning: "how far L(ŷ, 0) + L(ŷ, 1) is from constant, 0 to 1",
        of: |explanation| Some(explanation.shape.noise_imbalance),
    },
    Property {
        name: "concave",
        meaning: "share of ŷ at which the loss is concave in the logit",
        of: |explanation| Some(explanation.shape.concave_share),
    },
    Property {
        name: "ε-change",
        meaning: "change of the gradient's shape by ten times more or less ε, 0 to √2",
        of: |explanation| explanation.shape.epsilon_sensitivity,
    },
    Property {
        name: "nodes",
        meaning: "distinct nodes of the canonical form",
        of: |explanation| Some(explanation.complexity as f64),
    },
];
