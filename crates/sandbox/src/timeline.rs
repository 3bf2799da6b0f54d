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

    /// Whether something was due by then.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        let first = self.due.first_key_value();
        first.is_some_and(|((at, _), _)| *at <= now)
    }

    /// All that will happen, by when, and in which order at the same instant.
    pub(crate) fn due(&self) -> &BTreeMap<(Moment, u64), E> {
        &self.due
    }

    /// Puts an event back to where it was.
    pub(crate) fn restore(&mut self, at: Moment, number: u64, event: E) {
        self.planned = self.planned.max(number);
        self.due.insert((at, number), event);
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
