//! Walks over lists of ids whose rows come and go, without requests: many of them, at random.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;

use fastrand::Rng;

use super::*;

/// For how many pages rows come and go: where they come faster than they are asked for, there
/// would be no end.
const BUSY: usize = 150;

/// What comes and goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Edits {
    Any,
    Grow,
    Shrink,
    /// Rows go anywhere and come at the end.
    Append,
}

/// What a server does with an id that is gone.
#[derive(Clone, Copy, Debug)]
enum Gone {
    Refuse,
    Nothing,
    Start,
}

/// A list and how it is served.
struct List {
    plan: Paging,
    rows: Vec<Id>,
    /// The rows that are there all the time.
    staying: HashSet<Id>,
    edits: Edits,
    gone: Gone,
    cap: usize,
    total: Option<u64>,
    made: usize,
    near: usize,
    rng: Rng,
}

impl List {
    fn new(plan: Paging, edits: Edits, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let count = match rng.u8(..3) {
            0 => rng.usize(..8),
            1 => rng.usize(..60),
            _ => rng.usize(..300),
        };
        let rows: Vec<Id> = (0..count).map(|row| format!("row-{row}").into()).collect();
        let staying = rows.iter().filter(|_| rng.bool()).cloned().collect();
        Self {
            plan,
            rows,
            staying,
            edits,
            gone: [Gone::Refuse, Gone::Nothing, Gone::Start][rng.usize(..3)],
            cap: match rng.bool() {
                true => usize::MAX,
                false => rng.usize(2..12),
            },
            total: [None, Some(0), Some(1_000_000)][rng.usize(..3)],
            made: 0,
            near: 0,
            rng,
        }
    }

    fn edit(&mut self) {
        let count = match self.rng.u8(..) {
            0..110 => 0,
            110..180 => 1,
            180..245 => self.rng.usize(1..6),
            _ => self.rng.usize(4..40),
        };
        let bias = self.rng.u8(..);
        for _ in 0..count {
            let place = match self.rng.bool() {
                true => self.near.saturating_sub(3) + self.rng.usize(..6),
                false => self.rng.usize(..=self.rows.len()),
            };
            let grows = match self.edits {
                Edits::Any | Edits::Append => self.rng.u8(..) < bias,
                Edits::Grow => true,
                Edits::Shrink => false,
            };
            if grows {
                let place = match self.edits {
                    Edits::Append => self.rows.len(),
                    _ => place.min(self.rows.len()),
                };
                self.made += 1;
                self.rows.insert(place, format!("new-{}", self.made).into());
            } else if self
                .rows
                .get(place)
                .is_some_and(|row| !self.staying.contains(row))
            {
                self.rows.remove(place);
            }
        }
    }

    /// A page; none if the place is refused.
    fn page(&mut self, place: Option<&Position>, size: u64) -> Option<Sheet> {
        let size = usize::try_from(size).unwrap().min(self.cap);
        let from = match place {
            None => 0,
            Some(Position::Offset(offset)) => usize::try_from(*offset).unwrap(),
            Some(Position::Number(number)) => usize::try_from(*number - 1).unwrap() * size,
            Some(Position::Marker(id)) => match self.rows.iter().position(|row| **row == **id) {
                Some(row) => row + 1,
                None => match self.gone {
                    Gone::Refuse => return None,
                    Gone::Nothing => self.rows.len(),
                    Gone::Start => 0,
                },
            },
            Some(other) => panic!("{other:?}"),
        };
        let rows = self.rows.iter().skip(from).take(size);
        let ids: Vec<_> = rows.cloned().map(Some).collect();
        let end = from + ids.len();
        self.near = end;
        let next = (end < self.rows.len()).then(|| match self.plan.style() {
            PagingStyle::LinkOffset(_) => format!("?offset={end}"),
            _ => ids.last().unwrap().clone().unwrap().to_string(),
        });
        Some(Sheet {
            ids,
            total: self.total,
            next,
        })
    }
}

/// Makes a walk, now and then through its stored state, and gives what it has yielded.
fn walk(list: &mut List, size: u64) -> Vec<Id> {
    let mut walk = Walk::new(list.plan, None, Some(size));
    let mut held: Option<Sheet> = None;
    let mut found = Vec::new();
    for page in 0..100_000 {
        let before = walk.state().clone();
        let (sheet, new) = if let Some(new) = walk.release() {
            (held.take().unwrap(), new)
        } else {
            let place = match walk.step() {
                Step::Ask(place) => place,
                Step::Over => return found,
                Step::Fail(problem) => panic!("{problem:?}"),
            };
            if (1..BUSY).contains(&page) {
                list.edit();
            }
            let Some(sheet) = list.page(place.as_ref(), walk.size().unwrap()) else {
                assert!(walk.is_refused(), "refused: {place:?}");
                continue;
            };
            match walk.take(&sheet) {
                Verdict::Take(new) => (sheet, new),
                Verdict::Hold => {
                    held = Some(sheet);
                    continue;
                }
                Verdict::Drop => continue,
            }
        };
        let ids: Vec<Option<Id>> = new.iter().map(|place| sheet.ids[*place].clone()).collect();
        let state = match list.rng.u8(..20) {
            // Some of a page, and then on from there.
            0 => {
                let some = &ids[..list.rng.usize(..=ids.len())];
                found.extend(some.iter().flatten().cloned());
                Some(before.within_page(some))
            }
            chance => {
                found.extend(ids.into_iter().flatten());
                (chance == 1).then(|| walk.state().clone())
            }
        };
        if let Some(state) = state {
            let stored = serde_json::to_string(&state).unwrap();
            walk = Walk::from_state(list.plan, serde_json::from_str(&stored).unwrap());
            assert_eq!(walk.state(), &state);
        }
    }
    panic!("no end");
}

fn many(plan: Paging, edits: Edits) {
    many_of(plan, edits, 1);
}

/// `least` is the fewest entries that a page has.
fn many_of(plan: Paging, edits: Edits, least: u64) {
    let times = std::env::var("CLOUDBACKUP_TEST_WALKS").ok();
    let times = times.map_or(1, |text| text.parse::<u64>().unwrap());
    for seed in 0..300 * times {
        let mut list = List::new(plan, edits, seed);
        let size = list.rng.u64(least..least + 11);
        if least > 1 {
            list.cap = usize::MAX;
        }
        let found = walk(&mut list, size);
        let distinct: HashSet<&Id> = found.iter().collect();
        assert_eq!(distinct.len(), found.len(), "seed {seed}: some twice");
        let lost = list.staying.iter().find(|row| !distinct.contains(row));
        assert_eq!(lost, None, "seed {seed}, pages of {size}");
    }
}

#[test]
fn by_offset_nothing_is_lost_or_comes_twice() {
    many(Paging::offset(), Edits::Any);
}

#[test]
fn by_offset_of_links_nothing_is_lost_or_comes_twice() {
    many(Paging::link_offset("offset"), Edits::Any);
}

#[test]
fn by_number_nothing_is_lost_or_comes_twice() {
    for edits in [Edits::Grow, Edits::Shrink, Edits::Append] {
        many(Paging::number(1), edits);
    }
}

#[test]
fn by_number_of_pages_that_overlap_nothing_is_lost_or_comes_twice() {
    many_of(Paging::number(1), Edits::Any, 8);
}

#[test]
fn by_the_last_id_nothing_is_lost_or_comes_twice() {
    many(Paging::last_id(), Edits::Any);
}

#[test]
fn entry_that_was_seen_is_not_the_end_where_one_was_asked_for() {
    let plan = Paging::offset();
    let sheet = Sheet {
        ids: vec![Some("a".into())],
        total: None,
        next: None,
    };
    let before = Walk::new(plan, None, Some(1)).state().clone();
    let mut walk = Walk::from_state(plan, before.within_page(&sheet.ids));
    assert_eq!(walk.take(&sheet), Verdict::Take(Vec::new()));
    // The next page is of two entries, so that it can share one.
    assert_eq!((walk.step(), walk.size()), (Step::Ask(None), Some(2)));
    assert_eq!(walk.take(&sheet), Verdict::Take(Vec::new()));
    assert_eq!(walk.step(), Step::Over);
}
