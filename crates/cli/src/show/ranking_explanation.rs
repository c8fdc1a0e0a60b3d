//! The explanation of a loss for ranking as a person reads it.

use autolossgen::ranking::RankingExplanation;

use super::table::Table;

/// Everything that is said of a loss.
pub fn text(explanation: &RankingExplanation) -> String {
    let RankingExplanation { loss, formula, acts, of_gaps_alone, slopes, weights } = explanation;
    let name = if loss == formula { String::new() } else { format!("{loss}: ") };
    let depends = if *of_gaps_alone {
        "on gaps alone: a constant added to all scores of a user changes nothing"
    } else {
        "on scores and not on gaps alone: a constant added to all scores of a user counts"
    };
    let acting = match acts {
        [true, true] => "positives and negatives have a gradient",
        [true, false] => "positives alone have a gradient: nothing keeps negatives down",
        [false, true] => "negatives alone have a gradient: nothing lifts positives",
        [false, false] => "nothing has a gradient",
    };
    let mut of_gap = Table::new(&["gap, one negative", "dL/dpos", "dL/dneg"]);
    for at in slopes {
        of_gap.row(vec![at.gap.to_string(), slope(at.positive), slope(at.negative)]);
    }
    let mut by_temperature =
        Table::new(&["τ, 100 negatives", "hardest 1%", "hardest 10%", "mean |dL/dpos|", "right sign", "not finite"]);
    for weight in weights {
        by_temperature.row(vec![
            weight.temperature.to_string(),
            format!("{:.1}%", 100.0 * weight.hardest_1),
            format!("{:.1}%", 100.0 * weight.hardest_10),
            format!("{:.4}", weight.positive),
            format!("{:.1}%", 100.0 * weight.right_sign),
            weight.non_finite.to_string(),
        ]);
    }
    format!(
        "{name}{formula}\ndepends     {depends}\nacts        {acting}\n\n{of_gap}\n{by_temperature}\n\
         hardest: the share of the gradient on the negatives of the highest scores, in 2,000 rows with negatives N(0, 1) and positives \
         N(1, 1), divided by τ. right sign: rows in which the positive is lifted and no negative is.\n"
    )
}

/// Four digits; a zero has no sign.
fn slope(value: f32) -> String {
    format!("{:.4}", value + 0.0)
}
