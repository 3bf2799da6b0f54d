//! Notices a server that gives the same page wherever it is asked.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Sheet;

/// The list would have had to grow by as much as the walk went on, several times in a row, and by
/// at least this much altogether.
const GROWN: u64 = 20;
const TIMES: u32 = 2;

/// The same page, again and again.
#[derive(Default)]
pub(super) struct Echo {
    page: Option<(u64, u64)>,
    times: u32,
    moved: u64,
}

impl Echo {
    /// Whether a page that brought nothing new is the one of before, and has been too often for a
    /// list in which rows are inserted. `place` is that of its first entry.
    pub(super) fn is_heard(&mut self, sheet: &Sheet, place: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        sheet.ids.hash(&mut hasher);
        let page = hasher.finish();
        match self.page {
            Some((known, before)) if known == page && place > before => {
                self.times += 1;
                self.moved += place - before;
            }
            _ => (self.times, self.moved) = (0, 0),
        }
        self.page = Some((page, place));
        self.times >= TIMES && self.moved >= GROWN
    }

    /// A page has brought something new, and may be the first of many.
    pub(super) fn note(&mut self, sheet: &Sheet, place: u64) {
        *self = Self::default();
        self.is_heard(sheet, place);
    }
}
