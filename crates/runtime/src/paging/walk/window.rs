//! Numbered pages that share an entry. Those of one size never do, but a page of another size can
//! begin within the one before: after entries 0 to 99, page 1 of 99 each has entries 99 to 197, and
//! page 2 of 98 each has entries 196 to 293. With that, numbers are as good as offsets.

use cloudbackup_core::paging::{PagingStyle, Position};

use super::state::Join;
use super::{Sheet, Walk};

/// How many sizes are tried, from the largest one down.
const SIZES: u64 = 100;
/// Of smaller pages, too few overlap by one entry only.
const SMALLEST: u64 = 8;

/// A page of numbered ones.
pub(super) struct Window {
    /// Counted from 0.
    pub(super) number: u64,
    pub(super) size: u64,
}

impl Window {
    pub(super) fn begin(&self) -> u64 {
        self.number * self.size
    }

    fn end(&self) -> u64 {
        self.begin().saturating_add(self.size)
    }

    /// The page that has the entry at this place and the most of what comes after it.
    fn showing(place: u64, least: u64, most: u64) -> Option<Self> {
        if most < SMALLEST {
            return None;
        }
        let sizes = least.max(most / 2).max(most.saturating_sub(SIZES))..=most;
        let pages = sizes.map(|size| Self {
            number: place / size,
            size,
        });
        pages.max_by_key(Self::end)
    }
}

impl Walk {
    /// The page to ask for, while the place of a numbered page is known by an entry on it.
    pub(super) fn window(&self) -> Option<Window> {
        match self.state.at {
            Some(Position::Offset(place)) => self.window_at(place),
            _ => None,
        }
    }

    fn window_at(&self, place: u64) -> Option<Window> {
        let PagingStyle::Number { .. } = self.plan.style() else {
            return None;
        };
        let least = self.plan.smallest_page_size();
        Window::showing(place, least, self.state.size?)
    }

    /// Goes on after a page so that the next one shares its last entry, if there is such a page.
    /// `reached` is the number of entries up to the end of this one.
    pub(super) fn overlaps(&mut self, sheet: &Sheet, reached: u64) -> bool {
        let is_from_start = self.state.start.is_none() || self.number() == self.first_number();
        // A server that gives fewer entries than it was asked for has pages of another size.
        let is_full = self.state.size.is_some_and(|size| sheet.count() == size);
        if !is_from_start || !is_full || sheet.last_id().is_none() {
            return false;
        }
        let leads_on = self.leads_on(reached);
        if leads_on {
            self.state.at = Some(Position::Offset(reached - 1));
            self.state.join = Join::Seen;
        }
        leads_on
    }

    /// Goes on after a page that was found by an entry on it and begins at this place.
    pub(super) fn on_by_window(&mut self, sheet: &Sheet, place: u64) {
        let reached = place.saturating_add(sheet.count());
        if sheet.last_id().is_some() && self.leads_on(reached) {
            self.state.at = Some(Position::Offset(reached - 1));
            self.state.join = Join::Seen;
            return;
        }
        // The page of the full size that begins here, or before entries that nothing tells apart.
        let size = self.state.size.unwrap_or(1);
        let known = (reached / size * size).saturating_sub(place);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let again = sheet.ids.iter().skip(known).filter(|id| id.is_none());
        self.state.skip = again.count() as u64;
        self.go_to_number(self.first_number() + reached / size, sheet);
    }

    /// Whether a page has the last one of so many entries, and further ones.
    fn leads_on(&self, reached: u64) -> bool {
        let window = reached.checked_sub(1).and_then(|last| self.window_at(last));
        window.is_some_and(|window| window.end() > reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sizes_share_an_entry() {
        let mut reached = 100;
        let mut pages = Vec::new();
        while reached < 1_050 {
            let Some(page) = Window::showing(reached - 1, 1, 100) else {
                panic!("no page after {reached} entries");
            };
            assert!(page.begin() < reached && page.end() > reached);
            pages.push((page.number, page.size));
            reached = page.end();
        }
        assert_eq!(pages[..3], [(1, 99), (2, 98), (3, 97)]);
        assert_eq!(pages.len(), 11);
    }

    #[test]
    fn sizes_stay_within_what_is_allowed() {
        let sizes = |least, most| Window::showing(1_000, least, most).map(|page| page.size);
        assert!(sizes(90, 100).is_some_and(|size| (90..=100).contains(&size)));
        assert_eq!(sizes(100, 100), Some(100));
        assert_eq!((sizes(1, 7), sizes(9, 8)), (None, None));
        assert!(sizes(1, u64::MAX).is_some_and(|size| size > u64::MAX - 101));
    }
}
