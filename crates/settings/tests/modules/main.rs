//! Modules of a crate form no circle. What is tested is the source of every crate of the workspace, its test code left out:
//!
//!     cargo test -p autolossgen-settings --test modules -- --nocapture

mod circles;
mod planted;
mod source;
mod tokens;
mod tree;

use circles::circles;
use std::path::{Path, PathBuf};
use tree::Files;

#[test]
fn no_crate_has_a_circle_among_its_modules() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two folders below the workspace");
    let mut crates = folder(&workspace.join("crates"));
    crates.retain(|entry| entry.join("src").is_dir());
    assert!(crates.len() > 1, "the crates lie in another folder");
    let mut report = String::new();
    for folder in crates {
        let mut files = Files::new();
        read_below(&folder.join("src"), workspace, &mut files);
        let source = folder.strip_prefix(workspace).expect("below it").join("src");
        let roots = ["lib.rs", "main.rs"].map(|name| source.join(name));
        for root in roots.iter().filter(|root| files.contains_key(*root)) {
            let found = circles(&files, root);
            println!("{}: {} circles in {} files", root.display(), found.len(), files.len());
            report.extend(found.iter().map(|circle| format!("{}: {circle}", root.display())));
        }
    }
    assert!(report.is_empty(), "modules name each other in a circle\n\n{report}");
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths
}

/// Adds the Rust sources in `path` and below it, by their paths below `workspace`.
fn read_below(path: &Path, workspace: &Path, files: &mut Files) {
    for entry in folder(path) {
        if entry.is_dir() {
            read_below(&entry, workspace, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let name = entry.strip_prefix(workspace).expect("below it").to_owned();
            files.insert(name, std::fs::read_to_string(&entry).expect("UTF-8"));
        }
    }
}
