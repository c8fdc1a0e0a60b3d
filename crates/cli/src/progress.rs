//! Progress on stderr: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use autolossgen::Observer;
use autolossgen::search::SearchStatus;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Seconds between two plain lines where stderr is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Progress of one phase.
pub struct Progress {
    bar: Option<ProgressBar>,
    phase: &'static str,
    total: u64,
    last_line: Instant,
}

impl Progress {
    /// A phase of `total` steps; 0 where the number is not known.
    pub fn start(phase: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(phase, total));
        Self { bar, phase, total, last_line: Instant::now() }
    }

    /// There are `total` steps; 0 where the number is not known.
    pub fn of(&mut self, total: u64) {
        if self.total != total {
            self.total = total;
            if let Some(bar) = &self.bar {
                bar.set_length(total);
                bar.set_style(style(total));
            }
        }
    }

    /// `done` steps are done; `message` says how it goes.
    pub fn at(&mut self, done: u64, message: impl FnOnce() -> String) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message());
            }
            None if self.last_line.elapsed() >= PLAIN_INTERVAL => {
                let of = if self.total > 0 { format!(" of {}", self.total) } else { String::new() };
                eprintln!("{}: {done}{of} done, {}", self.phase, message());
                self.last_line = Instant::now();
            }
            None => {}
        }
    }

    /// Ends the phase with one line that stays.
    pub fn finish(self, line: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}: {line}", self.phase);
    }
}

fn bar(phase: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.set_style(style(total));
    bar.set_prefix(phase);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(total: u64) -> ProgressStyle {
    let template = if total == 0 {
        "{prefix} {spinner} {pos} [{elapsed}, {per_sec}] {wide_msg}"
    } else {
        "{prefix} {bar:24} {pos}/{len} [{elapsed}, {eta} left, {per_sec}] {wide_msg}"
    };
    ProgressStyle::with_template(template).expect("the template is a constant")
}

/// Progress of one phase as the library reports it.
pub struct PhaseProgress {
    progress: Mutex<Progress>,
    stop: &'static AtomicBool,
}

impl PhaseProgress {
    /// A phase called `phase` of `total` steps; 0 where the number is not known yet.
    pub fn start(phase: &'static str, total: u64) -> Self {
        Self { progress: Mutex::new(Progress::start(phase, total)), stop: crate::interrupt::flag() }
    }

    /// Ends the phase with one line that stays.
    pub fn finish(self, line: &str) {
        self.progress.into_inner().expect("no thread panics with the progress").finish(line);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().expect("no thread panics with the progress")
    }
}

impl Observer for PhaseProgress {
    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn searched(&self, status: &SearchStatus) {
        let counts = &status.counts;
        self.lock().at(counts.sampled, || {
            format!(
                "{} trained, {} accepted; recommender {} at {:.4}",
                counts.trained, counts.accepted, status.recommenders, status.validation
            )
        });
    }

    fn screened(&self, done: usize, total: usize, loss: &str, validation: f64) {
        let mut progress = self.lock();
        progress.of(total as u64);
        progress.at(done as u64, || format!("screening: {loss} reached {validation:.4}"));
    }

    fn trained(&self, done: usize, total: usize, loss: &str, validation: f64) {
        let mut progress = self.lock();
        progress.of(total as u64);
        progress.at(done as u64, || format!("{loss} reached {validation:.4}"));
    }
}
