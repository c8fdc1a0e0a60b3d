//! `docs/bad-input.md`: its files are made, its commands run, and what they say is what the page says.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::project::{DATA, Project, QUICK, SYNTH};

const PAGE: &str = include_str!("../../../../docs/bad-input.md");

/// Four million times one row.
const PARQUET_BOMB: &[u8] = include_bytes!("../../../../fuzz/corpus/parquet/bomb");

/// The cells of the rows of the page that have `columns` of them and begin with code.
fn rows(columns: usize) -> Vec<Vec<&'static str>> {
    let cells =
        |line: &'static str| line.strip_prefix("| `")?.strip_suffix(" |").map(|_| line[2..line.len() - 2].split(" | "));
    let found = PAGE.lines().filter_map(cells).map(Iterator::collect::<Vec<_>>);
    found.filter(|cells| cells.len() == columns).collect()
}

/// What stands in a cell as code; `None` where it is prose.
fn code(cell: &str) -> Option<&str> {
    let fence = cell.len() - cell.trim_start_matches('`').len();
    match fence {
        0 => None,
        _ if fence == cell.len() => Some(""),
        1 => Some(&cell[1..cell.len() - 1]),
        _ => Some(cell[fence..cell.len() - fence].trim()),
    }
}

/// The words of a command; those in single quotes may hold spaces, or nothing.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (part, text) in command.split('\'').enumerate() {
        match part % 2 {
            0 => words.extend(text.split_whitespace().map(str::to_owned)),
            _ => words.push(text.to_owned()),
        }
    }
    words
}

/// A project with every file of the page.
fn project() -> (Project, File) {
    let project = Project::with_data();
    for row in rows(2) {
        let (name, content) = (code(row[0]).unwrap(), code(row[1]));
        if let Some(content) = content {
            let path = project.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(
                path,
                content.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace('\0', "\\"),
            )
            .unwrap();
        }
    }
    make_data(&project);
    let busy = make_runs(&project);
    for row in rows(2) {
        assert!(project.path(code(row[0]).unwrap()).exists(), "{} is not made", row[0]);
    }
    (project, busy)
}

fn make_data(project: &Project) {
    project.run(&format!("{SYNTH} --seed 7 --out other.tsv")).succeeded();
    project.write("bytes.csv", b"user,item,rating\na,\xff\xfe,5\n");
    project.write("bytes.toml", [0xff, 0xfe]);
    project.write("large.toml", " ".repeat(2 << 20));
    project.write("long.csv", "a".repeat(2 << 20));
    project.write("deep.json", "[".repeat(10_000));
    let whole = gzip(&project.read(DATA), 1);
    project.write("torn.csv.gz", &whole[..whole.len() / 2]);
    let row = format!("a,x,5,1,{}\n", "z".repeat(10_000));
    project.write(
        "bomb.csv.gz",
        gzip("user,item,rating,timestamp,note\n", 1)
            .into_iter()
            .chain(gzip(&row, (32 << 20) / row.len()))
            .collect::<Vec<_>>(),
    );
    project.write("bomb.parquet", PARQUET_BOMB);
}

fn gzip(text: &str, times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    (0..times).for_each(|_| encoder.write_all(text.as_bytes()).unwrap());
    encoder.finish().unwrap()
}

/// The folders of runs; the journal that is held open.
fn make_runs(project: &Project) -> File {
    project.run(&format!("search --data {DATA} --out run --samples 200 {QUICK}")).succeeded();
    project.run(&format!("search --data {DATA} --out barren --samples 20 --set search.delta=1e30")).exits(1);
    let journal = project.read("run/journal.jsonl");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let at = journal.rfind("\"reward\"").unwrap() + 1;
    let mut flipped = journal.clone().into_bytes();
    flipped[at] ^= 1;
    let mut last = journal.clone().into_bytes();
    *last.iter_mut().nth_back(10).unwrap() ^= 1;
    // With the checksum of its record, so that it is whole.
    let dream = r#""crc":"1ea8c244","record":{"event":"dream"}}"#;
    let newer = format!("{journal}{{\"seq\":{},{dream}\n", lines.len());
    let journals = [
        ("flipped", flipped),
        ("last", last),
        ("gap", [&lines[..2], &lines[3..]].concat().concat().into_bytes()),
        ("newer", newer.into_bytes()),
        ("blank", Vec::new()),
        ("headless", lines[1..].concat().into_bytes()),
        ("busy", journal.into_bytes()),
    ];
    for (name, journal) in journals {
        copy_run(project, name);
        project.write(&format!("{name}/journal.jsonl"), journal);
    }
    let config = project.read("run/config.toml");
    let configs = [
        ("edited", config.replacen("seed = 42", "seed = 6", 1)),
        ("cut", config[..config.find("[test]").unwrap()].to_owned()),
        ("torn", config[..config.find("ed = 42").unwrap()].to_owned()),
    ];
    for (name, text) in configs {
        copy_run(project, name);
        project.write(&format!("{name}/config.toml"), text);
    }
    copy_run(project, "later");
    project.write("later/config.toml", format!("horizon = 3\n{}", project.read("run/config.toml")));
    copy_run(project, "noconfig");
    fs::remove_file(project.path("noconfig/config.toml")).unwrap();
    let busy = File::open(project.path("busy/journal.jsonl")).unwrap();
    busy.lock().unwrap();
    busy
}

fn copy_run(project: &Project, name: &str) {
    fs::create_dir(project.path(name)).unwrap();
    for entry in fs::read_dir(project.path("run")).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        fs::copy(&path, project.path(name).join(path.file_name().unwrap())).unwrap();
    }
}

/// What a command says first, and how it exits.
fn outcome(project: &Project, command: &str) -> (String, Option<i32>) {
    let words = words(command);
    let redirected = words.iter().position(|word| word == ">");
    let args: Vec<&str> = words[..redirected.unwrap_or(words.len())].iter().map(String::as_str).collect();
    let mut command = project.command(&args);
    if let Some(at) = redirected {
        command.stdout(File::options().write(true).open(&words[at + 1]).unwrap());
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    let is_verdict = |line: &&str| line.starts_with("autolossgen: ") || line.starts_with("error: ");
    let first = said.lines().find(is_verdict).or(said.lines().next()).unwrap_or_default();
    let folder = project.path("").canonicalize().unwrap();
    let first = first.trim_start_matches("autolossgen: ").replace(&folder.display().to_string(), "DIR");
    (first, output.status.code())
}

/// Whether `said` is `expected`, in which … stands for what is not the same on every machine.
fn is_as_expected(said: &str, expected: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else { return said == expected };
    let ends = |tail: &str| rest.split('…').next_back().is_some_and(|end| tail.ends_with(end));
    said.strip_prefix(start).is_some_and(ends)
}

#[test]
#[cfg(target_os = "linux")]
fn the_page_says_what_the_program_says() {
    let (project, _busy) = project();
    let before = project.files();
    let cases = rows(3);
    assert!(cases.len() >= 100, "{} rows", cases.len());
    let mut wrong = String::new();
    for row in &cases {
        let (command, expected) = (code(row[0]).unwrap(), code(row[1]).unwrap());
        let (said, exit) = outcome(&project, command);
        if !is_as_expected(&said, expected) || exit != row[2].parse().ok() {
            wrong += &format!("| `{command}` | `` {said} `` | {} |\n", exit.unwrap_or(-1));
        }
        assert!(project.files() == before, "{command} left something behind");
    }
    assert!(wrong.is_empty(), "docs/bad-input.md should have\n{wrong}");
}
