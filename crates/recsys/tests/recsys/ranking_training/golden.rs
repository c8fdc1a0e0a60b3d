//! Training for ranking against PyTorch: `golden/ranking.py` writes the values.

use autolossgen_formula::{RankingLoss, Scope, Semantics, resolve_for};
use autolossgen_recsys::Positives;
use autolossgen_recsys::ranking::{
    LightGcn, RankingBatch, RankingHyperparameters, RankingMf, RankingModel, RankingWorkspace, TrainingItems,
};
use serde::Deserialize;

use crate::common::largest_difference;

#[derive(Deserialize)]
struct Golden {
    dimension: usize,
    n_items: usize,
    n_layers: usize,
    training: Vec<Vec<u32>>,
    batches: Vec<Batch>,
    /// Users and items.
    initial: [Vec<f32>; 2],
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Batch {
    users: Vec<u32>,
    items: Vec<u32>,
    gathered: Vec<u32>,
    shared: Vec<u32>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    loss: String,
    kind: String,
    hyperparameters: RankingHyperparameters,
    after: [Vec<f64>; 2],
    mean_losses: [f64; 2],
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../../golden/ranking.json")).unwrap()
    }

    fn batches(&self, kind: &str) -> Vec<RankingBatch> {
        let mut offsets = vec![0];
        self.training.iter().for_each(|items| offsets.push(offsets[offsets.len() - 1] + items.len()));
        let items = self.training.concat();
        let training = TrainingItems::new(&offsets, &items);
        let batch = |Batch { users, items, gathered, shared }: &Batch| match kind {
            "gathered" => RankingBatch::gathered(users.clone(), items.clone(), gathered.clone()),
            _ => RankingBatch::shared(users.clone(), items.clone(), shared.clone(), training, self.n_items),
        };
        self.batches.iter().map(batch).collect()
    }

    /// Users' and items' embeddings after two epochs, and the mean loss of each epoch.
    fn train(&self, case: &Case, loss: &RankingLoss) -> ([Vec<f64>; 2], Vec<f64>) {
        let [users, items] = &self.initial;
        let mut mf = RankingMf::from_embeddings(self.dimension, users, items);
        if case.model == "mf" {
            let losses = self.two_epochs(&mut mf, case, loss);
            return (flat([&|user| mf.user_embedding(user), &|item| mf.item_embedding(item)], self), losses);
        }
        let pairs =
            || self.training.iter().zip(0..).flat_map(|(items, user)| items.iter().map(move |&item| (user, item)));
        let (of_users, of_items): (Vec<u32>, Vec<u32>) = pairs().unzip();
        let train = Positives::new(self.training.len(), self.n_items, &of_users, &of_items);
        let mut model = LightGcn::new(mf, &train, self.n_layers);
        let losses = self.two_epochs(&mut model, case, loss);
        (flat([&|user| model.user_embedding(user), &|item| model.item_embedding(item)], self), losses)
    }

    fn two_epochs(&self, model: &mut dyn RankingModel, case: &Case, loss: &RankingLoss) -> Vec<f64> {
        let (batches, mut workspace) = (self.batches(&case.kind), RankingWorkspace::default());
        let n_rows = batches.iter().map(RankingBatch::len).sum::<usize>() as f64;
        let mut epoch = || {
            let mut of_batch = |batch: &RankingBatch| {
                let found = model.train_batch(batch, loss, &case.hyperparameters, &mut workspace);
                assert_eq!(found.non_finite, 0);
                found.mean_loss * batch.len() as f64 / n_rows
            };
            batches.iter().map(&mut of_batch).sum()
        };
        vec![epoch(), epoch()]
    }
}

fn flat<'a>([user, item]: [&dyn Fn(usize) -> &'a [f32]; 2], golden: &Golden) -> [Vec<f64>; 2] {
    let all =
        |row: &dyn Fn(usize) -> &'a [f32], n: usize| (0..n).flat_map(row).map(|&weight| f64::from(weight)).collect();
    [all(user, golden.training.len()), all(item, golden.n_items)]
}

#[test]
fn two_epochs_end_where_pytorch_ends() {
    let golden = Golden::load();
    for case in &golden.cases {
        let formula = resolve_for(Scope::Ranking, &case.loss).unwrap();
        let ([users, items], losses) = golden.train(case, &formula.compile_ranking(Semantics::default()).unwrap());
        let differences = [
            largest_difference(&users, &case.after[0]),
            largest_difference(&items, &case.after[1]),
            largest_difference(&losses, &case.mean_losses),
        ];
        println!(
            "{} {} {} {:?}: users, items, losses {differences:?}",
            case.model, case.loss, case.kind, case.hyperparameters
        );
        let are_small = differences.iter().all(|&difference| difference < 1e-5);
        assert!(are_small, "{} {} {} {differences:?}", case.model, case.loss, case.kind);
        let initial: Vec<f64> = golden.initial[1].iter().map(|&weight| f64::from(weight)).collect();
        assert!(largest_difference(&items, &initial) > 1e-2, "nothing was learnt");
    }
}
