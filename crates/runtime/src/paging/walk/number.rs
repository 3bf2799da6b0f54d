//! Lists whose pages are numbered and all of one size. Two of them share no entry, so that the page
//! before is asked for again to see whether rows have moved onto it.

use cloudbackup_core::paging::{PagingStyle, Position};

use super::state::Join;
use super::{Held, Sheet, Verdict, Walk};
use crate::error::PagingProblem;

impl Walk {
    pub(super) fn take_number(&mut self, sheet: &Sheet) -> Verdict {
        if let Some(held) = self.held.take() {
            return self.take_page_before(sheet, held);
        }
        match self.state.join {
            Join::Free => {}
            Join::Next if self.follows_directly(sheet) => {}
            Join::Next => {
                self.hold(sheet.clone(), false);
                return Verdict::Hold;
            }
            Join::Seen if self.has_seen(sheet) => {}
            Join::Seen => {
                self.back_by_number(self.number());
                return Verdict::Drop;
            }
        }
        Verdict::Take(self.take_page(sheet))
    }

    /// Keeps a page back until the one before it was asked for again.
    pub(super) fn hold(&mut self, sheet: Sheet, is_refused: bool) {
        self.held = Some(Held {
            sheet,
            joins: false,
            is_refused,
        });
    }

    /// The place of the page before; none if that is the start.
    pub(super) fn page_before(&self) -> Option<Position> {
        let before = self.number().saturating_sub(1);
        (before > self.first_number()).then_some(Position::Number(before))
    }

    /// Lets the held page count.
    pub(super) fn take_held(&mut self, sheet: &Sheet) -> Vec<usize> {
        self.take_page(sheet)
    }

    /// Whether a page shares its first entry with the one before, or nobody can tell.
    fn follows_directly(&self, sheet: &Sheet) -> bool {
        match sheet.first_id() {
            Some(id) => self.is_seen(id),
            None => !sheet.is_empty(),
        }
    }

    /// Lets a page count, and goes on to the next one.
    fn take_page(&mut self, sheet: &Sheet) -> Vec<usize> {
        let number = self.number();
        let reached = self.reached(number, sheet);
        let new = self.accept(sheet);
        let brought = !new.is_empty();
        if sheet.is_empty() || self.is_last(sheet, reached, brought) {
            self.state.is_over = true;
        } else {
            self.go_on_after(number, sheet, reached);
        }
        let place = number.saturating_mul(sheet.count());
        if brought {
            self.echo.note(sheet, place);
        } else if self.echo.is_heard(sheet, place) && !self.state.is_over {
            self.hears_echo(sheet);
        }
        new
    }

    /// How many entries there are up to the end of a page, if earlier pages tell how many one has.
    fn reached(&self, number: u64, sheet: &Sheet) -> Option<u64> {
        let PagingStyle::Number { first } = self.plan.style() else {
            return None;
        };
        let before = number.checked_sub(first)?;
        match self.state.largest {
            _ if before == 0 => Some(sheet.count()),
            0 => None,
            page => before.checked_mul(page)?.checked_add(sheet.count()),
        }
    }

    fn go_on_after(&mut self, number: u64, sheet: &Sheet, reached: Option<u64>) {
        if reached.is_some_and(|reached| self.overlaps(sheet, reached)) {
            self.state.frontier = None;
        } else {
            self.go_to_number(number.saturating_add(1), sheet);
        }
    }

    /// Goes on at a page that shares nothing with what was seen up to the end of this one.
    pub(super) fn go_to_number(&mut self, number: u64, sheet: &Sheet) {
        self.state.at = Some(Position::Number(number));
        self.state.frontier = sheet.last_id().map(|id| id.to_string());
        self.state.join = match self.state.frontier {
            Some(_) => Join::Next,
            None => Join::Free,
        };
    }

    /// The page before the held one, once more: rows that were to come on the held page may be on
    /// it by now. Then it shows what was the last entry, and what comes after that is new.
    fn take_page_before(&mut self, sheet: &Sheet, held: Held) -> Verdict {
        let number = self.number();
        let is_start = number.saturating_sub(1) <= self.first_number();
        if !is_start && !self.has_seen(sheet) {
            self.back_by_number(number.saturating_sub(1));
            return Verdict::Drop;
        }
        let frontier = self.state.frontier.take();
        let has_frontier = frontier.as_deref().is_none_or(|id| sheet.has(id));
        let last = sheet.last_id().map(|id| id.to_string());
        let shares = last.as_deref().is_some_and(|id| held.sheet.has(id));
        let is_end = held.sheet.is_empty() && last == frontier;
        let new = self.accept(sheet);
        self.state.frontier = last.or(frontier);
        if sheet.is_empty() {
            // At the start there is nothing any more.
            self.state.is_over = true;
        } else if !new.is_empty() && held.sheet.is_empty() {
            // By now there may be a page after it.
        } else if is_end && held.is_refused && !self.is_short(sheet) {
            // After a full page, the refusal may be one of going on so far.
            self.problem = Some(PagingProblem::Gap);
        } else if shares || is_end || (has_frontier && !held.sheet.is_empty()) {
            self.held = Some(Held {
                joins: true,
                ..held
            });
        } else if new.is_empty() {
            // The last entry is gone, or was pushed onto the next page: that one has to come again.
            self.miss();
        }
        Verdict::Take(new)
    }

    pub(super) fn number(&self) -> u64 {
        let place = self.state.at.as_ref();
        let number = place.and_then(Position::as_number);
        number.unwrap_or_else(|| self.first_number())
    }

    /// The number of the page at which the walk began.
    pub(super) fn first_number(&self) -> u64 {
        let start = self.state.start.as_ref().and_then(Position::as_number);
        start.unwrap_or(match self.plan.style() {
            PagingStyle::Number { first } => first,
            _ => 0,
        })
    }

    /// A page does not show anything that was seen.
    pub(super) fn back_by_number(&mut self, number: u64) {
        self.miss();
        let earlier = number.saturating_sub(self.pages_back());
        if earlier > self.first_number() {
            self.state.at = Some(Position::Number(earlier));
            self.state.join = Join::Seen;
        } else {
            (self.state.at, self.state.join) = (None, Join::Free);
        }
    }
}
