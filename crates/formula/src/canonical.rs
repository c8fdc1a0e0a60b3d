//! Canonical form: structural equality up to sharing, order of commutative operands and neutral operations.
//!
//! Without a clamp named, only rewrites that hold under every clamp are made. Under the signed clamp −(−x) is x for every
//! result x; under the positive one it is not, so it stays. Constants are not folded for the same reason: 1 + 1 may be
//! clamped. A neutral operation on a leaf stays as `identity`, because the clamp acts on its result and not on the leaf,
//! unless the clamp is known to leave that leaf as it is.

use std::cmp::Ordering;

use crate::{Binary, Clamp, Node, Reducer, Unary};

/// Rebuilds `nodes` from the root, children first; valid under `clamp`, or under every clamp.
pub(crate) fn canonical(nodes: &[Node], clamp: Option<Clamp>) -> Vec<Node> {
    let mut built = Builder { nodes: Vec::with_capacity(nodes.len()), texts: Vec::new(), clamp };
    let mut renamed = vec![usize::MAX; nodes.len()];
    for index in reachable(nodes) {
        renamed[index] = built.insert(nodes[index].map_operands(|operand| renamed[operand]));
    }
    let root = built.averaged(renamed[nodes.len() - 1]);
    compact(&built.nodes, root)
}

/// Indices that the root depends on, ascending (so children first).
fn reachable(nodes: &[Node]) -> Vec<usize> {
    let mut needed = vec![false; nodes.len()];
    needed[nodes.len() - 1] = true;
    for index in (0..nodes.len()).rev() {
        if needed[index] {
            nodes[index].operands().into_iter().flatten().for_each(|operand| needed[operand] = true);
        }
    }
    (0..nodes.len()).filter(|&index| needed[index]).collect()
}

/// Keeps what `root` needs, in depth-first order, so that the order does not depend on how the formula was built.
fn compact(nodes: &[Node], root: usize) -> Vec<Node> {
    fn visit(nodes: &[Node], index: usize, place: &mut [Option<usize>], out: &mut Vec<Node>) -> usize {
        if let Some(done) = place[index] {
            return done;
        }
        let operands = nodes[index].operands().map(|operand| operand.map(|operand| visit(nodes, operand, place, out)));
        let node = match (nodes[index], operands) {
            (Node::Unary(operator, _), [Some(x), _]) => Node::Unary(operator, x),
            (Node::Binary(operator, _, _), [Some(x), Some(y)]) => Node::Binary(operator, x, y),
            (Node::Reduce(reducer, _), [Some(x), _]) => Node::Reduce(reducer, x),
            (leaf, _) => leaf,
        };
        out.push(node);
        place[index] = Some(out.len() - 1);
        out.len() - 1
    }
    let mut out = Vec::with_capacity(nodes.len());
    visit(nodes, root, &mut vec![None; nodes.len()], &mut out);
    out
}

/// Nodes so far, each with a 64-bit fingerprint of what it computes: an order that does not depend on insertion.
struct Builder {
    nodes: Vec<Node>,
    texts: Vec<u64>,
    clamp: Option<Clamp>,
}

impl Builder {
    fn insert(&mut self, node: Node) -> usize {
        let node = match node {
            Node::Unary(Unary::Identity, x) => return self.neutral(x),
            Node::Unary(Unary::Neg, x) if self.keeps_signs() => match self.nodes[x] {
                Node::Unary(Unary::Neg, inner) => return self.neutral(inner),
                _ => node,
            },
            Node::Binary(operator, x, y) if operator.is_commutative() && self.order(y, x) == Ordering::Less => {
                Node::Binary(operator, y, x)
            }
            other => other,
        };
        // The product with one, the maximum and minimum of a thing with itself, and the square written as a product.
        let node = match node {
            Node::Binary(Binary::Max | Binary::Min, x, y) if x == y => return self.neutral(x),
            Node::Binary(Binary::Mul, x, y) if x == y => Node::Unary(Unary::Square, x),
            Node::Binary(Binary::Mul, x, y) if self.nodes[x] == Node::Constant(1.0) => return self.neutral(y),
            Node::Binary(Binary::Mul, x, y) if self.nodes[y] == Node::Constant(1.0) => return self.neutral(x),
            other => other,
        };
        self.share(node)
    }

    /// A root without the mean over the negatives, which a vector at the root gets anyway. Of a leaf the mean stays where the
    /// clamp can act on it.
    fn averaged(&self, root: usize) -> usize {
        match self.nodes[root] {
            Node::Reduce(Reducer::Mean, x) if self.is_within(self.nodes[x]) => x,
            _ => root,
        }
    }

    /// What a neutral operation gives of x: x, if it is a result, or a leaf within the clamp.
    fn neutral(&mut self, x: usize) -> usize {
        if self.is_within(self.nodes[x]) { x } else { self.share(Node::Unary(Unary::Identity, x)) }
    }

    fn is_within(&self, node: Node) -> bool {
        let limit = match self.clamp {
            Some(Clamp::None) => f32::INFINITY,
            Some(Clamp::Signed(limit)) => limit,
            Some(Clamp::Positive(..)) | None => 0.0,
        };
        match node {
            Node::Pred | Node::Label => limit >= 1.0,
            Node::Constant(value) => value.abs() <= limit && limit > 0.0,
            Node::Logit | Node::Eps | Node::Pos | Node::Neg | Node::Gap => limit == f32::INFINITY,
            Node::Unary(..) | Node::Binary(..) | Node::Reduce(..) => true,
        }
    }

    fn keeps_signs(&self) -> bool {
        matches!(self.clamp, Some(Clamp::None | Clamp::Signed(_)))
    }

    fn share(&mut self, node: Node) -> usize {
        if let Some(known) = self.nodes.iter().position(|&known| known == node) {
            return known;
        }
        self.texts.push(self.fingerprint(node));
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn order(&self, x: usize, y: usize) -> Ordering {
        self.texts[x].cmp(&self.texts[y])
    }

    /// Rank of the kind in the upper byte, so that pred, label and constants sort before operators; a hash below.
    fn fingerprint(&self, node: Node) -> u64 {
        let (rank, parts) = match node {
            // The leaves of the two scopes do not meet in one formula.
            Node::Pred | Node::Pos => (0, [0, 0, 0]),
            Node::Label | Node::Neg => (1, [0, 0, 0]),
            Node::Logit | Node::Gap => (2, [0, 0, 0]),
            Node::Constant(value) => (3, [u64::from(value.to_bits()), 0, 0]),
            Node::Eps => (4, [0, 0, 0]),
            Node::Unary(operator, x) => (5, [operator as u64, self.texts[x], 0]),
            Node::Binary(operator, x, y) => (6, [operator as u64, self.texts[x], self.texts[y]]),
            Node::Reduce(reducer, x) => (7, [reducer as u64, self.texts[x], 0]),
        };
        let bytes = parts.into_iter().flat_map(u64::to_le_bytes);
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        (rank << 56) | (hash >> 8)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Clamp, Formula};

    fn same(first: &str, second: &str) -> bool {
        first.parse::<Formula>().unwrap().canonical() == second.parse::<Formula>().unwrap().canonical()
    }

    #[test]
    fn order_sharing_and_neutral_operations_do_not_count() {
        assert!(same("pred + label", "label + pred"));
        assert!(same("identity(exp(pred)) * exp(pred)", "square(exp(pred))"));
        assert!(same("max(pred * label, label * pred)", "pred * label"));
        assert!(!same("pred - label", "label - pred"));
        assert!(!same("neg(neg(pred))", "pred"));
        // Under a positive clamp identity(0) is the lower bound.
        assert!(!same("identity(label)", "label"));
        assert!(same("max(label, label)", "identity(identity(label))"));
        assert!(same("1 * label", "identity(label)"));
    }

    #[test]
    fn a_known_clamp_allows_more() {
        let under = |text: &str, clamp| text.parse::<Formula>().unwrap().canonical_under(clamp).to_string();
        for clamp in [Clamp::Signed(1e6), Clamp::None] {
            assert_eq!(under("identity(pred) + -(-label) * 1", clamp), "pred + label");
        }
        assert_eq!(under("identity(logit)", Clamp::Signed(1e6)), "identity(logit)");
        assert_eq!(under("identity(logit)", Clamp::None), "logit");
        assert_eq!(under("1 * label", Clamp::Positive(1e-5, 1e5)), "identity(label)");
    }
}
