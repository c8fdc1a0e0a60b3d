//! A controller from outside the crate: a list of formulas that somebody has thought of, tried one after the other. Only the
//! place in the list is state.

use autolossgen::controller::{Controller, Episode};
use autolossgen::formula::resolve;
use autolossgen::record::UpdateStats;
use autolossgen::recsys::random::Stream;
use autolossgen::study::Study;
use autolossgen::{Config, ForeignState, Preset, Run, State, pool, testing};

/// Losses to try, over and over.
const IDEAS: [&str; 5] =
    ["(pred - label)^2", "-log(pred) * label", "max(pred, label) - pred * label", "abs(pred - label)", "pred / label"];

/// Proposes the ideas in their order.
struct List {
    next: usize,
}

impl Controller for List {
    fn ask(&mut self, n: usize, _: &mut Stream) -> Vec<Episode> {
        let texts = IDEAS.iter().cycle().skip(self.next).take(n);
        self.next = (self.next + n) % IDEAS.len();
        let episode = |text: &&str| {
            let formula = resolve(text).expect("the ideas parse");
            Episode { formula, epsilons: Vec::new(), actions: Vec::new(), log_prob: 0.0, entropy: 0.0 }
        };
        texts.map(episode).collect()
    }

    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        let mean_reward = rewarded.iter().map(|(_, reward)| reward).sum::<f64>() / rewarded.len().max(1) as f64;
        UpdateStats { mean_reward, ..UpdateStats::default() }
    }

    fn state(&self) -> State {
        State::of("list 1", &self.next)
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        self.next = state.read("list 1")?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    testing::controller(&|| Box::new(List { next: 0 }));
    println!("the controller keeps the contract");

    let settings = [
        ("search.reward", "one-epoch"),
        ("search.warm_start", "[]"),
        ("search.samples", "10"),
        ("search.converged_after", "0"),
    ];
    let config = Config::with(Preset::Default, &settings)?;
    let (folder, data) = (tempfile::tempdir()?, testing::dataset());
    let mut run = Run::create(&folder.path().join("run"), config.clone(), &data)?;
    let study = Study::with_controller(&config, Box::new(List { next: 0 }));
    pool(0).install(|| run.search_with(&data, study, None, &()))?;
    for sample in run.records().iter().filter_map(|record| record.sample()) {
        println!("{:+.4}  {:?}  {}", sample.reward, sample.outcome, sample.formula);
    }
    Ok(())
}
