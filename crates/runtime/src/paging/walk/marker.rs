//! Lists in which the server itself says what to send for the next page.

use cloudbackup_core::paging::Position;

use super::state::Join;
use super::{Sheet, Verdict, Walk, link};
use crate::error::PagingProblem;

impl Walk {
    /// `parameter` is the one of the links, where links lead on.
    pub(super) fn take_marker(&mut self, sheet: &Sheet, parameter: Option<&str>) -> Verdict {
        let new = self.accept(sheet);
        let next = sheet.next.as_deref().filter(|text| !text.is_empty());
        let marker = match (next, parameter) {
            (Some(link), Some(name)) => link::parameter(link, name),
            (next, _) => next.map(str::to_owned),
        };
        match marker {
            Some(marker) => self.go_on_by_marker(marker),
            None if next.is_some() => self.problem = Some(PagingProblem::Link),
            None => self.state.is_over = true,
        }
        Verdict::Take(new)
    }

    fn go_on_by_marker(&mut self, next: String) {
        let marker = self.marker().map(str::to_owned);
        self.used.extend(marker);
        if self.used.contains(&next) {
            self.problem = Some(PagingProblem::Loop);
        }
        self.state.leave_mark();
        self.state.at = Some(Position::Marker(next));
    }

    /// The marker that was sent, unless it was the caller's own.
    pub(super) fn marker(&self) -> Option<&str> {
        self.state.at.as_ref()?.as_marker()
    }

    /// Goes back to the page before, or to the one before that if there was a page there already.
    pub(super) fn back_by_marker(&mut self) {
        self.state.at = self.state.trail.pop().flatten();
        self.state.join = Join::Free;
        self.state.skip = 0;
        self.used.clear();
    }
}
