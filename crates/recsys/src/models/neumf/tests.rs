//! The training against itself on every instruction set.

use autolossgen_formula::{Semantics, resolve};

use super::{NeuMf, NeuMfOptions};
use crate::kernel::instruction_set::InstructionSet;
use crate::random::{below, stream};
use crate::{EpochPlan, Hyperparameters, Interactions, Model, Optimizer, Workspace};

const N_USERS: usize = 30;
const N_ITEMS: usize = 20;
const N_ROWS: usize = 300;

fn random_rows() -> Interactions {
    let mut rng = stream(7, "rows", 0);
    let mut draw = |n: usize| (0..N_ROWS).map(|_| below(&mut rng, n as u64) as u32).collect::<Vec<_>>();
    let (users, items, labels) = (draw(N_USERS), draw(N_ITEMS), draw(2));
    Interactions::new(users, items, labels.into_iter().map(|label| label as f32).collect())
}

/// Every parameter after two epochs, and the logits, as bits.
fn trained(set: InstructionSet, dimension: usize, optimizer: Optimizer, clip: f32) -> (String, Vec<u32>) {
    // The last layer does not fill a vector.
    let options = NeuMfOptions { dimension, layers: vec![24, 9], dropout: 0.2, init_std: 1.0 };
    let mut model = NeuMf::new(N_USERS, N_ITEMS, &options, &mut stream(7, "model", 0));
    let (rows, loss) = (random_rows(), resolve("bce").unwrap().compile(Semantics::unclamped(1e-6)).unwrap());
    let settings = Hyperparameters { optimizer, learning_rate: 0.1, l2: 0.01, l2_multiplier: 3.0, clip };
    for epoch in 1..=2 {
        let plan = EpochPlan::new(&rows, N_USERS, N_ITEMS, 32, 7, epoch);
        model.train_on(set, &plan, &loss, &settings, &mut Workspace::default());
    }
    let mut logits = vec![0.0; N_ROWS];
    model.predict_on(set, &rows, &mut logits);
    assert!(model.is_finite() && logits.iter().all(|logit| logit.is_finite()));
    // A snapshot is written bit for bit.
    (serde_json::to_string(&model.snapshot()).unwrap(), logits.into_iter().map(f32::to_bits).collect())
}

/// The matrix products choose their own instructions, the same in each of these.
#[test]
fn every_instruction_set_gives_the_same_bits() {
    let (there, missing): (Vec<_>, Vec<_>) = InstructionSet::ALL.into_iter().partition(|set| set.is_available());
    println!("not tested, this processor lacks them: {missing:?}");
    for (optimizer, clip) in [Optimizer::Sgd, Optimizer::Adagrad, Optimizer::Adam]
        .into_iter()
        .flat_map(|optimizer| [(optimizer, 0.0), (optimizer, 0.02)])
    {
        for dimension in [24, 64] {
            let expected = trained(InstructionSet::Portable, dimension, optimizer, clip);
            for &set in &there {
                let equal = trained(set, dimension, optimizer, clip) == expected;
                assert!(equal, "{optimizer:?} with clip {clip} at d = {dimension} differs on {set:?}");
            }
        }
    }
}
