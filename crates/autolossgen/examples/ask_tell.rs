//! A search driven from outside: the study asks for a loss, this program trains a model of its own with it, and tells how
//! good the model got.

use autolossgen::study::Study;
use autolossgen::{Config, Preset, formula};

/// Ŷ = σ(w·x) for 500 points in the plane, one in ten of the labels wrong; trained by gradient descent with the loss at hand.
fn accuracy(loss: &formula::Loss) -> f64 {
    let x = |i: usize| [((i * 37) % 101) as f32 / 50.0 - 1.0, ((i * 53) % 89) as f32 / 44.0 - 1.0];
    let label = |i: usize| f32::from(u8::from((x(i)[0] + 0.5 * x(i)[1] > 0.0) ^ (i % 10 == 3)));
    let labels: Vec<f32> = (0..500).map(label).collect();
    let (mut weights, mut slopes, mut workspace) = ([0.01_f32, 0.01], vec![0.0; 500], formula::Workspace::default());
    let logits = |w: &[f32; 2]| (0..500).map(|i| w[0] * x(i)[0] + w[1] * x(i)[1]).collect::<Vec<f32>>();
    for _ in 0..50 {
        loss.value_and_grad(&logits(&weights), &labels, &mut slopes, &mut workspace);
        for (i, slope) in slopes.iter().enumerate() {
            weights.iter_mut().zip(x(i)).for_each(|(weight, x)| *weight -= 0.02 * slope * x);
        }
    }
    let right =
        logits(&weights).iter().zip(&labels).filter(|(logit, label)| (**logit > 0.0) == (**label > 0.5)).count();
    right as f64 / 500.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = [("controller.name", "evolution"), ("controller.population", "50"), ("search.samples", "500")];
    let mut study = Study::new(&Config::with(Preset::Default, &settings)?);
    while study.wants_more() {
        for trial in study.ask(10)? {
            study.tell(&trial, accuracy(trial.loss()))?;
        }
    }
    for entry in study.front().entries() {
        println!("{:.3}  {}", entry.reward, entry.formula);
    }
    Ok(())
}
