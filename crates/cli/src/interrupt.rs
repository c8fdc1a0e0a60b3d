//! Ctrl-C, or SIGTERM, asks for a clean end; a second one ends at once, and so does the process itself where the work in
//! progress takes too long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::message::say;

static ASKED: AtomicBool = AtomicBool::new(false);

/// How the work goes on if it is cut off.
static GOES_ON: Mutex<Option<String>> = Mutex::new(None);

/// For so long the work in progress may go on: less than the ten seconds after which a container is killed. What is written is
/// safe at any instant, so that no more is lost than by a kill.
const GRACE: Duration = Duration::from_secs(8);

/// The flag that long work looks at; installs the handlers on first use.
pub fn flag() -> &'static AtomicBool {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // Without a handler a signal ends the process at once, which loses nothing that the journal has.
    ONCE.call_once(|| drop(listen()));
    &ASKED
}

/// Handlers are there only if a thread is, so that no signal is lost on nobody.
#[cfg(unix)]
fn listen() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let listener = thread::Builder::new().spawn(|| {
        if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) {
            signals.forever().for_each(|signal| ask(128 + signal));
        }
    });
    listener.map(drop)
}

#[cfg(not(unix))]
fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| ask(130))
}

/// What is said of work that is cut off because it took too long; a sentence for the phase at hand.
pub fn when_cut_off(goes_on: String) {
    *GOES_ON.lock().unwrap_or_else(PoisonError::into_inner) = Some(goes_on);
}

/// A file that may not grow is an error that is said, and no signal that ends the process.
pub fn outlive_large_files() {
    #[cfg(unix)]
    // Where it cannot be installed, the signal ends the process, as it does by itself.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// A second time ends the process with `code`: 128 and the number of the signal, as shells have it.
fn ask(code: i32) {
    if ASKED.swap(true, Ordering::SeqCst) {
        std::process::exit(code);
    }
    // Behind the ^C of a terminal.
    say("");
    say("ending after the work in progress; a second time ends it at once");
    // Without a thread to be had, the work in progress has all the time that it takes.
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(GRACE);
        say(format_args!("the work in progress takes longer than {} seconds, and is cut off", GRACE.as_secs()));
        if let Some(goes_on) = &*GOES_ON.lock().unwrap_or_else(PoisonError::into_inner) {
            say(goes_on);
        }
        std::process::exit(code);
    });
}
