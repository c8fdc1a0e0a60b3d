//! Exported code as it is promised, byte for byte: `tests/export/` has one file a loss and target.
//!
//! Whether it computes what the evaluator does is held by `tests/parity`. After a change that is meant, write the files
//! anew: `WRITE_EXPORTS=1 cargo test -p autolossgen-formula --test formula export`.

use std::path::PathBuf;

use autolossgen_formula::{Choice, Loss, NamedLoss, Semantics, Target, default_name, export, resolve};

/// A generated formula that needs a clamp, both protections, a tie and a shared node.
const GENERATED: &str =
    "max(label, pred)^2 / (pred - label) + log(pred - label) * reciprocal(label) + sqrt(exp(logit))";

/// Losses by the name of their files.
fn losses() -> Vec<(&'static str, Loss)> {
    let named = ["bce", "mse", "maxr"].map(|name| {
        let formula = NamedLoss::find(name).unwrap().formula();
        (name, formula.compile(Semantics::unclamped(1e-6)).unwrap())
    });
    let generated = resolve(GENERATED).unwrap().compile(Semantics::default()).unwrap().scaled(0.5);
    named.into_iter().chain([("generated", generated)]).collect()
}

fn file(loss: &str, target: Target) -> PathBuf {
    let ending = if target == Target::Latex { "tex" } else { "py" };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/export");
    folder.join(format!("{loss}_{}.{ending}", target.name()))
}

#[test]
fn code_is_as_it_was_seen() {
    for (name, loss) in losses() {
        for &target in Target::ALL {
            let (path, code) = (file(name, target), export(&loss, &default_name(&loss), target).unwrap());
            if std::env::var_os("WRITE_EXPORTS").is_some() {
                std::fs::write(&path, &code).unwrap();
            }
            let seen = std::fs::read_to_string(&path).unwrap();
            assert_eq!(code, seen, "{}", path.display());
        }
    }
}

/// What no target may have: a line that people must scroll, or white space that no editor leaves.
#[test]
fn lines_are_neither_long_nor_untidy() {
    for (_, loss) in losses() {
        for &target in Target::ALL {
            let code = export(&loss, "some_loss", target).unwrap();
            assert!(code.ends_with('\n') && !code.ends_with("\n\n"), "{code}");
            for line in code.lines() {
                let is_formula = line.contains(&loss.formula().to_string()) || line.starts_with(r"\ell");
                assert!(line.trim_end() == line && (line.chars().count() <= 120 || is_formula), "{line}");
            }
        }
    }
}
