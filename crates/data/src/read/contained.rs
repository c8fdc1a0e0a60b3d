//! Panics of a library on a damaged file, as errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected, and nothing is to be said of it.
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

static SILENCE: Once = Once::new();

/// What `work` comes to; `None` where it panics, of which nothing is said. For a call into a library, whose values are
/// dropped then, and not for our own code, whose panics are bugs.
pub(super) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    SILENCE.call_once(|| {
        let loud = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CONTAINED.get() {
                loud(panic);
            }
        }));
    });
    let outer = IS_CONTAINED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    IS_CONTAINED.set(outer);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_value_and_the_next_one_is_loud_again() {
        assert_eq!(contained(|| 3), Some(3));
        assert_eq!(contained(|| assert_eq!(contained(|| panic!("inner")), None::<()>)), Some(()));
        assert_eq!(contained(|| -> u8 { panic!("damage") }), None);
        assert!(!IS_CONTAINED.get());
    }
}
