//! Named data: fetched once, checked, cached.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::read_member;
use crate::error::DataError;
use crate::file::write_atomically;
use crate::options::ReadOptions;
use crate::ratings::Ratings;
use crate::read::read_ratings;
use crate::turn::Turn;

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

/// Data that come from elsewhere.
struct Remote {
    /// Its name, which is that of its folder in the cache and in the archives.
    name: &'static str,
    /// SHA-256 over the rows in the order of their file: user, item, rating, timestamp. The order counts, because leave-one-out
    /// takes the rows of one second in the order of the file.
    checksum: &'static str,
    sources: &'static [Source],
}

/// A place to get data from: its archive, and the file in it.
struct Source {
    name: &'static str,
    member: &'static str,
    download: fn(&Path) -> Result<PathBuf, String>,
}

const ML_100K: Remote = Remote {
    name: "ml-100k",
    checksum: "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
    sources: &[
        Source { name: "the official archive", member: "u.data", download: official_archive },
        Source { name: "the Python package recbole 1.2.1", member: "ml-100k.inter", download: python_package },
    ],
};

/// Name of the file of rows in the cache.
const ROWS: &str = "u.data";

/// The folder of fetched data: `$AUTOLOSSGEN_CACHE`, or autolossgen in the user's cache folder.
pub fn cache_folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("AUTOLOSSGEN_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("autolossgen")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("autolossgen")))
        .unwrap_or_else(|| std::env::temp_dir().join("autolossgen"))
}

/// MovieLens 100K (Harper and Konstan 2015), from the cache, the official archive, or a Python package that ships it.
/// `note` hears what is tried. Processes that fetch at once do so one after the other, and the first fetches for all.
///
/// # Errors
/// No source within reach, or none with the right content; a cache that cannot be written.
pub fn ml_100k(note: &mut dyn FnMut(&str)) -> Result<Fetched, DataError> {
    ML_100K.fetch(&cache_folder(), note)
}

/// What the cache has.
enum Cached {
    Whole(Fetched),
    /// What is wrong, beginning with the path.
    Damaged(String),
    Absent,
}

impl Remote {
    fn fetch(&self, cache: &Path, note: &mut dyn FnMut(&str)) -> Result<Fetched, DataError> {
        let (folder, is_new) = (cache.join(self.name), !cache.exists());
        if let Cached::Whole(fetched) = self.cached(&folder) {
            return Ok(fetched);
        }
        let turn = Turn::wait(&folder, self.name, note)?;
        // Who had the turn before may have fetched them.
        let damage = match self.cached(&folder) {
            Cached::Whole(fetched) => return Ok(fetched),
            Cached::Damaged(damage) => Some(damage),
            Cached::Absent => None,
        };
        let name = self.name;
        damage.iter().for_each(|damage| note(&format!("{name} in the cache is damaged ({damage}) and fetched anew")));
        let mut failures = Vec::new();
        for source in self.sources {
            note(&format!("fetching {name} from {}", source.name));
            match self.obtain(source, &folder, &turn)? {
                Ok(path) => return Ok(Fetched { path, source: source.name }),
                Err(failure) => failures.push(format!("{} ({failure})", source.name)),
            }
        }
        drop(turn);
        if is_new {
            // Only where it is empty; an empty folder left behind would be no harm.
            let _ = std::fs::remove_dir(cache);
        }
        let what = match damage {
            Some(damage) => format!("{name} in the cache is damaged ({damage}) and cannot be fetched anew"),
            None => format!("cannot fetch {name}"),
        };
        Err(DataError::Invalid(format!(
            "{what}: tried {}; fetch it where there is a network, or give the path of its {ROWS} file",
            failures.join(", then ")
        )))
    }

    /// Downloads the rows and puts them, whole, into the folder: the path of their file, or why the source has none.
    fn obtain(&self, source: &Source, folder: &Path, turn: &Turn) -> Result<Result<PathBuf, String>, DataError> {
        let scratch = turn.scratch()?;
        let downloaded = (source.download)(&scratch);
        let ratings = downloaded.and_then(|archive| self.read_archive(&archive, source.member, &scratch));
        let put = match ratings {
            Ok(ratings) => put(&ratings, &scratch, folder.join(ROWS)).map(Ok),
            Err(why) => Ok(Err(why)),
        };
        // What stays for whatever reason is removed by the next fetch.
        let _ = std::fs::remove_dir_all(&scratch);
        put
    }

    fn cached(&self, folder: &Path) -> Cached {
        let path = folder.join(ROWS);
        if !path.exists() {
            return Cached::Absent;
        }
        match read_ratings(&path, &ReadOptions::default()) {
            Ok((ratings, _)) => match self.expect_rows(&ratings) {
                Ok(()) => Cached::Whole(Fetched { path, source: "the cache" }),
                Err(difference) => Cached::Damaged(DataError::file(&path, difference).to_string()),
            },
            Err(error) => Cached::Damaged(error.to_string()),
        }
    }

    fn expect_rows(&self, ratings: &Ratings) -> Result<(), String> {
        if ratings.checksum_in_order() == self.checksum {
            return Ok(());
        }
        Err(format!("the rows are not those of {}, or stand in another order (checksum)", self.name))
    }

    fn read_archive(&self, archive: &Path, member: &str, scratch: &Path) -> Result<Ratings, String> {
        let member_of = format!("{}/{member}", self.name);
        let content = read_member(archive, &member_of, MAX_MEMBER).map_err(|error| error.to_string())?;
        let path = scratch.join(member);
        std::fs::write(&path, content).map_err(|error| error.to_string())?;
        let (ratings, _) = read_ratings(&path, &ReadOptions::default()).map_err(|error| error.to_string())?;
        self.expect_rows(&ratings).map(|()| ratings)
    }
}

/// Writes rows in a folder that the next fetch removes where this one is killed, and puts their file into its place.
fn put(ratings: &Ratings, scratch: &Path, path: PathBuf) -> Result<PathBuf, DataError> {
    let beside = scratch.join("rows");
    let lines: Vec<String> = (0..ratings.len()).map(|row| ratings.line(row)).collect();
    write_atomically(&beside, (lines.join("\n") + "\n").as_bytes())?;
    std::fs::rename(&beside, &path).map_err(DataError::io("write", &path))?;
    Ok(path)
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const TEXT: &str = "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n";

    const SMALL: Remote = Remote {
        name: "small",
        checksum: "069f36088ff38bd1ff53c562f3a8232504a853e2247ed9db8ea9b25edc2c6ca6",
        sources: &[Source { name: "a zip", member: "rows.tsv", download: zipped }],
    };

    const NOWHERE: Remote = Remote { sources: &[Source { name: "no one", member: "", download: refused }], ..SMALL };

    /// An archive that takes a moment to come.
    fn zipped(scratch: &Path) -> Result<PathBuf, String> {
        let path = scratch.join("small.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        zip.start_file("small/rows.tsv", zip::write::SimpleFileOptions::default()).unwrap();
        std::thread::sleep(Duration::from_millis(30));
        zip.write_all(TEXT.as_bytes()).unwrap();
        zip.finish().unwrap();
        Ok(path)
    }

    fn refused(_: &Path) -> Result<PathBuf, String> {
        Err("there is no network".to_owned())
    }

    fn entries(folder: &Path) -> Vec<String> {
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn of_many_first_fetches_at_once_one_downloads_and_all_succeed() {
        let cache = tempfile::tempdir().unwrap();
        let downloads = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut note = |note: &str| {
                        downloads.fetch_add(usize::from(note.starts_with("fetching")), Ordering::Relaxed);
                    };
                    let fetched = SMALL.fetch(&cache.path().join("new"), &mut note).unwrap();
                    assert_eq!(std::fs::read_to_string(fetched.path).unwrap(), TEXT);
                });
            }
        });
        assert_eq!(downloads.into_inner(), 1);
        assert_eq!(entries(&cache.path().join("new/small")), ["u.data"]);
    }

    #[test]
    fn fetches_that_come_to_nothing_leave_nothing_and_hold_up_no_one() {
        let cache = tempfile::tempdir().unwrap();
        let new = cache.path().join("new");
        for _ in 0..20 {
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| NOWHERE.fetch(&new, &mut |_| ()).unwrap_err());
                }
            });
        }
        assert!(!new.exists() || entries(&new).is_empty());
        SMALL.fetch(&new, &mut |_| ()).unwrap();
    }

    #[test]
    fn what_a_killed_fetch_left_is_removed_by_the_next_and_not_by_one_that_waits() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("small");
        for left in ["download", "download-4711"] {
            std::fs::create_dir_all(folder.join(left)).unwrap();
            std::fs::write(folder.join(left).join("half.zip"), "PK").unwrap();
        }
        std::fs::write(folder.join("lock"), "").unwrap();
        let turn = Turn::wait(&folder, "small", &mut |_| ()).unwrap();
        assert_eq!(entries(&folder), ["lock"]);
        std::fs::create_dir(folder.join("download")).unwrap();
        let (told, hears) = std::sync::mpsc::channel();
        let other = cache.path().to_owned();
        let waiting = std::thread::spawn(move || {
            SMALL.fetch(&other, &mut |note| told.send(note.to_owned()).unwrap()).unwrap();
        });
        assert_eq!(hears.recv().unwrap(), "another process is fetching small: waiting for it");
        assert_eq!(entries(&folder), ["download", "lock"], "it is in use");
        drop(turn);
        waiting.join().unwrap();
        assert_eq!(entries(&folder), ["u.data"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_download_is_not_followed() {
        let cache = tempfile::tempdir().unwrap();
        let (folder, mine) = (cache.path().join("small"), cache.path().join("mine"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(&mine).unwrap();
        std::fs::write(mine.join("notes.txt"), "keep").unwrap();
        std::os::unix::fs::symlink(&mine, folder.join("download")).unwrap();
        SMALL.fetch(cache.path(), &mut |_| ()).unwrap();
        assert_eq!(entries(&mine), ["notes.txt"]);
    }

    #[test]
    fn rows_in_another_order_and_half_a_file_are_fetched_anew_or_said() {
        let lines: Vec<&str> = TEXT.lines().collect();
        let shuffled = format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]);
        let cases =
            [(shuffled.as_str(), "stand in another order (checksum)"), (&TEXT[..28], "line 2: "), ("", "u.data: ")];
        for (content, expected) in cases {
            let cache = tempfile::tempdir().unwrap();
            let path = cache.path().join("small/u.data");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
            let said = NOWHERE.fetch(cache.path(), &mut |_| ()).unwrap_err().to_string();
            let (damaged, tried) =
                said.split_once(" and cannot be fetched anew: tried no one (there is no network); ").unwrap();
            assert!(damaged.starts_with("small in the cache is damaged (") && damaged.contains(expected), "{said}");
            assert!(damaged.contains(&path.display().to_string()), "{said}");
            assert_eq!(tried, "fetch it where there is a network, or give the path of its u.data file");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content, "it is the user's to look at");
            let mut notes = Vec::new();
            SMALL.fetch(cache.path(), &mut |note| notes.push(note.to_owned())).unwrap();
            assert!(notes[0].ends_with(" and fetched anew") && notes[0].contains(expected), "{notes:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
        }
    }
}
