//! Ctrl-C, or SIGTERM, asks for a clean end; a second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The flag that long work looks at; installs the handlers on first use.
pub fn flag() -> &'static AtomicBool {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Without a handler a signal ends the process at once, which loses nothing that the journal has.
        let _ = ctrlc::set_handler(|| ask(130));
        #[cfg(unix)]
        if let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM]) {
            std::thread::spawn(move || signals.forever().for_each(|_| ask(143)));
        }
    });
    &ASKED
}

/// A second time ends the process with `code`: 128 and the number of the signal, as shells have it.
fn ask(code: i32) {
    if ASKED.swap(true, Ordering::SeqCst) {
        std::process::exit(code);
    }
    crate::message::say("\nending after the work in progress; a second time ends it at once");
}
