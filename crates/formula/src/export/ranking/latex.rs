//! LaTeX: the formula as an equation, as it is written and not as it is evaluated.

use super::super::latex;
use crate::{Node, RankingLoss};

pub(super) fn text(loss: &RankingLoss) -> String {
    let formula = loss.formula();
    let letters = "s^+, the score of a positive; s^-_j, those of its N negatives; the loss of a row".to_owned();
    let has = |wanted: fn(&Node) -> bool| formula.nodes().iter().any(wanted);
    // A vector at the root is averaged.
    let arguments =
        match [has(|node| matches!(node, Node::Pos | Node::Gap)), has(|node| matches!(node, Node::Neg | Node::Gap))] {
            [true, true] => "s^+, s^-",
            [true, false] => "s^+",
            [false, _] => "s^-",
        };
    let not_shown = latex::comments(formula, loss.semantics(), loss.depends_on_epsilon());
    let comments: Vec<String> = std::iter::once(letters).chain(not_shown).collect();
    latex::equation(formula, loss.scale(), &comments, arguments)
}
