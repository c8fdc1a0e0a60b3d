//! `export`: a loss as code.

use crate::project::{Project, expect_all};

const TARGETS: [&str; 8] = ["pytorch", "jax", "tensorflow", "numpy", "latex", "lightgbm", "xgboost", "recbole"];

#[test]
fn code_goes_to_stdout_and_is_that_of_the_file() {
    let project = Project::new();
    for target in TARGETS {
        let ran = project.run(&format!("export maxr --to {target}")).succeeded();
        assert_eq!(ran.stderr, "");
        assert!(ran.stdout.contains("max((pred + eps) / (label + eps), (label + eps) / (pred + eps))"), "{target}");
        let written = project.run(&format!("export maxr --to {target} --out made")).succeeded();
        assert_eq!(written.stdout, "");
        assert_eq!(project.read("made"), ran.stdout, "{target}");
        written.says(&[&format!("made: maxr for {target}")]);
    }
    assert_eq!(project.files().len(), 1, "nothing else is left behind");
}

#[test]
fn json_has_the_shape_that_is_promised() {
    let project = Project::new();
    let args = ["export", " -pred * label", "--to", "numpy", "--json", "--epsilon", "0.25", "--scale", "0.5"];
    let document = project.run_with(&args).succeeded().json();
    assert_eq!(document.as_object().unwrap().len(), 7);
    assert_eq!(document["loss"], "-pred * label");
    assert_eq!(document["formula"], "-pred * label");
    assert_eq!((&document["target"], &document["epsilon"]), (&"numpy".into(), &0.25.into()));
    assert_eq!((&document["clamp"]["signed"], &document["scale"]), (&1e6.into(), &0.5.into()));
    let code = project.run_with(&[&args[..4], &args[5..]].concat()).succeeded().stdout;
    assert_eq!(document["code"], code);
    assert!(code.contains("SCALE = 0.5"), "{code}");
}

#[test]
fn the_clamp_is_that_of_eval_unless_it_is_said() {
    let project = Project::new();
    let clamp = |more: &[&str]| {
        let args = [&["export", "--to", "latex", "--json"], more].concat();
        project.run_with(&args).succeeded().json()["clamp"].clone()
    };
    assert_eq!(clamp(&["mse"]), "none");
    assert_eq!(clamp(&["(pred - label)^2"])["signed"], 1e6);
    assert_eq!(clamp(&["mse", "--clamp", "signed"])["signed"], 1e6);
    assert_eq!(clamp(&["pred", "--clamp", "none"]), "none");
    assert_eq!(clamp(&["pred", "--clamp", "positive"])["positive"][1], 1e6);
}

#[test]
fn a_name_is_that_of_the_function() {
    let project = Project::new();
    let names = |args: &str, def: &str| {
        project.run(&format!("export {args} --to pytorch")).succeeded().prints(&[def]);
    };
    names("hinge-reference", "def hinge_reference(");
    names("pred*label", "def generated_loss(");
    names("mse --name squared", "class SquaredLoss(nn.Module)");
}

#[test]
fn what_cannot_be_exported_is_said_in_one_sentence() {
    let project = Project::new();
    let targets = TARGETS.join(", ");
    project.refuses_value("export mse --to pytorhc", "--to <TARGET>", "pytorhc", &targets, Some("pytorch"));
    project.refuses_value("export mse --to fortran", "--to <TARGET>", "fortran", &targets, None);
    let clamps = "signed, positive, none";
    project.refuses_value("export mse --to jax --clamp hard", "--clamp <CLAMP>", "hard", clamps, None);
    let cases: [(&[&str], &[&str]); 9] = [
        (&["msee", "--to", "jax"], &["no loss is called 'msee'; did you mean 'mse'?"]),
        (&["pred + * 2", "--to", "jax"], &["at column 8: expected a value, found '*'"]),
        (&["", "--to", "jax"], &["a name or a formula is empty"]),
        (&["mse", "--to", "jax", "--epsilon", "-1"], &["--epsilon '-1': a positive and finite 32-bit number"]),
        (&["mse", "--to", "jax", "--scale", "0"], &["--scale '0': a positive and finite 32-bit number"]),
        (&["mse", "--to", "jax", "--name", "my loss"], &["--name: the name 'my loss' cannot be used"]),
        (&["label", "--to", "jax"], &["label: the formula does not depend on the prediction"]),
        (
            &["pred / label", "--to", "jax", "--clamp", "none"],
            &["not finite in single precision at ŷ = 0.5 (logit 0), y = 0"],
        ),
        (&["mse", "--to", "jax", "--out", "no/such/folder"], &["no/such/folder"]),
    ];
    for (args, expected) in cases {
        expect_all(&project.refusal_with(&[&["export"], args].concat()), expected);
    }
}

#[test]
fn what_export_refuses_explain_refuses_or_warns_of() {
    let project = Project::new();
    let export = |formula: &str| {
        expect_all(&project.refusal_with(&["export", formula, "--to", "pytorch", "--clamp", "none"]), &["not finite"]);
    };
    for formula in ["pred / (label - 0.5)^2", "pred / label", "1 / (pred - label)"] {
        export(formula);
        expect_all(&project.refusal_with(&["explain", formula, "--set", "search.clamp=none"]), &["not finite"]);
    }
    // In single precision alone, in which 1 - pred is 0 from logit 17 on: what `explain` judges is the formula.
    let formula = "(pred - 0.5) / (1 - pred)";
    export(formula);
    let said = project.run_with(&["explain", formula, "--set", "search.clamp=none"]).succeeded().stdout;
    expect_all(&said, &["In single precision, in which losses train, "]);
}

#[test]
fn two_terms_have_two_equations() {
    let project = Project::new();
    let sum = ["export", "1/(pred+0.1) + reciprocal(pred+0.1)", "--to", "latex", "--epsilon", "0.1"];
    let ran = project.run_with(&sum).succeeded();
    ran.prints(&[
        r"\frac{1}{\hat{y} + 0.1} + \left(\hat{y} + 0.1\right)^{-1}",
        r"% x^{-1} stands for \operatorname{sign}(x) / (|x| + \varepsilon)",
    ]);
}

#[test]
fn only_an_export_is_overwritten() {
    let project = Project::new();
    let refusal = |file: &str| {
        format!(
            "{file}: the file is there and is no export of this program; name another, or overwrite it with --force"
        )
    };
    for (file, content) in
        [("ratings.tsv", "1\t2\t5\n"), ("journal.jsonl", "{\"event\":\"start\"}\n"), ("mine.py", "x = 1\n")]
    {
        project.write(file, content);
        assert_eq!(project.refusal(&format!("export bce --to numpy --out {file}")), refusal(file));
        assert_eq!(project.read(file), content);
    }
    project.run("export bce --to numpy --out mine.py --force").succeeded();
    for target in TARGETS {
        project.run(&format!("export mse --to {target} --out mine.py")).succeeded();
    }
    project.write("empty.py", "");
    project.run("export bce --to numpy --out empty.py").succeeded();
    let without = project.run("export bce --to numpy --force").exits(2);
    expect_all(&without.stderr, &["--out <FILE>"]);
}
