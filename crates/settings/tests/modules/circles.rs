//! Circles among the modules of a crate.

use crate::tree::{Files, Tree};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::Path;

/// One place at which a module names another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    pub to: String,
    /// `file:line`
    pub place: String,
    /// Path as written
    pub path: String,
}

/// Modules with one parent that name each other in a circle: each edge begins where the one before it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Circle(pub Vec<Edge>);

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = &self.0[0].from;
        writeln!(f, "{first}{}", self.0.iter().map(|edge| format!(" -> {}", edge.to)).collect::<String>())?;
        self.0.iter().try_for_each(|edge| {
            let Edge { from, to, place, path } = edge;
            writeln!(f, "    {from} -> {to}: {place} has {path}")
        })
    }
}

/// Children of one module, each with those that it names and the first place that does.
type Graph = BTreeMap<usize, BTreeMap<usize, Edge>>;

/// Circles of the crate whose root file is `root`, the shortest first: for every edge that lies on one, a shortest through
/// it.
///
/// A path counts for the module that defines what it names. Where neither module lies in the other, the edge is one between
/// those children of their nearest common ancestor that hold them.
pub fn circles(files: &Files, root: &Path) -> Vec<Circle> {
    let tree = Tree::new(files, root);
    let mut found: Vec<Circle> = graphs(&tree).values().flat_map(circles_among).collect();
    found.sort_by_key(|circle| circle.0.len());
    found
}

/// One graph for each module with children that name each other.
fn graphs(tree: &Tree) -> BTreeMap<usize, Graph> {
    let mut graphs: BTreeMap<usize, Graph> = BTreeMap::new();
    for (place, module) in tree.modules.iter().enumerate() {
        for reference in &module.source.references {
            let Some(definer) = tree.definer(place, &reference.path) else {
                continue;
            };
            let (ours, theirs) = (&module.line_of_descent, &tree.modules[definer].line_of_descent);
            let shared = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
            let (Some(&from), Some(&to)) = (ours.get(shared), theirs.get(shared)) else {
                continue;
            };
            let edge = Edge {
                from: tree.modules[from].path.clone(),
                to: tree.modules[to].path.clone(),
                place: format!("{}:{}", module.file.display(), reference.line),
                path: reference.path.join("::"),
            };
            graphs.entry(ours[shared - 1]).or_default().entry(from).or_default().entry(to).or_insert(edge);
        }
    }
    graphs
}

fn circles_among(graph: &Graph) -> BTreeSet<Circle> {
    let pairs = graph.iter().flat_map(|(&from, edges)| edges.keys().map(move |&to| (from, to)));
    pairs
        .filter_map(|(from, to)| {
            let mut circle = [vec![from], way(graph, to, from)?].concat();
            circle.pop();
            let least = (0..circle.len()).min_by_key(|&place| circle[place])?;
            circle.rotate_left(least);
            let next = circle.iter().cycle().skip(1);
            Some(Circle(circle.iter().zip(next).map(|(from, to)| graph[from][to].clone()).collect()))
        })
        .collect()
}

/// A shortest way between two modules, with both.
fn way(graph: &Graph, from: usize, to: usize) -> Option<Vec<usize>> {
    let (mut before, mut open) = (BTreeMap::from([(from, from)]), VecDeque::from([from]));
    while let Some(at) = open.pop_front() {
        if at == to {
            let steps = std::iter::successors(Some(at), |at| (*at != from).then(|| before[at]));
            let mut way: Vec<usize> = steps.collect();
            way.reverse();
            return Some(way);
        }
        for &next in graph.get(&at).into_iter().flat_map(BTreeMap::keys) {
            before.entry(next).or_insert_with(|| {
                open.push_back(next);
                at
            });
        }
    }
    None
}
