//! The trainings that are done, so that a test that was cut off does not train them again.
//!
//! One file, to which each is appended when it is done: its length, the CRC-32 of the rest, and its name with the training in
//! `postcard`'s format. What stands behind the last whole one is cut. Nothing here is acknowledged to anybody: what cannot be
//! written is only trained again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use autolossgen_data::DataError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::job::{Batch, Executor, Job, JobResult, OnResult, kept};
use crate::contract::ContractError;

/// Length and CRC-32.
const HEAD: usize = 12;

/// The name of what the trainings depend on.
const ORIGIN: &str = "origin";

/// The trainings that are done, on disk or nowhere.
#[derive(Debug, Default)]
pub struct Finished {
    shelf: Option<Mutex<Shelf>>,
}

#[derive(Debug)]
struct Shelf {
    file: File,
    /// Where the content of each begins, and how long it is.
    places: HashMap<String, (u64, usize)>,
    end: u64,
}

impl Finished {
    /// Keeps nothing.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// Those in a file, which is made where there is none. `origin` is everything that they depend on: those of another are
    /// dropped.
    ///
    /// # Errors
    /// A file that cannot be made, read or cut.
    pub fn open(path: &Path, origin: &str) -> Result<Self, DataError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        }
        let shelf = Shelf::open(path, origin).map_err(DataError::io("open", path))?;
        Ok(Self { shelf: Some(Mutex::new(shelf)) })
    }

    /// What was kept by a name.
    fn recall<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let mut shelf = self.shelf.as_ref()?.lock().expect("no thread panics with the shelf");
        let bytes = shelf.get(name)?;
        postcard::from_bytes(&bytes).ok()
    }

    /// Keeps something by a name.
    fn keep<T: Serialize>(&self, name: &str, value: &T) {
        if let Some(shelf) = &self.shelf {
            let bytes = postcard::to_allocvec(value).expect("a training has a length and no foreign types");
            // What was not written whole is cut with the next one, or when the file is opened again.
            let _ = shelf.lock().expect("no thread panics with the shelf").put(name, &bytes);
        }
    }
}

/// An executor that does not run again what is finished, and keeps what it runs.
pub struct Remembered<'a> {
    inner: &'a dyn Executor,
    finished: &'a Finished,
}

impl<'a> Remembered<'a> {
    /// `inner`, which runs only what is not in `finished`.
    pub fn new(inner: &'a dyn Executor, finished: &'a Finished) -> Self {
        Self { inner, finished }
    }

    /// The results of the jobs at `indices`, run by the inner executor and kept.
    fn fill(
        &self,
        batch: &Batch<'_>,
        indices: &[usize],
        results: &mut [Option<JobResult>],
        told: &OnResult<'_>,
    ) -> Result<(), ContractError> {
        if indices.is_empty() {
            return Ok(());
        }
        let jobs: Vec<Job> = indices.iter().map(|&index| batch.jobs[index].clone()).collect();
        let groups: Vec<usize> = indices.iter().map(|&index| batch.groups[index]).collect();
        let keeps = |at: usize, result: &JobResult| {
            if !result.was_interrupted() {
                self.finished.keep(&name_of(&jobs[at]), result);
            }
            told(indices[at], result);
        };
        let found = super::run(self.inner, &Batch { jobs: &jobs, groups: &groups, keep: batch.keep }, &keeps)?;
        indices.iter().zip(found).for_each(|(&index, result)| results[index] = Some(result));
        Ok(())
    }
}

/// The name of a training among the finished ones.
fn name_of(job: &Job) -> String {
    serde_json::to_string(job).expect("a job is JSON")
}

impl Executor for Remembered<'_> {
    fn run(&self, batch: &Batch<'_>, told: &OnResult<'_>) -> Result<Vec<JobResult>, ContractError> {
        let recall = |job: &Job| self.finished.recall::<JobResult>(&name_of(job));
        let mut results: Vec<Option<JobResult>> = batch.jobs.iter().map(recall).collect();
        for (index, result) in results.iter().enumerate() {
            result.iter().for_each(|result| told(index, result));
        }
        let missing: Vec<usize> = (0..results.len()).filter(|&index| results[index].is_none()).collect();
        self.fill(batch, &missing, &mut results, told)?;
        // A training that was finished among better ones may be among the best now, and its recommender was not kept.
        let whole: Vec<&JobResult> = results.iter().flatten().collect();
        let is_kept = kept(batch, &whole);
        let lacks = |index: &usize| is_kept[*index] && whole[*index].lacks_parameters();
        let lacking: Vec<usize> = (0..whole.len()).filter(lacks).collect();
        self.fill(batch, &lacking, &mut results, &|_, _| ())?;
        Ok(results.into_iter().flatten().collect())
    }
}

impl Shelf {
    fn open(path: &Path, origin: &str) -> std::io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut shelf = Self { file, places: HashMap::new(), end: 0 };
        while let Some((name, length)) = shelf.next()? {
            let whole = (HEAD + name.len() + size_of::<u32>() + length) as u64;
            shelf.places.insert(name, (shelf.end + whole - length as u64, length));
            shelf.end += whole;
        }
        if shelf.get(ORIGIN).is_none_or(|bytes| bytes != origin.as_bytes()) {
            (shelf.places, shelf.end) = (HashMap::new(), 0);
            shelf.put(ORIGIN, origin.as_bytes())?;
        }
        Ok(shelf)
    }

    /// Name and length of the content at the end of what was read, if it is whole.
    fn next(&mut self) -> std::io::Result<Option<(String, usize)>> {
        self.file.seek(SeekFrom::Start(self.end))?;
        let mut head = [0; HEAD];
        let left = self.file.metadata()?.len().saturating_sub(self.end);
        if left < HEAD as u64 {
            return Ok(None);
        }
        self.file.read_exact(&mut head)?;
        let (length, crc) = head.split_at(8);
        let length = u64::from_le_bytes(length.try_into().expect("eight bytes"));
        if length > left - HEAD as u64 {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes)?;
        Ok((crc32fast::hash(&bytes).to_le_bytes() == crc).then(|| name(&bytes)).flatten())
    }

    fn get(&mut self, name: &str) -> Option<Vec<u8>> {
        let &(start, length) = self.places.get(name)?;
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(start)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    fn put(&mut self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let rest = [&(name.len() as u32).to_le_bytes(), name.as_bytes(), content].concat();
        let head = [&(rest.len() as u64).to_le_bytes()[..], &crc32fast::hash(&rest).to_le_bytes()].concat();
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&head)?;
        self.file.write_all(&rest)?;
        self.end += (head.len() + rest.len()) as u64;
        self.places.insert(name.to_owned(), (self.end - content.len() as u64, content.len()));
        Ok(())
    }
}

/// The name at the beginning, and the length of what follows it.
fn name(bytes: &[u8]) -> Option<(String, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (name, content) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((String::from_utf8(name.to_vec()).ok()?, content.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, origin: &str) -> Finished {
        Finished::open(path, origin).unwrap()
    }

    #[test]
    fn what_was_kept_is_there_again_for_the_same_origin_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint/test.bin");
        let finished = open(&path, "a");
        finished.keep("one", &f64::NAN);
        finished.keep("two", &vec![1_u64, 2]);
        for finished in [finished, open(&path, "a")] {
            assert!(finished.recall::<f64>("one").unwrap().is_nan());
            assert_eq!(finished.recall::<Vec<u64>>("two"), Some(vec![1, 2]));
            assert_eq!(finished.recall::<f64>("three"), None);
        }
        assert_eq!(open(&path, "b").recall::<Vec<u64>>("two"), None);
        assert_eq!(open(&path, "a").recall::<Vec<u64>>("two"), None, "those of another origin are gone");
        Finished::nowhere().keep("one", &1.0);
        assert_eq!(Finished::nowhere().recall::<f64>("one"), None);
    }

    #[test]
    fn a_torn_or_damaged_end_is_cut_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.bin");
        open(&path, "a").keep("one", &1_u64);
        let first = std::fs::read(&path).unwrap();
        open(&path, "a").keep("two", &[2_u64; 9]);
        let both = std::fs::read(&path).unwrap();
        let mut damaged = both.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let torn = (first.len()..both.len()).map(|length| both[..length].to_vec());
        for bytes in torn.chain([damaged]) {
            std::fs::write(&path, &bytes).unwrap();
            let finished = open(&path, "a");
            assert_eq!((finished.recall("one"), finished.recall::<[u64; 9]>("two")), (Some(1_u64), None));
            finished.keep("two", &[2_u64; 9]);
            assert_eq!(std::fs::read(&path).unwrap(), both);
        }
    }
}
