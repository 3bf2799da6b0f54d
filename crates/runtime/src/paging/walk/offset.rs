//! Lists in which a place is the number of entries before it.

use cloudbackup_core::paging::Position;

use super::state::Join;
use super::{Sheet, Verdict, Walk, link};
use crate::error::PagingProblem;

/// What the reply says of the next page.
enum Onward {
    /// Nothing: it comes after the entries of this one.
    Counted,
    /// There is none.
    End,
    /// It begins here.
    At(u64),
    /// It says something that cannot be read.
    Unreadable,
}

impl Onward {
    fn read(sheet: &Sheet, parameter: Option<&str>) -> Self {
        let Some(parameter) = parameter else {
            return Self::Counted;
        };
        let Some(text) = sheet.next.as_deref().filter(|text| !text.is_empty()) else {
            return Self::End;
        };
        let value = link::parameter(text, parameter);
        let place = value.and_then(|value| value.parse().ok());
        place.map_or(Self::Unreadable, Self::At)
    }
}

impl Walk {
    /// `parameter` is the one of the links, where links lead on.
    pub(super) fn take_offset(&mut self, sheet: &Sheet, parameter: Option<&str>) -> Verdict {
        let place = self.offset();
        let onward = Onward::read(sheet, parameter);
        if self.state.join == Join::Seen && !self.begins_with_seen(sheet) {
            match onward {
                Onward::At(next) if sheet.is_empty() && next > place => {
                    self.go_to_offset(next, Join::Free);
                }
                _ => self.back_by_offset(place, sheet.count()),
            }
            return Verdict::Drop;
        }
        let new = self.accept(sheet);
        match onward {
            Onward::End => self.state.is_over = true,
            Onward::Unreadable => self.problem = Some(PagingProblem::Link),
            Onward::At(next) if next <= place => self.problem = Some(PagingProblem::Loop),
            Onward::At(next) => self.on_by_offset(sheet, place, next),
            Onward::Counted => self.on_by_count(sheet, place, !new.is_empty()),
        }
        if !new.is_empty() {
            self.echo.note(sheet, place);
        } else if self.echo.is_heard(sheet, place) && !self.state.is_over {
            self.hears_echo(sheet);
        }
        Verdict::Take(new)
    }

    fn offset(&self) -> u64 {
        if let Some(window) = self.window() {
            return window.begin();
        }
        let place = self.state.at.as_ref().or(self.state.start.as_ref());
        place.and_then(Position::as_offset).unwrap_or(0)
    }

    fn first_offset(&self) -> u64 {
        let start = self.state.start.as_ref();
        start.and_then(Position::as_offset).unwrap_or(0)
    }

    /// Whether the first entry was seen. One without an id tells nothing, and where none has one,
    /// nobody can tell.
    fn begins_with_seen(&self, sheet: &Sheet) -> bool {
        match sheet.first_id() {
            Some(id) => self.is_seen(id),
            None => !sheet.is_empty(),
        }
    }

    fn on_by_count(&mut self, sheet: &Sheet, place: u64, brought: bool) {
        let reached = place.saturating_add(sheet.count());
        // Nothing, or only what the pages share, though more was asked for.
        let shared = self.window().map_or(1, |window| window.size - 1);
        let is_shared = sheet.count() <= shared && !brought && self.asked() != Some(1);
        let is_end = sheet.is_empty() || is_shared;
        if is_end || self.is_last(sheet, Some(reached), brought) {
            self.state.is_over = true;
        } else if self.window().is_some() {
            self.on_by_window(sheet, place);
        } else {
            self.on_by_offset(sheet, place, reached);
        }
    }

    /// Goes on where the next page begins, one entry earlier so that the two share one. What this
    /// page has shown counts, wherever a link says that the next one begins.
    fn on_by_offset(&mut self, sheet: &Sheet, place: u64, next: u64) {
        let next = match sheet.is_empty() {
            true => next,
            false => place.saturating_add(sheet.count()),
        };
        let can_share = sheet.last_id().is_some();
        if can_share && next - 1 > place {
            self.go_to_offset(next - 1, Join::Seen);
        } else if can_share && self.state.size == Some(1) {
            // Pages of one entry share nothing with the next one, or bring nothing new.
            self.state.size = Some(2);
            self.go_to_offset(place, Join::Seen);
        } else {
            self.go_to_offset(next, Join::Free);
        }
    }

    fn go_to_offset(&mut self, place: u64, join: Join) {
        if place == self.first_offset() {
            // Nothing that was asked for lies before it.
            (self.state.at, self.state.join) = (None, Join::Free);
        } else {
            (self.state.at, self.state.join) = (Some(Position::Offset(place)), join);
        }
    }

    /// `count` is how many entries the page at this place has.
    pub(super) fn back_by_offset(&mut self, place: u64, count: u64) {
        self.miss();
        let size = self.state.size.unwrap_or_default();
        let page = size.max(self.state.largest).max(count).max(2) - 1;
        let back = page.saturating_mul(self.pages_back());
        let earlier = place.saturating_sub(back).max(self.first_offset());
        self.go_to_offset(earlier, Join::Seen);
    }
}
