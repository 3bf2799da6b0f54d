//! The members of a state, listed once to be saved and to be loaded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Moment;
use crate::timeline::Timeline;

/// Goes through the members of a state, and saves or replaces each.
pub(crate) trait Archive {
    /// A member that is saved as a whole.
    fn value<T: Serialize + DeserializeOwned>(&mut self, name: &'static str, value: &mut T);

    /// A member with many parts, each of which is saved when it has changed.
    fn rows<R: Rows>(&mut self, name: &'static str, rows: &mut R);
}

/// A collection, row by row. The order of the keys as texts is that of the rows.
pub(crate) trait Rows {
    /// What stands in a row.
    type Row: Serialize + DeserializeOwned;

    /// Shows each row with its key.
    fn each(&self, see: &mut dyn FnMut(&str, &Self::Row));

    /// Forgets all rows.
    fn clear(&mut self);

    /// Adds a row behind those that were added; `None` where the key is none.
    fn put(&mut self, key: &str, row: Self::Row) -> Option<()>;
}

/// What rows are told apart by.
pub(crate) trait Key: Ord + Sized {
    fn write(&self, text: &mut String);
    fn read(text: &str) -> Option<Self>;
}

impl Key for u64 {
    fn write(&self, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{self:020}");
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Key for String {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// An instant, and a number among those of the same instant.
impl Key for (Moment, u64) {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "{:020} {:020}", self.0.millis(), self.1);
    }

    fn read(text: &str) -> Option<Self> {
        let (at, number) = text.split_once(' ')?;
        Some((Moment::from_millis(at.parse().ok()?), number.parse().ok()?))
    }
}

impl<K: Key, V: Serialize + DeserializeOwned> Rows for BTreeMap<K, V> {
    type Row = V;

    fn each(&self, see: &mut dyn FnMut(&str, &V)) {
        let mut text = String::new();
        for (key, row) in self {
            text.clear();
            key.write(&mut text);
            see(&text, row);
        }
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn put(&mut self, key: &str, row: V) -> Option<()> {
        self.insert(K::read(key)?, row);
        Some(())
    }
}

impl<V: Serialize + DeserializeOwned> Rows for Vec<V> {
    type Row = V;

    fn each(&self, see: &mut dyn FnMut(&str, &V)) {
        let mut text = String::new();
        for (index, row) in (0_u64..).zip(self) {
            text.clear();
            index.write(&mut text);
            see(&text, row);
        }
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn put(&mut self, key: &str, row: V) -> Option<()> {
        // None is missing between them.
        let is_next = usize::try_from(u64::read(key)?).ok()? == self.len();
        is_next.then(|| self.push(row))
    }
}

impl<E: Serialize + DeserializeOwned> Rows for Timeline<E> {
    type Row = E;

    fn each(&self, see: &mut dyn FnMut(&str, &E)) {
        self.due().each(see);
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn put(&mut self, key: &str, row: E) -> Option<()> {
        let (at, number) = Key::read(key)?;
        self.restore(at, number, row);
        Some(())
    }
}
