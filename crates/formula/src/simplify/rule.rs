//! Rewrites, each applied only where both sides evaluate alike.

use std::sync::OnceLock;

use egg::{Applier, ENodeOrVar, Id, Language, Pattern, PatternAst, Rewrite, Subst, Symbol, Var};

use super::curve::{BLOCKS, Graph, Places};
use super::table::RULES;
use super::term::Term;
use crate::lanes::Dual;

/// Every rewrite, in the order of the table.
pub(super) fn rules() -> &'static [Rewrite<Term, Places>] {
    static MADE: OnceLock<Vec<Rewrite<Term, Places>>> = OnceLock::new();
    MADE.get_or_init(|| RULES.iter().enumerate().flat_map(|(number, line)| of_line(2 * number, line)).collect())
}

/// `left => right`, or `left = right` for both ways.
fn of_line(number: usize, line: &str) -> Vec<Rewrite<Term, Places>> {
    match line.split_once(" => ") {
        Some((left, right)) => vec![rewrite(line, number, left, right)],
        None => {
            let (left, right) = line.split_once(" = ").expect("a rule has two sides");
            vec![rewrite(line, number, left, right), rewrite(line, number + 1, right, left)]
        }
    }
}

fn rewrite(name: &str, number: usize, left: &str, right: &str) -> Rewrite<Term, Places> {
    let pattern = |text: &str| -> Pattern<Term> { text.parse().expect("the table of rules parses") };
    let checked = Checked { number, right: pattern(right) };
    Rewrite::new(name, pattern(left), checked).expect("the right side has no variable of its own")
}

/// The right side of a rule, which is taken where it evaluates as the left one does.
struct Checked {
    number: usize,
    right: Pattern<Term>,
}

/// A part of a right side on one block, and the class that it is already in.
struct Part {
    known: Option<Id>,
    dual: Dual,
}

impl Part {
    fn known(id: Id, graph: &Graph, block: usize) -> Self {
        Self { known: Some(id), dual: graph[id].data.curve[block] }
    }
}

impl Checked {
    /// The right side under `variables`, on one block.
    fn evaluate(&self, graph: &Graph, variables: &Subst, block: usize) -> Part {
        let mut parts: Vec<Part> = Vec::with_capacity(self.right.ast.as_ref().len());
        for part in self.right.ast.as_ref() {
            let next = match part {
                ENodeOrVar::Var(variable) => Part::known(graph.find(variables[*variable]), graph, block),
                ENodeOrVar::ENode(term) => evaluate(term, &parts, graph, block),
            };
            parts.push(next);
        }
        parts.pop().expect("a pattern is not empty")
    }

    /// Whether the right side says something new of the class, and the same.
    fn holds(&self, graph: &Graph, class: Id, variables: &Subst) -> bool {
        let here = graph.find(class);
        let agrees = |block: usize| {
            let right = self.evaluate(graph, variables, block);
            right.known != Some(here) && graph.analysis.agree(&graph[here].data.curve[block], &right.dual)
        };
        (0..BLOCKS).all(agrees)
    }
}

/// One node over parts before it.
fn evaluate(term: &Term, parts: &[Part], graph: &Graph, block: usize) -> Part {
    let known = |id: &Id| parts[usize::from(*id)].known;
    if term.children().iter().all(|id| known(id).is_some()) {
        let here = term.clone().map_children(|id| known(&id).expect("all are known"));
        if let Some(id) = graph.lookup(here) {
            return Part::known(id, graph, block);
        }
    }
    let dual = graph.analysis.evaluate(term, block, |id| &parts[usize::from(id)].dual);
    Part { known: None, dual }
}

impl Applier<Term, Places> for Checked {
    fn apply_one(
        &self,
        graph: &mut Graph,
        class: Id,
        variables: &Subst,
        ast: Option<&PatternAst<Term>>,
        rule: Symbol,
    ) -> Vec<Id> {
        let stands_for = self.right.vars().into_iter().map(|variable| graph.find(variables[variable])).collect();
        let key = (self.number, graph.find(class), stands_for);
        if graph.analysis.refuted.contains(&key) {
            return Vec::new();
        }
        if self.holds(graph, class, variables) {
            return self.right.apply_one(graph, class, variables, ast, rule);
        }
        graph.analysis.refuted.insert(key);
        Vec::new()
    }

    fn vars(&self) -> Vec<Var> {
        self.right.vars()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_table_can_be_read() {
        assert!(rules().len() > RULES.len());
    }
}
