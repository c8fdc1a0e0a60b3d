//! Where the paper contradicts itself, its code or leaves a choice: which reading the settings take.

use autolossgen::data::LabelRule;
use autolossgen::recsys::Metric;

use super::Exhibit;
use autolossgen::settings::Choice;
use autolossgen::{ClampRule, Config, ThresholdRows};

/// The readings that concern a table or figure.
pub(super) fn of(exhibit: Exhibit, config: &Config) -> Vec<String> {
    use Exhibit::{Fig5, Fig6, Table3, Table4, Table5, Table6, Table7, Table8};
    let topics: &[fn(&Config) -> String] = match exhibit {
        Table3 => &[label],
        Table4 => &[clamp, protection, variables, update, positive_rate, found_again, stopping, regularisation],
        Table5 => &[hinge, stopping, threshold, regularisation, sumr],
        Table6 => &[regression, hinge, stopping, regularisation],
        Table7 | Fig6 => &[which_search, proxy_list, clamp, variables],
        Table8 => &[smoothing, positive_rate, clamp, two_stops, regularisation],
        Fig5 => &[accuracy_or_auc, unfiltered, one_recommender, update, clamp],
    };
    topics.iter().map(|topic| topic(config)).collect()
}

fn label(config: &Config) -> String {
    format!(
        "a row is positive where rating > {}: §3.1 and §5.1.1 agree; labels that are 0 or 1 stay what they are",
        config.data.threshold
    )
}

fn clamp(config: &Config) -> String {
    let search = &config.search;
    let here = match search.clamp {
        ClampRule::Positive => format!("[{:e}, {:e}]", search.clamp_low, search.clamp_high),
        ClampRule::None => "no clamp".to_owned(),
        ClampRule::Signed => format!("|x| ≤ {:e} with the sign kept", search.clamp_high),
    };
    format!(
        "clamp: Table 2 keeps every result in [ξ, 1/ξ], under which −y is a constant and the MSE of Figure 2, built with \
         Neg, cannot be; the authors' code has [1e-5, 1e5]; here {here}"
    )
}

fn protection(_: &Config) -> String {
    "log and reciprocal: Table 2 prints log(x + ξ) and 1/(x + ξ), undefined for some x < 0; here, as in the authors' code, \
     of |x| + ξ, times sign(x)"
        .to_owned()
}

fn variables(config: &Config) -> String {
    format!(
        "variables: §5.1.4 has at most 10 with ŷ, y and 1 among them, the authors' code ten new ones; here {}, the inputs \
         among them",
        config.controller.max_variables
    )
}

fn update(_: &Config) -> String {
    "update: Algorithm 1 tries one loss after the other, §5.1.4 averages ten rewards an update; here the losses of one \
     update train copies of the same recommender, and the best copy with reward ≥ −η replaces it"
        .to_owned()
}

fn positive_rate(config: &Config) -> String {
    let check = &config.check;
    format!(
        "check: §4.2 keeps a loss if all simulated pairs have the right sign, Table 8 if 90% have, the authors' code if 60% \
         have, zero up to 1e-6 counting as right; here {} or more, with {}",
        check.threshold,
        if check.dead_zone > 0.0 { format!("a dead zone of {:e}", check.dead_zone) } else { "no dead zone".to_owned() }
    )
}

fn found_again(_: &Config) -> String {
    "found again: the gradient of the found loss is compared with that of the named losses, both at the ε that validation \
     chose, or at that of the search where the found loss does not depend on it. The named ones have ε in their formula, \
     where the paper put it after the search (§5.2); a searched formula has no ε of its own: max(pred * reciprocal(label), \
     label * reciprocal(pred)) is not MaxR to the digit at y = 0, because reciprocal(0) = 0. So 'no' does not mean that \
     the search failed"
        .to_owned()
}

fn stopping(config: &Config) -> String {
    let stop = &config.stop;
    format!(
        "stop: §5.1.4 stops after 10 falling epochs or when the best is 50 old; the authors' code never before epoch 100 and \
         when the best is 100 old; here {} falling, best {} old, not before epoch {}, at the latest at {}",
        stop.falling, stop.patience, stop.min_epochs, stop.max_epochs
    )
}

fn two_stops(config: &Config) -> String {
    format!(
        "stop: once by §5.1.4 (10 falling epochs, or the best 50 old), and once to convergence (the best 500 old), both at \
         the latest at epoch {}; the paper's AUC stands beside both",
        config.stop.max_epochs
    )
}

fn regression(config: &Config) -> String {
    let label = match config.data.label {
        LabelRule::Binary => "0 or 1",
        LabelRule::Rating => "the scaled rating, with which the paper's numbers do not compare",
    };
    format!(
        "label: §3.1 treats like and dislike as a 0-1 regression, though ratings could be regressed themselves; here y is \
         {label}"
    )
}

fn threshold(config: &Config) -> String {
    format!(
        "F1 and accuracy: the text names no threshold, the authors' code takes that of the best F1 on the evaluated rows, \
         test included; here {}",
        match config.test.threshold_on {
            ThresholdRows::Test => "too",
            ThresholdRows::Validation => "each is taken at the threshold that is best for it on validation",
        }
    )
}

fn regularisation(config: &Config) -> String {
    let training = &config.training;
    format!(
        "L2: §5.1.4 names it without a value, the authors' code applies 1e-4 as weight decay and again as a penalty; here {:e} \
         times {}, learning rate {}",
        training.l2, training.l2_multiplier, training.learning_rate
    )
}

fn hinge(_: &Config) -> String {
    "hinge: §5.1.2 describes a margin for both classes, the authors' code has h itself for y = 0, unbounded below; here \
     theirs (hinge-reference)"
        .to_owned()
}

fn sumr(_: &Config) -> String {
    "SumR: §5.2 found two losses that differ in a constant, for MF on Electronics and MLP on ML-100K, and prints one; a \
     generated loss away from its own combination is marked as a transfer"
        .to_owned()
}

fn which_search(_: &Config) -> String {
    "§5.5 says neither which model nor which data its counts are of; they stand beside every combination of the paper's data"
        .to_owned()
}

fn proxy_list(_: &Config) -> String {
    "without the proxy test every sampled loss trains a copy, unless it gives NaN or ∞ on the proxy batch; with it a loss is \
     a duplicate of any since the recommender last changed, which §4.1.2 calls the current loop"
        .to_owned()
}

fn smoothing(_: &Config) -> String {
    "ε: the paper's losses are evaluated without a clamp, a reciprocal as 1/(x + ε), with ε chosen on validation; their \
     positive rate is at the ε of the search. Losses of ours keep the semantics of their search"
        .to_owned()
}

fn accuracy_or_auc(config: &Config) -> String {
    let here = match config.metric() {
        Metric::Auc => "the AUC".to_owned(),
        metric => format!("{}, beside which the paper has no number", metric.name()),
    };
    format!("metric: §5.6 plots \"the accuracy\" and then speaks of the AUC around 0.5; here {here}")
}

/// On which terms the losses that the user adds to Tables 5 and 6 are trained.
pub(super) fn further() -> String {
    "further losses: evaluated without a clamp, as the paper's are, whatever clamp the search has; ε is chosen on validation \
     where their value depends on it"
        .to_owned()
}

fn unfiltered(_: &Config) -> String {
    "without reward filtering the first copy of an update, in sampling order, that trained to finite predictions replaces \
     the recommender whatever its reward: \"any sampled loss as long as the loss passes the proxy test\". Not the best, and \
     saturated copies too, which our search otherwise refuses: unfiltered means that nothing is refused. Once every \
     prediction is saturated no loss has a gradient, and the recommender stays where it is"
        .to_owned()
}

fn one_recommender(config: &Config) -> String {
    match config.search.converged_after {
        0 => "one recommender from beginning to end: a fresh one after convergence would hide a collapse".to_owned(),
        after => format!("a fresh recommender takes over after {after} updates without a better metric"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::{MetricChoice, Preset};

    #[test]
    fn readings_say_what_the_settings_say() {
        let said = |preset: Preset| of(Exhibit::Table4, &Config::preset(preset)).join("\n");
        assert!(
            said(Preset::Paper).contains("here |x| ≤ 1e6 with the sign kept")
                && said(Preset::Paper).contains("here 10, the")
        );
        assert!(
            said(Preset::Reference).contains("here [1e-5, 1e5]") && said(Preset::Reference).contains("here 13, the")
        );
        assert!(
            said(Preset::Reference).contains("here 0.6 or more, with a dead zone of 1e-6"),
            "{}",
            said(Preset::Reference)
        );
        let mut config = Config::preset(Preset::Paper);
        assert!(accuracy_or_auc(&config).ends_with("here the AUC"));
        config.selection.metric = MetricChoice::Given(Metric::LogLoss);
        assert!(accuracy_or_auc(&config).ends_with("here log_loss, beside which the paper has no number"));
        for &exhibit in Exhibit::ALL {
            assert!(!of(exhibit, &Config::preset(Preset::Paper)).is_empty());
        }
    }
}
