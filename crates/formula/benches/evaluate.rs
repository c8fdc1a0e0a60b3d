//! A loss over a batch: 128 rows, which is one of training, and 4,096. `grad` is what a training asks for, the derivative;
//! `value_and_grad` what a check and the proxy test do.
//!
//! Both are inlined into their caller and get the vectors that the caller is compiled for. `portable` is a plain
//! call, with what the target has at the least; `avx2` and `avx512` are compiled for those instructions, as the training
//! loops are, and are there where the processor has them.

use std::hint::black_box;

use autolossgen_formula::{Formula, Loss, Semantics, Workspace, resolve};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A formula as large as they come out of a search: its canonical form has 20 nodes.
const LARGE: &str = "max(log(pred) * label, log(1 + -pred) * (1 + -label)) + reciprocal(max(pred, label) + -log(pred))
    + min(label, reciprocal(pred))";

/// Rows of a batch.
struct Batch {
    logits: Vec<f32>,
    labels: Vec<f32>,
    grad: Vec<f32>,
    workspace: Workspace,
}

impl Batch {
    /// Logits evenly from −4 to 4, labels in turn 0 and 1.
    fn new(n_rows: usize) -> Self {
        let logit = |row: usize| 8.0 * (row as f32 + 0.5) / n_rows as f32 - 4.0;
        Self {
            logits: (0..n_rows).map(logit).collect(),
            labels: (0..n_rows).map(|row| (row % 2) as f32).collect(),
            grad: vec![0.0; n_rows],
            workspace: Workspace::default(),
        }
    }

    #[inline(always)]
    fn evaluate(&mut self, loss: &Loss, what: What) -> f32 {
        let Self { logits, labels, grad, workspace } = self;
        match what {
            What::Grad => loss.grad(black_box(logits), labels, black_box(grad), workspace) as f32,
            What::ValueAndGrad => loss.value_and_grad(black_box(logits), labels, black_box(grad), workspace).mean,
        }
    }
}

/// What of a loss is computed.
#[derive(Clone, Copy)]
enum What {
    Grad,
    ValueAndGrad,
}

/// A way to compute it: its name, and the call.
type Path = (&'static str, fn(&mut Batch, &Loss, What) -> f32);

fn portable(batch: &mut Batch, loss: &Loss, what: What) -> f32 {
    batch.evaluate(loss, what)
}

#[cfg(target_arch = "x86_64")]
fn paths() -> Vec<Path> {
    #[target_feature(enable = "avx2")]
    fn avx2(batch: &mut Batch, loss: &Loss, what: What) -> f32 {
        batch.evaluate(loss, what)
    }
    #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
    fn avx512(batch: &mut Batch, loss: &Loss, what: What) -> f32 {
        batch.evaluate(loss, what)
    }
    let mut paths: Vec<Path> = vec![("portable", portable)];
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has these instructions.
        paths.push(("avx2", |batch, loss, what| unsafe { avx2(batch, loss, what) }));
    }
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
    {
        // SAFETY: as above.
        paths.push(("avx512", |batch, loss, what| unsafe { avx512(batch, loss, what) }));
    }
    paths
}

#[cfg(not(target_arch = "x86_64"))]
fn paths() -> Vec<Path> {
    vec![("portable", portable)]
}

/// The losses by name: two that people use, without a clamp, and a generated one with the clamp of a search.
fn losses() -> [(&'static str, Loss); 3] {
    let named = |name| (name, resolve(name).expect("a named loss"), Semantics::unclamped(1e-6));
    let large: Formula = LARGE.parse().expect("a formula");
    assert_eq!(large.canonical().nodes().len(), 20, "the name says 20 nodes");
    [named("mse"), named("bce"), ("20_nodes", large, Semantics::default())]
        .map(|(name, formula, semantics)| (name, formula.compile(semantics).expect("sound semantics")))
}

fn evaluate(criterion: &mut Criterion) {
    for (what, name) in [(What::Grad, "grad"), (What::ValueAndGrad, "value_and_grad")] {
        for n_rows in [128, 4096] {
            let mut batch = Batch::new(n_rows);
            let mut group = criterion.benchmark_group(format!("{name}/{n_rows}_rows"));
            group.throughput(Throughput::Elements(n_rows as u64));
            for (name, loss) in losses() {
                for (path, call) in paths() {
                    group.bench_function(format!("{name}/{path}"), |bencher| {
                        bencher.iter(|| call(&mut batch, &loss, what))
                    });
                }
            }
        }
    }
}

criterion_group!(benches, evaluate);
criterion_main!(benches);
