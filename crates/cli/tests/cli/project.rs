//! A folder of its own for a test, and the program run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Data that a search of [`QUICK`] needs a moment for.
pub const DATA: &str = "made.tsv";

/// What makes such data, but for `--out`.
pub const SYNTH: &str = "data synth --users 60 --items 80 --rows 1500";

/// Settings under which a phase takes a fraction of a second.
pub const QUICK: &str = "--set test.protocol=fixed --set model.mf.dimension=8 --set model.mlp.dimension=8 \
                         --set stop.max_epochs=20 --set test.screening=2 --set test.candidates=3";

/// The same under the protocol that is the default.
pub const TUNED: &str = "--set model.mf.dimension=8 --set stop.max_epochs=20 --set test.screening=2 --set test.candidates=3 \
                         --set halving.rung_epochs=2 --set test.tuned_learning_rates=[0.3,1,3] \
                         --set test.tuned_l2=[3e-6,1e-5,1.5e-5,2e-5,3e-5,1e-4] --set test.rounds=1 --set test.seeds=3";

/// What makes a search sample formulas and try them for an epoch each, as that of the paper does.
pub const SAMPLED: [&str; 8] = [
    "--set",
    "controller.name=random",
    "--set",
    "search.reward=one-epoch",
    "--set",
    "search.warm_start=[]",
    "--set",
    "check.both_classes=false",
];

/// Names of the recommenders, as help lists them.
pub const MODELS: &str = "mf, mlp, neumf";

/// A temporary folder.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// One with [`DATA`] in it.
    pub fn with_data() -> Self {
        let project = Self::new();
        project.run(&format!("{SYNTH} --out {DATA}")).succeeded();
        project
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Reads a file of text.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Where `name` lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file with its content, and every folder with none.
    pub fn files(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut files = BTreeMap::new();
        collect(self.folder.path(), &mut files);
        files
    }

    /// Runs the program with the words of `line`.
    pub fn run(&self, line: &str) -> Ran {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program with arguments that may hold spaces.
    pub fn run_with(&self, args: &[&str]) -> Ran {
        let output = assert_cmd::Command::from(self.command(args)).timeout(Duration::from_secs(100)).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            line: args.join(" "),
            code: output.status.code(),
            stdout: text(output.stdout),
            // Paths are printed as they were given or in full.
            stderr: text(output.stderr)
                .replace(&self.folder.path().canonicalize().unwrap().display().to_string(), "DIR"),
        }
    }

    /// The program with these arguments, about to run in the folder. A search samples, unless its settings come from elsewhere, say
    /// otherwise, or have a number of nodes. With an empty PATH it finds no curl and no Python,
    /// so that no test has a network.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("autolossgen"));
        let has = |flags: &[&str]| args.iter().any(|arg| flags.contains(arg));
        let is_complete = args.iter().any(|arg| arg.starts_with("controller.max_nodes"));
        let samples = !is_complete && !has(&["--preset", "--config", "--resume", "--help", "ranking"]);
        match args.split_first() {
            Some((phase, rest)) if samples && ["run", "search"].contains(phase) => {
                command.arg(phase).args(SAMPLED).args(rest)
            }
            _ => command.args(args),
        };
        command.current_dir(self.folder.path());
        command.env("PATH", "").env("AUTOLOSSGEN_CACHE", self.path("cache"));
        command
    }

    /// What `data info` says of data, as JSON.
    pub fn info(&self, source: &str) -> Value {
        let mut info = self.run(&format!("data info {source} --json")).succeeded().json();
        let info_of_split = info.as_object_mut().expect("an object");
        ["files", "rows", "warnings"].iter().for_each(|key| drop(info_of_split.remove(*key)));
        info
    }

    /// Runs `line`, which must be refused without a trace in the folder; the sentence that says why.
    pub fn refusal(&self, line: &str) -> String {
        self.refusal_with(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs `line`, which has a value that its flag or argument, as in `--task <TASK>`, does not take; it must be refused
    /// without a trace in the folder, with the values that would be right, and the nearest of them.
    pub fn refuses_value(&self, line: &str, flag: &str, value: &str, right: &str, near: Option<&str>) {
        let before = self.files();
        let ran = self.run(line).exits(2);
        assert!(self.files() == before && ran.stdout.is_empty(), "{line}");
        let mut said = format!("error: invalid value '{value}' for '{flag}'\n  [possible values: {right}]\n");
        said += &near.map_or(String::new(), |near| format!("\n  tip: a similar value exists: '{near}'\n"));
        assert!(ran.stderr.starts_with(&said), "{line}\n{}\nand not\n{said}", ran.stderr);
    }

    /// As [`refusal`](Self::refusal), with arguments that may hold spaces.
    pub fn refusal_with(&self, args: &[&str]) -> String {
        let before = self.files();
        let said = self.run_with(args).refused();
        assert!(self.files() == before, "{args:?} changed {:?}", self.files().keys());
        said
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
            files.insert(path, None);
        } else {
            let content = fs::read(&path).unwrap();
            files.insert(path, Some(content));
        }
    }
}

/// A run of the program that has ended.
pub struct Ran {
    line: String,
    /// Exit code.
    pub code: Option<i32>,
    /// What a program reads.
    pub stdout: String,
    /// What a person reads.
    pub stderr: String,
}

impl Ran {
    /// It exits with `code`, and did not panic.
    pub fn exits(self, code: i32) -> Self {
        let Ran { line, stdout, stderr, .. } = &self;
        assert!(!stderr.contains("panicked"), "{line}\n{stderr}");
        assert_eq!(self.code, Some(code), "{line}\n{stdout}\n{stderr}");
        self
    }

    /// Exit 0.
    pub fn succeeded(self) -> Self {
        self.exits(0)
    }

    /// Exit 2 with nothing on stdout; the message, which is one sentence but for a formula and its caret.
    pub fn refused(self) -> String {
        let ran = self.exits(2);
        assert_eq!(ran.stdout, "", "{}", ran.line);
        let message = ran.stderr.lines().skip_while(|line| line.starts_with("data: ")).collect::<Vec<_>>().join("\n");
        let message = message.strip_prefix("autolossgen: ").unwrap_or_else(|| panic!("{}: {}", ran.line, ran.stderr));
        let lines = message.lines().count();
        assert!(lines == 1 || lines == 3 && message.ends_with('^'), "{}: {message}", ran.line);
        message.to_owned()
    }

    /// Stdout as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{}: {error}\n{}", self.line, self.stdout))
    }

    /// Stdout has each of these.
    pub fn prints(self, fragments: &[&str]) -> Self {
        expect_all(&self.stdout, fragments);
        self
    }

    /// Stderr has each of these.
    pub fn says(self, fragments: &[&str]) -> Self {
        expect_all(&self.stderr, fragments);
        self
    }
}

/// The table of losses and all below it: what `eval` prints behind its verdict.
pub fn from_table(text: &str) -> &str {
    let start = text.find("\nloss ").map_or(0, |before| before + 1);
    &text[start..]
}

/// `text` has each of `fragments`.
pub fn expect_all(text: &str, fragments: &[&str]) {
    for fragment in fragments {
        assert!(text.contains(fragment), "'{fragment}' is not in\n{text}");
    }
}
