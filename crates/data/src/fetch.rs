//! Named data: fetched once, checked, cached.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::read_member;
use crate::error::DataError;
use crate::file::write_atomically;
use crate::options::ReadOptions;
use crate::ratings::Ratings;
use crate::read::read_ratings;

/// SHA-256 over the sorted rows of ML-100K: user, item, rating, timestamp.
const ML_100K: &str = "3c61dc9b90a365d2ac50bdee9df8024ddf0eea4b1a15678d9934a77e75fe0ede";
/// No archive member of ours is larger.
const MAX_MEMBER: u64 = 64 << 20;

/// Where a dataset lies and where it came from.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The file in the cache.
    pub path: PathBuf,
    /// The source in words.
    pub source: &'static str,
}

/// A place to get ML-100K from: its archive, and the file in it.
struct Source {
    name: &'static str,
    member: &'static str,
    download: fn(&Path) -> Result<PathBuf, String>,
}

const SOURCES: [Source; 2] = [
    Source { name: "the official archive", member: "u.data", download: official_archive },
    Source { name: "the Python package recbole 1.2.1", member: "ml-100k.inter", download: python_package },
];

/// The folder of fetched data: `$AUTOLOSSGEN_CACHE`, or autolossgen in the user's cache folder.
pub fn cache_folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("AUTOLOSSGEN_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("autolossgen")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("autolossgen")))
        .unwrap_or_else(|| std::env::temp_dir().join("autolossgen"))
}

/// MovieLens 100K (Harper and Konstan 2015), from the cache, the official archive, or a Python package that ships it.
/// `note` hears what is tried.
///
/// # Errors
/// No source within reach, or none with the right content.
pub fn ml_100k(note: &mut dyn FnMut(&str)) -> Result<Fetched, DataError> {
    let cache = cache_folder();
    let (folder, is_new) = (cache.join("ml-100k"), !cache.exists());
    // The rows are those of u.data.
    let path = folder.join("u.data");
    if path.exists() && is_ml_100k(&path) {
        return Ok(Fetched { path, source: "the cache" });
    }
    std::fs::create_dir_all(&folder).map_err(DataError::io("create", &folder))?;
    let mut failures = Vec::new();
    for source in &SOURCES {
        note(&format!("fetching ml-100k from {}", source.name));
        match obtain(source, &folder) {
            Ok(ratings) => {
                let lines: Vec<String> = (0..ratings.len()).map(|row| ratings.line(row)).collect();
                write_atomically(&path, (lines.join("\n") + "\n").as_bytes())?;
                return Ok(Fetched { path, source: source.name });
            }
            Err(failure) => failures.push(format!("{} ({failure})", source.name)),
        }
    }
    // Only where they are empty; an empty folder left behind would be no harm.
    let _ = std::fs::remove_dir(&folder);
    if is_new {
        let _ = std::fs::remove_dir(&cache);
    }
    Err(DataError::Invalid(format!(
        "cannot fetch ml-100k: tried {}; fetch it where there is a network, or give the path of its u.data file",
        failures.join(", then ")
    )))
}

fn is_ml_100k(path: &Path) -> bool {
    read_ratings(path, &ReadOptions::default()).is_ok_and(|(ratings, _)| ratings.checksum() == ML_100K)
}

fn obtain(source: &Source, folder: &Path) -> Result<Ratings, String> {
    // It is gone with its value.
    let scratch = tempfile::Builder::new().prefix("download-").tempdir_in(folder).map_err(|error| error.to_string())?;
    let archive = (source.download)(scratch.path())?;
    read_ratings_of(&archive, source.member, scratch.path())
}

fn read_ratings_of(archive: &Path, member: &str, scratch: &Path) -> Result<Ratings, String> {
    let content = read_member(archive, &format!("ml-100k/{member}"), MAX_MEMBER).map_err(|error| error.to_string())?;
    let path = scratch.join(member);
    std::fs::write(&path, content).map_err(|error| error.to_string())?;
    let (ratings, _) = read_ratings(&path, &ReadOptions::default()).map_err(|error| error.to_string())?;
    if ratings.checksum() == ML_100K { Ok(ratings) } else { Err("the rows are not those of ML-100K (checksum)".into()) }
}

fn official_archive(scratch: &Path) -> Result<PathBuf, String> {
    let path = scratch.join("ml-100k.zip");
    let mut command = Command::new("curl");
    command.args(["--fail", "--silent", "--show-error", "--location", "--connect-timeout", "10", "--max-time", "120"]);
    command.arg("--output").arg(&path).arg("https://files.grouplens.org/datasets/movielens/ml-100k.zip");
    succeed(command)?;
    Ok(path)
}

fn python_package(scratch: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check", "--dest"]);
    command.arg(scratch).arg("recbole==1.2.1");
    succeed(command)?;
    let entries = std::fs::read_dir(scratch).map_err(|error| error.to_string())?;
    let wheel = entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    wheel.ok_or_else(|| "pip left no wheel".into())
}

/// Runs a command in silence; a failure is its last line on stderr.
fn succeed(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{name} was not found"),
        _ => format!("{name}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("failed").trim().to_owned())
}
