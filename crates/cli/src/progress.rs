//! Progress on stderr: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use autolossgen::Observer;
use autolossgen::record::{Enumerated, SearchStatus};
use autolossgen::recsys::Interactions;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::message::say;

/// Seconds between two plain lines where stderr is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Progress of one phase. A phase has stages, one after the other, each called after what is done to its steps.
pub struct Progress {
    bar: Option<ProgressBar>,
    phase: &'static str,
    stage: &'static str,
    total: u64,
    last_line: Instant,
}

impl Progress {
    /// A phase whose first stage has `total` steps; 0 where the number is not known.
    pub fn start(phase: &'static str, stage: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(phase, stage, total));
        Self { bar, phase, stage, total, last_line: Instant::now() }
    }

    /// The phase is in `stage`, of `total` steps.
    pub fn stage(&mut self, stage: &'static str, total: u64) {
        if (self.stage, self.total) == (stage, total) {
            return;
        }
        (self.stage, self.total) = (stage, total);
        if let Some(bar) = &self.bar {
            bar.set_style(style(stage, total));
            bar.set_length(total);
            bar.set_message("");
            bar.reset();
        }
    }

    /// Another part of the phase begins, which one line that stays says.
    pub fn begin(&mut self, part: &str) {
        let line = format!("{}: {part}", self.phase);
        match &self.bar {
            Some(bar) => bar.suspend(|| say(&line)),
            None => say(&line),
        }
        // Whatever stage comes next starts from nothing.
        self.stage("begun", 0);
    }

    /// `done` steps of the stage are done; `message` says how it goes. Steps that end side by side may be told out of order.
    pub fn at(&mut self, done: u64, message: impl FnOnce() -> String) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done.max(bar.position()));
                bar.set_message(message());
            }
            None if self.last_line.elapsed() >= PLAIN_INTERVAL => {
                let of = if self.total > 0 { format!(" of {}", self.total) } else { String::new() };
                say(format_args!("{}: {done}{of} {}; {}", self.phase, self.stage, message()));
                self.last_line = Instant::now();
            }
            None => {}
        }
    }

    /// Ends the phase with one line that stays.
    pub fn finish(self, line: &str) {
        let phase = self.phase;
        drop(self);
        say(format_args!("{phase}: {line}"));
    }
}

/// A phase that ends by an error leaves no bar before its message.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(phase: &'static str, stage: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.set_style(style(stage, total));
    bar.set_prefix(phase);
    // Without a thread to be had, the bar moves with the steps alone.
    if std::thread::Builder::new().spawn(|| ()).is_ok_and(|thread| thread.join().is_ok()) {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

fn style(stage: &str, total: u64) -> ProgressStyle {
    let template = if total == 0 {
        format!("{{prefix}} {{spinner}} {{pos}} {stage} [{{elapsed}}, {{rate}}] {{wide_msg}}")
    } else {
        format!("{{prefix}} {{bar:24}} {{pos}}/{{len}} {stage} [{{elapsed}}, {{eta}} left, {{rate}}] {{wide_msg}}")
    };
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A rate that cannot be written leaves a bar without one.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    ProgressStyle::with_template(&template).expect("the template is a constant").with_key("rate", rate)
}

/// Progress of one phase as the library reports it.
pub struct PhaseProgress {
    progress: Mutex<Progress>,
    /// Formulas that a search samples; 0 where the number is not known.
    samples: AtomicU64,
    stop: &'static AtomicBool,
}

impl PhaseProgress {
    /// Phase I of `samples` formulas; 0 where the number is not known.
    pub fn search(samples: u64) -> Self {
        Self::of(Progress::start("search", "sampled", samples), samples)
    }

    /// A phase that trains to convergence, of a number of losses that it will tell.
    pub fn training(phase: &'static str) -> Self {
        Self::of(Progress::start(phase, "trained", 0), 0)
    }

    /// Searches and trainings one after the other, each announced when it begins.
    pub fn reproduction() -> Self {
        Self::of(Progress::start("reproduce", "begun", 0), 0)
    }

    fn of(progress: Progress, samples: u64) -> Self {
        Self { progress: Mutex::new(progress), samples: AtomicU64::new(samples), stop: crate::interrupt::flag() }
    }

    /// Ends the phase with one line that stays.
    pub fn finish(self, line: &str) {
        self.progress.into_inner().expect("no thread panics with the progress").finish(line);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().expect("no thread panics with the progress")
    }

    fn one_more(&self, stage: &'static str, done: usize, total: usize, loss: &str, validation: f64) {
        let mut progress = self.lock();
        progress.stage(stage, total as u64);
        progress.at(done as u64, || reached(loss, validation));
    }
}

/// A time to one digit.
fn about(seconds: f64) -> String {
    let rounded = |value: f64| {
        let power = 10_f64.powf(value.max(1.0).log10().floor());
        (value / power).round().max(1.0) * power
    };
    match seconds {
        s if s < 90.0 => format!("{} s", rounded(s)),
        s if s < 5400.0 => format!("{} minutes", rounded(s / 60.0)),
        s => format!("{} hours", rounded(s / 3600.0)),
    }
}

/// The number first: a long formula is cut at the edge of the terminal.
fn reached(loss: &str, validation: f64) -> String {
    if validation.is_nan() { format!("diverged: {loss}") } else { format!("validation {validation:.4} by {loss}") }
}

impl Observer for PhaseProgress {
    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn tried(&self, part: &'static str, done: usize, total: usize, best: f64) {
        let mut progress = self.lock();
        progress.stage(part, total as u64);
        progress
            .at(done as u64, || if best.is_finite() { format!("best validation {best:.4}") } else { String::new() });
    }

    fn begins(&self, part: &str) {
        self.lock().begin(part);
    }

    fn enumerated(&self, found: &Enumerated, seconds: f64) {
        // The budget of the user, where there is one, or else the losses that there are.
        let _ = self.samples.compare_exchange(0, found.admissible, Ordering::Relaxed, Ordering::Relaxed);
        self.lock().begin(&format!("{} Their training takes some {} of one core.", found.in_words(), about(seconds)));
    }

    fn resumes(&self, sampled: u64, to_repeat: usize) {
        if sampled > 0 || to_repeat > 0 {
            let records = if to_repeat == 1 { "record" } else { "records" };
            self.lock().begin(&format!(
                "going on behind {sampled} samples; {to_repeat} further {records} of the journal are computed again"
            ));
        }
    }

    fn searched(&self, status: &SearchStatus, _: &dyn Fn(&Interactions) -> Option<f64>) {
        let counts = &status.counts;
        let mut progress = self.lock();
        progress.stage("sampled", self.samples.load(Ordering::Relaxed));
        progress.at(counts.sampled, || {
            let (trained, accepted) = (counts.trained, counts.accepted);
            match status.recommenders {
                0 => {
                    format!("{trained} trained, {accepted} to convergence; best at validation {:.4}", status.validation)
                }
                n => format!(
                    "{trained} trained, {accepted} accepted; recommender {n} at validation {:.4}",
                    status.validation
                ),
            }
        });
    }

    fn screened(&self, done: usize, total: usize, loss: &str, validation: f64) {
        self.one_more("screened", done, total, loss, validation);
    }

    fn tuned(&self, done: usize, total: usize, loss: &str, validation: f64) {
        self.one_more("tuned", done, total, loss, validation);
    }

    fn trained(&self, done: usize, total: usize, loss: &str, validation: f64) {
        self.one_more("trained", done, total, loss, validation);
    }
}
