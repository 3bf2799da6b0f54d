//! The ids of the entries that a walk has yielded, newest last, and no more than are needed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use serde::de::Deserialize;
use serde::ser::SerializeSeq;
use serde::{Deserializer, Serialize, Serializer};

/// The id of an entry.
pub(in crate::paging) type Id = Arc<str>;

/// How many ids are remembered.
const KEPT: usize = 10_000;
/// Shorter pages are put together, so that a copy does not have too many to share.
const SHORT: usize = 64;

/// Ids in the order in which they were yielded; a copy shares them, since each page keeps one.
#[derive(Clone, Default)]
pub(in crate::paging) struct Seen {
    pages: VecDeque<Arc<[Id]>>,
    count: usize,
}

impl Seen {
    /// Adds the ids of a page, and says which older ones are forgotten.
    pub(super) fn push(&mut self, ids: Vec<Id>) -> Vec<Arc<[Id]>> {
        if ids.is_empty() {
            return Vec::new();
        }
        self.count += ids.len();
        let page = match self.pages.back() {
            Some(last) if last.len() < SHORT => {
                let page = last.iter().cloned().chain(ids).collect();
                self.pages.pop_back();
                page
            }
            _ => ids.into(),
        };
        self.pages.push_back(page);
        let mut forgotten = Vec::new();
        while let Some(oldest) = self.pages.front() {
            if self.count - oldest.len() < KEPT {
                break;
            }
            self.count -= oldest.len();
            forgotten.extend(self.pages.pop_front());
        }
        forgotten
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// All of them, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Id> {
        self.pages.iter().flat_map(|page| page.iter())
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ids", self.count)
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.count))?;
        for id in self.iter() {
            list.serialize_element(&**id)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ids = Vec::<String>::deserialize(deserializer)?;
        let mut seen = Self::default();
        // In pieces, so that the oldest can be forgotten bit by bit again.
        for piece in ids.chunks(100) {
            seen.push(piece.iter().map(|id| Id::from(&**id)).collect());
        }
        Ok(seen)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn ids(numbers: std::ops::Range<usize>) -> Vec<Id> {
        numbers.map(|number| number.to_string().into()).collect()
    }

    #[test]
    fn oldest_pages_are_forgotten_once_enough_are_kept() {
        let mut seen = Seen::default();
        assert!(seen.push(ids(0..6_000)).is_empty());
        assert!(seen.push(ids(6_000..9_999)).is_empty());
        assert!(seen.push(ids(9_999..15_999)).is_empty());
        let forgotten = seen.push(ids(15_999..16_000));
        assert_eq!((forgotten.len(), forgotten[0].len()), (1, 6_000));
        assert_eq!(seen.iter().count(), 10_000);
        assert_eq!(seen.iter().next().map(|id| &**id), Some("6000"));
    }

    #[test]
    fn short_pages_are_put_together() {
        let mut seen = Seen::default();
        for number in 0..1_000 {
            seen.push(ids(number..number + 1));
        }
        assert_eq!(seen.pages.len(), 1_000_usize.div_ceil(SHORT));
        assert!(seen.iter().eq(&ids(0..1_000)));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut seen = Seen::default();
        seen.push(ids(0..250));
        seen.push(ids(250..257));
        let text = serde_json::to_string(&seen).unwrap();
        assert!(text.starts_with(r#"["0","1","#), "{text}");
        assert_eq!(serde_json::from_str::<Seen>(&text).unwrap(), seen);
        assert_eq!(serde_json::to_string(&Seen::default()).unwrap(), "[]");
    }
}
