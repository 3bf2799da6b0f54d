//! What a walk has to remember to go on: the part that a token keeps.

use cloudbackup_core::paging::Position;
use serde::{Deserialize, Serialize};

use super::seen::{Id, Seen};

/// How many earlier places are kept.
const TRAIL: usize = 32;

/// Where a walk is and what it has seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::paging) struct State {
    /// Where the caller's request begins; nothing before it is ever asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<Position>,
    /// The page to ask for; the start if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Position>,
    /// What that page must be like to count.
    #[serde(skip_serializing_if = "Join::is_free")]
    pub(super) join: Join,
    /// How many entries to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u64>,
    /// The most entries that have come on a page.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) largest: u64,
    /// Places of earlier pages, oldest first, for lists in which no place can be worked out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) trail: Vec<Option<Position>>,
    /// The last entry of the last page that counted, where pages are numbered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frontier: Option<String>,
    /// An entry after which there was nothing, if it was still there then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<String>,
    /// Entries without an id on this page that have been yielded.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) skip: u64,
    /// Whether the last page that counted had fewer entries than were asked for.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) was_short: bool,
    /// Whether the end has been reached.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) is_over: bool,
    pub(super) seen: Seen,
}

/// What a page must be like to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Join {
    /// Nothing can lie between it and what was seen, or nobody can tell.
    #[default]
    Free,
    /// It should come right after what was seen last.
    Next,
    /// It must show something that was seen.
    Seen,
}

impl Join {
    fn is_free(&self) -> bool {
        *self == Self::Free
    }
}

impl State {
    /// A walk that has not begun.
    pub(super) fn new(start: Option<Position>, size: Option<u64>) -> Self {
        Self {
            start,
            size,
            ..Self::default()
        }
    }

    /// The same place after only these entries of its page were yielded.
    pub(in crate::paging) fn within_page(&self, yielded: &[Option<Id>]) -> Self {
        let mut state = self.clone();
        let ids: Vec<Id> = yielded.iter().flatten().cloned().collect();
        state.skip += (yielded.len() - ids.len()) as u64;
        state.seen.push(ids);
        if matches!(state.at, Some(Position::Marker(_))) {
            // The page comes again, and begins with what was yielded.
            state.join = Join::Free;
        }
        state
    }

    /// How many ids are remembered.
    pub(in crate::paging) fn seen_count(&self) -> usize {
        self.seen.count()
    }

    /// Keeps the present place for going back, fewer of the older ones.
    pub(super) fn leave_mark(&mut self) {
        self.trail.push(self.at.clone());
        if self.trail.len() > TRAIL {
            let older = self.trail.len() / 2;
            let mut number = 0;
            self.trail.retain(|_| {
                number += 1;
                number > older || number % 2 == 1
            });
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn trail_keeps_the_start_and_the_latest_places() {
        let mut state = State::default();
        for number in 0..1_000 {
            state.at = (number > 0).then(|| Position::Marker(number.to_string()));
            state.leave_mark();
        }
        assert!(state.trail.len() <= TRAIL);
        assert_eq!(state.trail[0], None);
        let latest = &state.trail[state.trail.len() - 8..];
        for (place, number) in latest.iter().zip(992..) {
            assert_eq!(place, &Some(Position::Marker(number.to_string())));
        }
    }

    #[test]
    fn page_in_parts_is_known_by_its_ids_and_by_a_count() {
        let state = State::new(None, Some(5));
        let part = state.within_page(&[Some("a".into()), None, Some("b".into()), None]);
        assert_eq!((part.skip, part.seen.iter().count()), (2, 2));
        let more = part.within_page(&[None]);
        assert_eq!(more.skip, 3);
    }

    #[test]
    fn fresh_state_is_short_in_writing() {
        let text = serde_json::to_string(&State::new(None, None)).unwrap();
        assert_eq!(text, r#"{"seen":[]}"#);
        let state = State {
            start: Some(Position::Offset(3)),
            at: Some(Position::Offset(99)),
            join: Join::Seen,
            size: Some(2),
            largest: 2,
            trail: vec![None, Some(Position::Marker("m".into()))],
            frontier: Some("f".into()),
            doubt: Some("d".into()),
            skip: 1,
            was_short: true,
            is_over: true,
            seen: Seen::default(),
        };
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
