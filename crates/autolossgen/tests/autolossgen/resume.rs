//! A run that is cut off, however it is cut off, comes to the same bytes as one that is not.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use autolossgen::data::Dataset;
use autolossgen::record::{Record, SearchStatus, StopReason};
use autolossgen::recsys::Interactions;
use autolossgen::{Config, Observer, Preset, Run, pool};

use crate::common::{self, Settings};

/// What a run leaves behind.
const RESULTS: [&str; 5] = ["journal.jsonl", "candidates.json", "hall_of_fame.json", "test.json", "best.json"];

const CONVERGED: Settings<'static> = &[
    ("search.reward", "converged"),
    ("search.samples", "60"),
    ("search.rungs", "[1, 3]"),
    ("search.learning_rates", "[0.5, 1.0]"),
    ("search.l2_coefficients", "[1e-5, 1e-4]"),
    ("search.warm_start", "[\"bce\", \"focal\"]"),
    ("search.folds", "2"),
    ("controller.name", "evolution"),
    ("controller.population", "20"),
];

const COMPLETE: Settings<'static> = &[
    ("controller.name", "complete"),
    ("controller.max_nodes", "6"),
    ("check.both_classes", "true"),
    ("search.reward", "converged"),
    ("search.samples", "40"),
    ("search.learning_rates", "[0.5, 1.0]"),
    ("search.l2_coefficients", "[1e-5, 1e-4]"),
    ("search.warm_start", "[\"bce\", \"mse\"]"),
    ("controller.population", "10"),
];

fn dataset() -> Dataset {
    common::sized(40, 50, 800)
}

fn config(settings: Settings<'_>) -> Config {
    let quick = [
        ("search.samples", "150"),
        ("search.checkpoint", "0"),
        ("model.mf.dimension", "8"),
        ("model.mlp.dimension", "8"),
        ("stop.max_epochs", "8"),
        ("halving.rung_epochs", "3"),
        ("test.seeds", "2"),
        ("test.tuned_learning_rates", "[0.5, 1.0]"),
        ("test.tuned_l2", "[1e-5, 1e-4]"),
        ("selection.epsilons", "[0.1, 0.001]"),
        ("test.candidates", "2"),
        ("test.baselines", "[\"bce\", \"maxr\"]"),
        ("seed", "7"),
    ];
    common::config(Preset::Default, &[&quick, settings])
}

/// Asks for the end after some updates, or some trainings.
struct Impatient {
    patience: usize,
    seen: AtomicUsize,
}

impl Impatient {
    fn after(patience: usize) -> Self {
        Self { patience, seen: AtomicUsize::new(0) }
    }

    fn one_more(&self) {
        self.seen.fetch_add(1, Ordering::Relaxed);
    }
}

impl Observer for Impatient {
    fn stop(&self) -> bool {
        self.seen.load(Ordering::Relaxed) >= self.patience
    }

    fn searched(&self, _: &SearchStatus, _: &dyn Fn(&Interactions) -> Option<f64>) {
        self.one_more();
    }
}

/// A folder of a test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self) -> PathBuf {
        self.0.path().join("run")
    }

    fn create(&self, settings: Settings<'_>) -> Run {
        Run::create(&self.run(), config(settings), &dataset()).unwrap()
    }

    fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.run().join("checkpoint/search")).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    fn journal(&self) -> Vec<u8> {
        std::fs::read(self.run().join("journal.jsonl")).unwrap()
    }

    fn results(&self) -> Vec<Option<Vec<u8>>> {
        RESULTS.iter().map(|name| std::fs::read(self.run().join(name)).ok()).collect()
    }
}

fn search(run: &mut Run, threads: usize, observer: &dyn Observer) -> StopReason {
    pool(threads).install(|| run.search(&dataset(), observer)).unwrap()
}

fn uninterrupted(settings: Settings<'_>) -> Folder {
    let folder = Folder::new();
    assert_ne!(search(&mut folder.create(settings), 2, &()), StopReason::Interrupted);
    folder
}

/// Copies a run and cuts its journal.
fn cut(whole: &Folder, length: usize) -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.run()).unwrap();
    std::fs::copy(whole.run().join("config.toml"), folder.run().join("config.toml")).unwrap();
    std::fs::write(folder.run().join("journal.jsonl"), &whole.journal()[..length]).unwrap();
    folder
}

fn resumed(folder: &Folder) -> Vec<u8> {
    search(&mut Run::open(&folder.run()).unwrap(), 1, &());
    folder.journal()
}

#[test]
fn interrupted_again_and_again_it_comes_to_the_same() {
    let cases: [Settings<'_>; 7] = [
        &[],
        &[("controller.name", "random"), ("model.name", "mlp"), ("search.samples", "60")],
        &[("controller.name", "evolution"), ("controller.population", "20"), ("search.warm_start", "[\"bce\"]")],
        &[("task", "regression"), ("search.on_convergence", "end"), ("search.converged_after", "3")],
        &[("search.candidates", "15")],
        CONVERGED,
        COMPLETE,
    ];
    for settings in cases {
        let (whole, folder) = (uninterrupted(settings), Folder::new());
        let mut reason = search(&mut folder.create(settings), 1, &Impatient::after(2));
        let mut threads = (1..=2).cycle();
        while reason == StopReason::Interrupted {
            assert!(!folder.checkpoints().is_empty());
            reason = search(&mut Run::open(&folder.run()).unwrap(), threads.next().unwrap(), &Impatient::after(3));
        }
        assert!(folder.results() == whole.results(), "{settings:?}");
        assert!(folder.checkpoints().is_empty(), "what has ended needs none");
    }
}

#[test]
fn cut_off_anywhere_without_a_checkpoint_it_comes_to_the_same() {
    for settings in [&[("search.samples", "40")][..], CONVERGED, COMPLETE] {
        let whole = uninterrupted(settings);
        let journal = whole.journal();
        let first_line = journal.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let ends = (first_line..journal.len()).filter(|&length| journal[length - 1] == b'\n').step_by(5);
        let torn = (first_line..journal.len()).step_by(journal.len() / 7);
        for length in ends.chain(torn).chain([journal.len()]) {
            assert!(resumed(&cut(&whole, length)) == journal, "cut at {length} of {}", journal.len());
        }
    }
}

/// A search that was interrupted, with two checkpoints.
fn interrupted() -> Folder {
    let folder = Folder::new();
    assert_eq!(search(&mut folder.create(&[]), 2, &Impatient::after(6)), StopReason::Interrupted);
    assert_eq!(folder.checkpoints().len(), 2);
    folder
}

#[test]
fn a_checkpoint_that_is_damaged_is_passed_over() {
    let journal = uninterrupted(&[]).journal();
    let damage: [&dyn Fn(&Path); 4] = [
        &|path| {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(path, bytes).unwrap();
        },
        &|path| std::fs::write(path, &std::fs::read(path).unwrap()[..100]).unwrap(),
        &|path| std::fs::write(path, "").unwrap(),
        &|path| std::fs::remove_file(path).unwrap(),
    ];
    for harm in damage {
        for n in 1..=2 {
            let folder = interrupted();
            folder.checkpoints().iter().rev().take(n).for_each(|path| harm(path));
            assert!(resumed(&folder) == journal);
        }
    }
}

#[test]
fn a_checkpoint_ahead_of_the_journal_or_of_another_run_is_passed_over() {
    let whole = uninterrupted(&[]);
    let (folder, other) = (interrupted(), Folder::new());
    let shorter = folder.journal().len() / 3;
    std::fs::write(folder.run().join("journal.jsonl"), &whole.journal()[..shorter]).unwrap();
    assert!(resumed(&folder) == whole.journal());

    search(&mut other.create(&[("seed", "8")]), 1, &Impatient::after(6));
    let folder = interrupted();
    for (own, foreign) in folder.checkpoints().iter().zip(other.checkpoints()) {
        std::fs::copy(foreign, own).unwrap();
    }
    assert!(resumed(&folder) == whole.journal());
}

/// As if another version had written it: whole lines of another run under the start of this one.
#[test]
fn a_run_that_does_not_come_to_what_is_written_is_refused_and_stays_what_it_is() {
    let (folder, other) = (interrupted(), uninterrupted(&[("seed", "8")]));
    let start = |journal: &[u8]| journal.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let (own, foreign) = (folder.journal(), other.journal());
    let journal = [&own[..start(&own)], &foreign[start(&foreign)..]].concat();
    std::fs::write(folder.run().join("journal.jsonl"), &journal).unwrap();
    let mut run = Run::open(&folder.run()).unwrap();
    assert_eq!(run.searched().1, Some(StopReason::Samples));
    let cut = journal.len() / 2;
    drop(run);
    std::fs::write(folder.run().join("journal.jsonl"), &journal[..cut]).unwrap();
    run = Run::open(&folder.run()).unwrap();
    let refusal = pool(1).install(|| run.search(&dataset(), &())).unwrap_err().to_string();
    assert!(refusal.contains("does not come to what is written there"), "{refusal}");
    assert!(journal.starts_with(&folder.journal()));
}

type Edit = fn(&str) -> String;

/// Writes another text to the configuration of a run; what opening and reading it say.
fn edited(folder: &Folder, edit: Edit) -> [Option<String>; 2] {
    let path = folder.run().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = edit(&text);
    assert_ne!(changed, text);
    std::fs::write(&path, changed).unwrap();
    let said = [
        Run::open(&folder.run()).err().map(|error| error.to_string()),
        autolossgen::run::read(&folder.run()).err().map(|error| error.to_string()),
    ];
    std::fs::write(&path, text).unwrap();
    said
}

#[test]
fn a_configuration_that_became_another_is_refused_with_the_line() {
    let (folder, whole) = (interrupted(), uninterrupted(&[]));
    let journal = folder.journal();
    let edits: [(Edit, &str); 4] = [
        (|text| text.replacen("seed = 7", "seed = 6", 1), "line 3: seed = 6, and the run was made with seed = 7: "),
        (|text| text.replacen("max_variables = 10", "max_variables = 6", 1), "controller.max_variables = 6, and "),
        (|text| text[..text.find("[test]").unwrap()].to_owned(), "the setting test.baselines is missing, and "),
        (|text| text.lines().next().unwrap().to_owned(), "the setting check.both_classes is missing, and "),
    ];
    for folder in [&folder, &whole] {
        for (edit, expected) in edits {
            for said in edited(folder, edit) {
                let said = said.expect("it is refused");
                assert!(said.contains("config.toml") && said.contains(expected), "{said}");
            }
        }
        for said in edited(folder, |text| text[..text.len() - 3].to_owned()) {
            assert!(said.expect("torn").contains("config.toml, line "));
        }
    }
    assert!(folder.journal() == journal);
    assert!(resumed(&folder) == whole.journal());
}

#[test]
fn settings_that_change_no_result_may_become_others() {
    let (folder, journal) = (interrupted(), uninterrupted(&[]).journal());
    let path = folder.run().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let other = text.replacen("threads = 0", "threads = 1", 1).replacen("checkpoint = 0.0", "checkpoint = 60.0", 1);
    std::fs::write(&path, format!("# on the small machine\n{other}")).unwrap();
    let went_on = AtomicUsize::new(0);
    struct Behind<'a>(&'a AtomicUsize);
    impl Observer for Behind<'_> {
        fn resumes(&self, sampled: u64, _: usize) {
            self.0.store(sampled as usize, Ordering::Relaxed);
        }
    }
    search(&mut Run::open(&folder.run()).unwrap(), 1, &Behind(&went_on));
    assert!(folder.journal() == journal);
    assert!(went_on.into_inner() > 0, "the checkpoints still belong to the run");
}

#[test]
fn a_journal_of_an_earlier_version_knows_no_configuration_and_is_read() {
    let whole = uninterrupted(&[]);
    let journal = String::from_utf8(whole.journal()).unwrap();
    let (first, rest) = journal.split_once('\n').unwrap();
    let record = first.split_once("\"record\":").unwrap().1.strip_suffix('}').unwrap();
    let record = format!("{}}}", &record[..record.find(",\"config\":").unwrap()]);
    let crc = crc32fast::hash(record.as_bytes());
    let first = format!("{{\"seq\":0,\"crc\":\"{crc:08x}\",\"record\":{record}}}");
    let folder = cut(&whole, 0);
    for length in [0, rest.len() / 2, rest.len()] {
        std::fs::write(folder.run().join("journal.jsonl"), format!("{first}\n{}", &rest[..length])).unwrap();
        search(&mut Run::open(&folder.run()).unwrap(), 1, &());
        assert!(folder.journal() == format!("{first}\n{rest}").into_bytes(), "cut at {length}");
    }
}

/// Defaults and numbers that are written out are longer than the file that set some of them.
#[test]
fn a_configuration_that_comes_to_more_than_a_run_can_read_begins_none() {
    let ratings = format!("[{}]", (1..120_000).map(|n| format!("-{n}")).collect::<Vec<_>>().join(","));
    assert!(ratings.len() < 1 << 20);
    let settings = [("data.not_rated", ratings.as_str())];
    let folder = Folder::new();
    let refusal = Run::create(&folder.run(), config(&settings), &dataset()).unwrap_err().to_string();
    assert!(refusal.contains("bytes with every setting written out, and a run keeps 1048576 at the most"), "{refusal}");
    assert!(!folder.run().exists());
}

#[test]
fn a_search_that_was_checked_does_not_go_on() {
    let folder = interrupted();
    let mut run = Run::open(&folder.run()).unwrap();
    run.check().unwrap();
    let refusal = run.search(&dataset(), &()).unwrap_err().to_string();
    assert!(refusal.contains("was checked before its search had ended"), "{refusal}");
}

#[test]
fn a_run_that_was_cut_off_before_its_first_line_begins_anew() {
    let whole = uninterrupted(&[]);
    let first_line = whole.journal().iter().position(|&byte| byte == b'\n').unwrap();
    for length in [0, 1, first_line / 2, first_line] {
        let folder = cut(&whole, length);
        let mut run = folder.create(&[]);
        search(&mut run, 1, &());
        assert!(folder.journal() == whole.journal(), "cut at {length}");
    }
    let folder = cut(&whole, first_line + 1);
    let refusal = Run::create(&folder.run(), config(&[]), &dataset()).unwrap_err().to_string();
    assert!(refusal.contains("holds another run"), "{refusal}");
}

#[test]
fn a_time_that_was_up_is_up_again() {
    let whole = uninterrupted(&[("search.time", "1e-6")]);
    let journal = whole.journal();
    let last_line = journal[..journal.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
    assert!(resumed(&cut(&whole, last_line)) == journal);
}

/// A test that is cut off after each training, or each race.
#[derive(Default)]
struct OneTraining {
    told: AtomicUsize,
}

impl Observer for OneTraining {
    fn stop(&self) -> bool {
        self.told.load(Ordering::Relaxed) > 0
    }

    fn trained(&self, done: usize, _: usize, _: &str, _: f64) {
        // Those that were finished before are told first.
        self.told.fetch_max(done, Ordering::Relaxed);
    }
}

#[test]
fn a_test_goes_on_with_the_trainings_that_are_finished() {
    for protocol in ["tuned", "fixed"] {
        let whole = uninterrupted(&[("test.protocol", protocol)]);
        let test = |folder: &Folder, observer: &dyn Observer| {
            let mut run = Run::open(&folder.run()).unwrap();
            pool(1).install(|| run.test(dataset(), observer)).unwrap().is_some()
        };
        Run::open(&whole.run()).unwrap().check().unwrap();
        let folder = cut(&whole, whole.journal().len());
        search(&mut Run::open(&folder.run()).unwrap(), 1, &());
        Run::open(&folder.run()).unwrap().check().unwrap();
        assert!(test(&whole, &()));
        assert!(!test(&folder, &OneTraining::default()), "it was cut off");
        let kept = std::fs::metadata(folder.run().join("checkpoint/test.bin")).unwrap().len();
        assert!(kept > 1000, "{kept}");
        // As `run --resume` does, which goes through every phase.
        search(&mut Run::open(&folder.run()).unwrap(), 1, &());
        assert_eq!(std::fs::metadata(folder.run().join("checkpoint/test.bin")).unwrap().len(), kept);
        assert!(test(&folder, &()));
        assert!(!folder.run().join("checkpoint").exists());
        let test_of = |folder: &Folder| Run::open(&folder.run()).unwrap().records().last().cloned();
        assert!(matches!(test_of(&whole), Some(Record::Test(_))));
        assert_eq!(test_of(&folder), test_of(&whole), "{protocol}");
    }
}
