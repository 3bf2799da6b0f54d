//! Rows that come and go between any two requests, by a seed.

use super::server::Row;

/// What happens to a list between two requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edits {
    None,
    /// Rows come and go anywhere.
    Any,
    /// Rows come, anywhere.
    Grow,
    /// Rows go, anywhere.
    Shrink,
    /// Rows go anywhere and come at the end.
    Append,
}

impl Edits {
    /// Changes the list; rows that are to stay are left alone. Half of the changes are made near
    /// the place that was served last, where they hurt most.
    pub(super) fn make(
        self,
        rows: &mut Vec<Row>,
        near: usize,
        rng: &mut fastrand::Rng,
        ids: &mut u64,
    ) {
        let count = match rng.u8(..) {
            0..110 => 0,
            110..160 => 1,
            160..230 => rng.usize(1..4),
            230..250 => rng.usize(3..12),
            _ => rng.usize(10..60),
        };
        // A burst is mostly of one kind.
        let bias = rng.u8(..);
        for _ in 0..count {
            let grows = match self {
                Self::None => return,
                Self::Any | Self::Append => rng.u8(..) < bias,
                Self::Grow => true,
                Self::Shrink => false,
            };
            let place = match rng.bool() {
                true => near.saturating_sub(3) + rng.usize(..6),
                false => rng.usize(..=rows.len()),
            };
            if grows {
                let place = match self {
                    Self::Append => rows.len(),
                    _ => place.min(rows.len()),
                };
                *ids += 1;
                rows.insert(place, Row::passing(*ids));
            } else if rows.get(place).is_some_and(|row| !row.stays) {
                rows.remove(place);
            }
        }
    }
}
