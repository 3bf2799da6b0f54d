//! The walk itself: which page to ask for next, and which entries of a page to yield. It knows
//! positions and ids, and neither requests nor entries, so that it can be tested by itself and its
//! [`State`] can be stored between any two pages.
//!
//! # Why nothing is lost
//!
//! Rows of a list keep their order, but are inserted and removed while pages are asked for one
//! after the other, and each page is only true for its own moment. What is kept true is: **all rows
//! that come before a row that was yielded were yielded as well, if they were there all the time.**
//! A page that shows a row which was yielded, or begins at the start, extends this to its end,
//! since it is a piece of the list of one moment. Such a page *joins*; any other one says nothing
//! of what lies before it, and a page further back is asked for until one joins.
//!
//! How pages come to show a row again differs: offsets are made to overlap by one row (`offset`),
//! and so are numbered pages, by pages of slightly different sizes (`window`); where these cannot
//! be chosen, the page before a numbered one is asked for again (`number`). The id of a row as a
//! marker joins by itself, as long as there is that row (`last_id`). What the server calls a marker
//! is left to the server (`marker`).

mod echo;
mod last;
mod last_id;
mod link;
mod marker;
mod number;
mod offset;
mod refusal;
mod seen;
mod state;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashSet;

use cloudbackup_core::paging::{Paging, PagingStyle, Position};

use self::echo::Echo;
pub(super) use self::seen::Id;
use self::state::Join;
pub(super) use self::state::State;
use crate::error::PagingProblem;

/// How many pages that do not join are met without anything new in between, before it is clear
/// that they never will.
const MISSES: u32 = 32;

/// A page as the walk sees it.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// The ids of the entries, in their order.
    pub(super) ids: Vec<Option<Id>>,
    /// How many entries there are on all pages, as the reply says.
    pub(super) total: Option<u64>,
    /// What the reply says of the next page.
    pub(super) next: Option<String>,
}

impl Sheet {
    fn count(&self) -> u64 {
        self.ids.len() as u64
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    fn first_id(&self) -> Option<&Id> {
        self.ids.iter().flatten().next()
    }

    /// The id of the last entry, if that has one.
    fn last_id(&self) -> Option<&Id> {
        self.ids.last()?.as_ref()
    }

    fn has(&self, id: &str) -> bool {
        self.place_of(id).is_some()
    }

    fn place_of(&self, id: &str) -> Option<usize> {
        let is_it = |known: &Option<Id>| known.as_deref() == Some(id);
        self.ids.iter().position(is_it)
    }
}

/// What a page is good for.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It counts: these of its entries are new.
    Take(Vec<usize>),
    /// It may count, depending on the page that is asked for next: see [`Walk::release`].
    Hold,
    /// It does not count.
    Drop,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// The page at this place; the start of the caller's request if there is none.
    Ask(Option<Position>),
    /// Nothing: the walk cannot go on.
    Fail(PagingProblem),
    /// Nothing: all has been seen.
    Over,
}

/// A walk over a list.
pub(super) struct Walk {
    plan: Paging,
    state: State,
    /// The ids of `state`, to look them up.
    index: HashSet<Id>,
    /// A page that waits for the one before it.
    held: Option<Held>,
    problem: Option<PagingProblem>,
    /// Pages that did not join since something new came.
    misses: u32,
    /// Those in a row.
    streak: u32,
    /// Markers that were used; one by an id, since something new came.
    used: HashSet<String>,
    /// Places that were refused since something new came.
    refused: HashSet<Position>,
    echo: Echo,
}

struct Held {
    sheet: Sheet,
    joins: bool,
    /// Whether there was no page, but a refusal.
    is_refused: bool,
}

impl Walk {
    /// A walk from the start, with pages of this size.
    pub(super) fn new(plan: Paging, start: Option<Position>, size: Option<u64>) -> Self {
        Self::from_state(plan, State::new(start, size))
    }

    /// A walk that goes on.
    pub(super) fn from_state(plan: Paging, state: State) -> Self {
        let mut used = HashSet::new();
        if plan.style() != PagingStyle::LastId {
            let places = state.trail.iter().flatten();
            used.extend(places.filter_map(Position::as_marker).map(str::to_owned));
        }
        Self {
            used,
            index: state.seen.iter().cloned().collect(),
            plan,
            state,
            held: None,
            problem: None,
            misses: 0,
            streak: 0,
            refused: HashSet::new(),
            echo: Echo::default(),
        }
    }

    /// All that it takes to go on.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Whether the places of a state are of the kind that this list has.
    pub(super) fn understands(plan: &Paging, state: &State) -> bool {
        let places = state.start.iter().chain(&state.at);
        let mut places = places.chain(state.trail.iter().flatten());
        places.all(|place| match plan.style() {
            PagingStyle::Offset | PagingStyle::LinkOffset(_) => place.as_offset().is_some(),
            // Known by an entry on it, or by itself.
            PagingStyle::Number { .. } => place.as_marker().is_none(),
            PagingStyle::LastId | PagingStyle::Marker | PagingStyle::LinkMarker(_) => {
                place.as_marker().is_some()
            }
            _ => false,
        })
    }

    /// The number of entries to ask for.
    pub(super) fn size(&self) -> Option<u64> {
        let window = self.window().map(|window| window.size);
        window.or(self.state.size)
    }

    /// Changes it, for lists in which places do not depend on it.
    pub(super) fn set_size(&mut self, size: u64) {
        let least = match self.state.join {
            Join::Seen => 2,
            _ => 1,
        };
        if !matches!(self.state.at, Some(Position::Number(_))) {
            self.state.size = Some(size.max(least));
        }
    }

    /// What comes next.
    pub(super) fn step(&self) -> Step {
        if let Some(problem) = self.problem {
            return Step::Fail(problem);
        }
        if self.state.is_over {
            return Step::Over;
        }
        let place = match self.held {
            Some(_) => self.page_before(),
            None => match self.window() {
                Some(window) => Some(Position::Number(self.first_number() + window.number)),
                None => self.state.at.clone(),
            },
        };
        Step::Ask(place.or_else(|| self.state.start.clone()))
    }

    /// Takes in the page that was asked for.
    pub(super) fn take(&mut self, sheet: &Sheet) -> Verdict {
        match self.plan.style() {
            PagingStyle::Offset => self.take_offset(sheet, None),
            _ if self.window().is_some() => self.take_offset(sheet, None),
            PagingStyle::LinkOffset(name) => self.take_offset(sheet, Some(name)),
            PagingStyle::Number { .. } => self.take_number(sheet),
            PagingStyle::LastId => self.take_last_id(sheet),
            PagingStyle::Marker => self.take_marker(sheet, None),
            PagingStyle::LinkMarker(name) => self.take_marker(sheet, Some(name)),
            _ => {
                let new = self.accept(sheet);
                self.state.is_over = true;
                Verdict::Take(new)
            }
        }
    }

    /// Whether a page is held back.
    pub(super) fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// The new entries of the page that was held back, if it counts by now; if not, it is dropped.
    /// `None` as well while that is not known.
    pub(super) fn release(&mut self) -> Option<Vec<usize>> {
        let held = self.held.take_if(|held| held.joins)?;
        Some(self.take_held(&held.sheet))
    }

    /// Goes on after a failure as if nothing had been wrong before.
    pub(super) fn resume(&mut self) {
        self.problem = None;
        (self.misses, self.streak) = (0, 0);
        self.used.clear();
        self.refused.clear();
        self.echo = Echo::default();
    }

    /// How many entries a page is to have.
    fn asked(&self) -> Option<u64> {
        self.size().or(self.plan.documented_default())
    }

    /// Whether a page has fewer entries than were asked for, as far as anybody knows.
    fn is_short(&self, sheet: &Sheet) -> bool {
        self.asked().is_none_or(|size| sheet.count() < size)
    }

    fn is_seen(&self, id: &Id) -> bool {
        self.index.contains(id)
    }

    fn has_seen(&self, sheet: &Sheet) -> bool {
        sheet.ids.iter().flatten().any(|id| self.is_seen(id))
    }

    /// Lets a page count: says which of its entries are new, and remembers them.
    fn accept(&mut self, sheet: &Sheet) -> Vec<usize> {
        let mut skip = std::mem::take(&mut self.state.skip);
        let (mut new, mut ids) = (Vec::new(), Vec::new());
        for (place, id) in sheet.ids.iter().enumerate() {
            match id {
                None if skip > 0 => skip -= 1,
                None => new.push(place),
                Some(id) => {
                    if self.index.insert(id.clone()) {
                        new.push(place);
                        ids.push(id.clone());
                    }
                }
            }
        }
        for page in self.state.seen.push(ids) {
            for id in &*page {
                self.index.remove(id);
            }
        }
        self.state.largest = self.state.largest.max(sheet.count());
        self.state.was_short = self.is_short(sheet);
        self.streak = 0;
        if !new.is_empty() {
            self.misses = 0;
            self.refused.clear();
        }
        new
    }

    /// A page does not join.
    fn miss(&mut self) {
        self.state.skip = 0;
        self.streak += 1;
        self.misses += 1;
        if self.misses > MISSES {
            self.problem = Some(PagingProblem::Gap);
        }
    }

    /// How many pages to go back: twice as many each time, since many rows may be gone.
    fn pages_back(&self) -> u64 {
        1 << self.streak.saturating_sub(1).min(MISSES)
    }

    /// What to make of a server that gives the same page wherever it is asked.
    fn hears_echo(&mut self, sheet: &Sheet) {
        let is_short = self.asked().is_some_and(|size| sheet.count() < size);
        let says_more = sheet.total.is_some_and(|total| total > sheet.count());
        if is_short && !says_more {
            // It does not know of pages, and this is all there is.
            self.state.is_over = true;
        } else {
            self.problem = Some(PagingProblem::Loop);
        }
    }
}
