//! What will happen, in the order of the clock.

use std::collections::BTreeMap;

use crate::clock::Moment;

/// Events and when they are due; those of the same instant in the order in which they were planned.
#[derive(Debug)]
pub(crate) struct Timeline<E> {
    due: BTreeMap<(Moment, u64), E>,
    planned: u64,
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Self {
            due: BTreeMap::new(),
            planned: 0,
        }
    }
}

impl<E> Timeline<E> {
    pub(crate) fn plan(&mut self, at: Moment, event: E) {
        self.planned += 1;
        self.due.insert((at, self.planned), event);
    }

    /// The next event that was due by then, and when it was.
    pub(crate) fn next(&mut self, now: Moment) -> Option<(Moment, E)> {
        let first = self.due.first_entry()?;
        let (at, _) = *first.key();
        (at <= now).then(|| (at, first.remove()))
    }
}

#[cfg(test)]
mod tests {
    use super::Timeline;
    use crate::clock::Moment;

    #[test]
    fn events_come_in_the_order_of_the_clock() {
        let mut timeline = Timeline::default();
        for (at, name) in [(2, "b"), (1, "a"), (2, "c"), (4, "d")] {
            timeline.plan(Moment::from_millis(at), name);
        }
        let now = Moment::from_millis(3);
        let mut seen = Vec::new();
        while let Some((at, name)) = timeline.next(now) {
            seen.push((at.millis(), name));
        }
        assert_eq!(seen, [(1, "a"), (2, "b"), (2, "c")]);
    }
}
