//! Places that the service refuses to list from.

use cloudbackup_core::paging::{PagingStyle, Position};

use super::state::Join;
use super::{Sheet, Walk};

impl Walk {
    /// The place that was asked for is refused (400, 404): its row may be gone, or the list be
    /// shorter by now. Says whether the walk goes on; if not, the refusal is an error.
    pub(in crate::paging) fn is_refused(&mut self) -> bool {
        // The page before a held one is what was asked for.
        let place = match self.held.take() {
            Some(_) => self.page_before(),
            None => self.state.at.clone(),
        };
        // The start is refused for another reason.
        let Some(place) = place else {
            return false;
        };
        match (&place, self.state.join) {
            // Some services refuse what lies beyond the end. A full page need not be the last one.
            (Position::Offset(_) | Position::Number(_), Join::Free) => {
                let is_linked = matches!(self.plan.style(), PagingStyle::LinkOffset(_));
                self.state.is_over = self.state.was_short && !is_linked;
                return self.state.is_over;
            }
            (Position::Number(_), Join::Next) if self.state.at.as_ref() == Some(&place) => {
                let nothing = Sheet {
                    ids: Vec::new(),
                    total: None,
                    next: None,
                };
                self.hold(nothing, true);
                return true;
            }
            _ => {}
        }
        // Refused twice, it is for another reason.
        if !self.refused.insert(place.clone()) {
            return false;
        }
        match place {
            Position::Offset(place) => self.back_by_offset(place, 0),
            Position::Number(number) => self.back_by_number(number),
            _ => self.back_by_marker(),
        }
        true
    }
}
