//! Ctrl-C asks for a clean end; a second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The flag that long work looks at; installs the handler on first use.
pub fn flag() -> &'static AtomicBool {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Without a handler Ctrl-C ends the process at once, which loses nothing that the journal has.
        let _ = ctrlc::set_handler(|| {
            if ASKED.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            crate::message::say("\nending after the work in progress; press Ctrl-C again to end at once");
        });
    });
    &ASKED
}
