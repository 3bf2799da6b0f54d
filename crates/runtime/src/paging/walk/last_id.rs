//! Lists in which the id of an entry stands for the place after it.
//!
//! As long as there is that entry, what follows joins by itself. Once it is gone, servers refuse
//! the id, or answer with nothing, or with the start of the list; then the page that it was on is
//! asked for again, and its last entry leads on.

use cloudbackup_core::paging::Position;

use super::state::Join;
use super::{MISSES, Sheet, Verdict, Walk};
use crate::error::PagingProblem;

impl Walk {
    pub(super) fn take_last_id(&mut self, sheet: &Sheet) -> Verdict {
        let marker = self.marker().map(str::to_owned);
        if sheet.is_empty() {
            return self.take_nothing(marker);
        }
        let ends_with_seen = sheet.last_id().is_some_and(|id| self.is_seen(id));
        let place = marker.as_deref().and_then(|marker| sheet.place_of(marker));
        if self.state.join == Join::Next && ends_with_seen && place.is_none() {
            // The start of the list, say, since the entry is gone.
            self.miss();
            self.back_by_marker();
            return Verdict::Drop;
        }
        let new = self.accept(sheet);
        let doubt = self.state.doubt.take();
        let reached = self.is_at_start().then(|| sheet.count());
        let last = sheet.ids.iter().flatten().next_back();
        // There is nothing after an entry that was there before and afterwards.
        let is_proven = doubt.is_some() && doubt.as_deref() == last.map(|id| &**id);
        if is_proven || self.is_last(sheet, reached, !new.is_empty()) {
            self.state.is_over = true;
        } else if place == Some(0) && sheet.count() == 1 && self.asked() != Some(1) {
            // Some servers begin with the entry itself, and at the end there is nothing else.
            self.state.is_over = true;
        } else if place.is_some_and(|place| place > 0 || sheet.count() == 1) && new.is_empty() {
            // What comes before the entry comes after it as well.
            self.hears_echo(sheet);
        } else if let Some(last) = last {
            let is_frontier = !new.is_empty() && !ends_with_seen;
            self.go_on_after_entry(last.to_string(), !new.is_empty(), is_frontier);
        } else {
            // Without ids there is no way on.
            self.problem = Some(PagingProblem::Gap);
        }
        Verdict::Take(new)
    }

    /// Nothing comes after an entry: that is the end, if the entry was still there.
    fn take_nothing(&mut self, marker: Option<String>) -> Verdict {
        if marker.is_some() {
            self.miss();
            self.state.doubt = marker.or(self.state.doubt.take());
            self.back_by_marker();
            return Verdict::Drop;
        }
        self.state.is_over = true;
        Verdict::Take(Vec::new())
    }

    fn go_on_after_entry(&mut self, id: String, brought: bool, is_frontier: bool) {
        if brought {
            self.used.clear();
        }
        if let Some(marker) = self.marker().map(str::to_owned) {
            self.used.insert(marker);
        }
        if self.used.contains(&id) {
            // Once may be by chance: the server has begun again, as an entry was gone.
            self.used.clear();
            self.misses += 1;
            if self.misses > MISSES {
                self.problem = Some(PagingProblem::Loop);
            }
        }
        self.state.leave_mark();
        self.state.at = Some(Position::Marker(id));
        self.state.join = match is_frontier {
            true => Join::Next,
            false => Join::Free,
        };
    }

    /// Whether the present page is that of the start of the whole list.
    fn is_at_start(&self) -> bool {
        self.state.at.is_none() && self.state.start.is_none()
    }
}
