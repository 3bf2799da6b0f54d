//! Ids as the services make them, the same ones for the same seed.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;

/// Makes ids.
pub(crate) struct Ids(Mutex<Rng>);

/// Shows nothing: the secrets to come follow from its state.
impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").finish_non_exhaustive()
    }
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(Rng::with_seed(seed)))
    }

    /// Where the next ids come from.
    #[cfg(feature = "state")]
    pub(crate) fn state(&self) -> u64 {
        let rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rng.get_seed()
    }

    /// Goes on from there.
    #[cfg(feature = "state")]
    pub(crate) fn restore(&self, state: u64) {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rng.seed(state);
    }

    /// Hexadecimal digits without dashes, as project ids are.
    pub(crate) fn hex(&self, digits: usize) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::with_capacity(digits);
        for _ in 0..digits {
            // Writing to a String cannot fail.
            let _ = write!(text, "{:x}", rng.u8(..16));
        }
        text
    }

    /// 32 digits and the suffix by which the database services tell their things apart: `in14`.
    pub(crate) fn suffixed(&self, suffix: &str) -> String {
        self.hex(32) + suffix
    }

    /// A random UUID with dashes.
    pub(crate) fn uuid(&self) -> String {
        let digits = self.hex(32);
        let (a, rest) = digits.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (_, rest) = rest.split_at(1);
        let (c, rest) = rest.split_at(3);
        let (_, rest) = rest.split_at(1);
        let (d, e) = rest.split_at(3);
        format!("{a}-{b}-4{c}-a{d}-{e}")
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_have_their_forms_and_follow_from_the_seed() {
        let (first, second) = (Ids::new(1), Ids::new(1));
        assert_eq!(first.suffixed("in14").len(), 36);
        second.suffixed("in14");
        let uuid = first.uuid();
        assert_eq!(uuid, second.uuid());
        assert_ne!(uuid, first.uuid());
        let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
        assert_ne!(Ids::new(2).hex(32), Ids::new(1).hex(32));
    }
}
