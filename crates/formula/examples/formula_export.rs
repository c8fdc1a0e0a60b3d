//! A loss as its canonical form, its simplified form, and code for one target.
//!
//!     cargo run -p autolossgen-formula --example formula_export -- [FORMULA [TARGET]]
//!
//! FORMULA is a name (bce, mse, maxr …) or infix text, by default a loss as a search finds it; TARGET is pytorch (default), jax,
//! tensorflow, numpy, latex, lightgbm, xgboost or recbole.

use std::error::Error;
use std::process::ExitCode;

use autolossgen_formula::{NamedLoss, Semantics, Target, default_name, export, resolve, simplified};

const GENERATED: &str =
    "identity(max(pred, label * pred) - label) * (pred - label) + log(reciprocal(max(pred, label * pred)))";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let text = given.next().unwrap_or_else(|| GENERATED.to_owned());
    let target = given.next().map_or(Ok(Target::Pytorch), |name| name.parse())?;

    let formula = resolve(&text)?;
    // Losses of the literature have no clamp; a generated one means what it meant in the search.
    let semantics = match NamedLoss::name_of(&formula) {
        Some(_) => Semantics::unclamped(1e-6),
        None => Semantics::default(),
    };
    let loss = formula.compile(semantics)?;
    println!("canonical:  {}", formula.canonical_under(semantics.clamp));

    let loss = match simplified(&loss) {
        Some(simple) => {
            println!("simplified: {} (to within {:.1e})", simple.loss.formula(), simple.agreement.largest());
            simple.loss
        }
        None => {
            println!("simplified: no simpler form was found");
            loss
        }
    };

    println!("\n{}", export(&loss, &default_name(&loss), target)?);
    Ok(())
}
