//! How many of the backups of a policy are kept, and which.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use cloudbackup_cbr_model as model;
use cloudbackup_core::Timestamp;

use super::super::{Cbr, Event};
use crate::clock::Moment;

/// What a long-term rule keeps the last backup of.
#[derive(Clone, Copy, Debug)]
enum Period {
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// What is the same for all instants of a period, by the offset from UTC in seconds.
    fn of(self, moment: Moment, offset: i32) -> String {
        let local = moment.seconds() + i64::from(offset);
        let text = Timestamp::from_unix(local, 0).to_string();
        match self {
            Self::Day => text.chars().take(10).collect(),
            // Weeks begin on a Monday, and 1970 began on a Thursday.
            Self::Week => (local.div_euclid(86_400) + 3).div_euclid(7).to_string(),
            Self::Month => text.chars().take(7).collect(),
            Self::Year => text.chars().take(4).collect(),
        }
    }
}

/// Seconds of an offset such as `UTC+08:00`, which was checked before.
fn offset(text: Option<&str>) -> i32 {
    let read = |range: RangeInclusive<usize>| -> Option<i32> { text?.get(range)?.parse().ok() };
    let seconds = read(4..=5).unwrap_or(0) * 3600 + read(7..=8).unwrap_or(0) * 60;
    match text.and_then(|text| text.get(3..=3)) {
        Some("-") => -seconds,
        _ => seconds,
    }
}

/// Which of these instants, the latest first, a policy keeps the backups of; `None` where it
/// keeps them all.
fn kept(made: &[Moment], rules: &model::OperationDefinition) -> Option<BTreeSet<usize>> {
    let most = usize::try_from(rules.max_backups?).ok()?;
    if most == 0 {
        return None;
    }
    let mut kept: BTreeSet<usize> = (0..made.len().min(most)).collect();
    let offset = offset(rules.timezone.as_deref());
    for (period, number) in [
        (Period::Day, rules.day_backups),
        (Period::Week, rules.week_backups),
        (Period::Month, rules.month_backups),
        (Period::Year, rules.year_backups),
    ] {
        let number = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
        let mut seen = BTreeSet::new();
        for (index, moment) in made.iter().enumerate() {
            if seen.len() >= number {
                break;
            }
            if seen.insert(period.of(*moment, offset)) {
                kept.insert(index);
            }
        }
    }
    Some(kept)
}

impl Cbr {
    /// After a backup of a resource was made: deletes those which the policies of the vault keep
    /// no longer. Backups by hand are not theirs.
    pub(crate) fn thin_out(&mut self, at: Moment, vault_id: &str, resource_id: &str) {
        let Some(vault) = self.vault_by_id(vault_id) else {
            return;
        };
        // A vault for copies has no policies: those of the vaults that it has copies of count.
        let is_for_copies = vault.is_for_copies();
        let mut surplus = Vec::new();
        for policy in &self.policies {
            let is_meant =
                is_for_copies || vault.policies.iter().any(|it| it.policy_id == policy.id);
            if !is_meant || policy.definition.max_backups.is_none_or(|most| most < 1) {
                continue;
            }
            let backups = self.backups.iter();
            let own = backups.filter(|(_, backup)| {
                backup.vault_id == vault_id
                    && backup.resource.id == resource_id
                    && backup.policy_id.as_ref() == Some(&policy.id)
                    && backup.is_available()
            });
            let mut own: Vec<(Moment, u64)> = own
                .map(|(number, backup)| (backup.protected, *number))
                .collect();
            own.sort_unstable_by(|a, b| b.cmp(a));
            let (made, numbers): (Vec<Moment>, Vec<u64>) = own.into_iter().unzip();
            let Some(kept) = kept(&made, &policy.definition) else {
                continue;
            };
            let numbers = numbers.into_iter().enumerate();
            surplus.extend(numbers.filter(|(index, _)| !kept.contains(index)));
        }
        for (_, number) in surplus {
            self.timeline.plan(at, Event::Expires(number));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Period, kept, model, offset};
    use crate::clock::Moment;

    /// Instants of the form `2024-05-21T10:00:00Z`, the latest first.
    fn moments(texts: &[&str]) -> Vec<Moment> {
        let moments = texts
            .iter()
            .map(|text| Moment::of(&(*text).into()).unwrap());
        moments.collect()
    }

    #[test]
    fn offsets_are_read() {
        assert_eq!(offset(Some("UTC+08:30")), 30_600);
        assert_eq!(offset(Some("UTC-01:00")), -3600);
        assert_eq!(offset(None), 0);
    }

    #[test]
    fn periods_are_those_of_the_local_calendar() {
        let sunday = Moment::of(&"2023-12-31T23:30:00Z".into()).unwrap();
        let of = |period: Period, offset| period.of(sunday, offset);
        assert_eq!(of(Period::Day, 0), "2023-12-31");
        assert_eq!(of(Period::Day, 3600), "2024-01-01");
        assert_eq!(of(Period::Month, 3600), "2024-01");
        assert_eq!(of(Period::Year, 0), "2023");
        assert_ne!(
            of(Period::Week, 0),
            of(Period::Week, 3600),
            "a Monday there"
        );
    }

    #[test]
    fn latest_are_kept_and_the_last_of_each_period_beyond_them() {
        let made = moments(&[
            "2024-05-21T18:00:00Z",
            "2024-05-21T06:00:00Z",
            "2024-05-20T18:00:00Z",
            "2024-05-20T06:00:00Z",
            "2024-05-19T18:00:00Z",
            "2024-04-30T18:00:00Z",
            "2023-12-31T18:00:00Z",
        ]);
        let rules = |most, days, weeks, months, years| {
            let rules = model::OperationDefinition::builder()
                .max_backups(most)
                .day_backups(days)
                .week_backups(weeks)
                .month_backups(months)
                .year_backups(years)
                .timezone("UTC+00:00");
            rules.build()
        };
        for (rules, expected) in [
            (rules(1, 0, 0, 0, 0), vec![0]),
            (rules(3, 0, 0, 0, 0), vec![0, 1, 2]),
            (rules(1, 3, 0, 0, 0), vec![0, 2, 4]),
            (rules(1, 0, 2, 0, 0), vec![0, 4]),
            (rules(2, 0, 0, 2, 0), vec![0, 1, 5]),
            (rules(1, 0, 0, 0, 9), vec![0, 6]),
            (rules(1, 2, 0, 0, 2), vec![0, 2, 6]),
        ] {
            let kept = kept(&made, &rules).unwrap();
            assert_eq!(kept.into_iter().collect::<Vec<_>>(), expected, "{rules:?}");
        }
        assert_eq!(kept(&made, &rules(-1, 3, 0, 0, 0)), None, "all of them");
        assert_eq!(kept(&made, &rules(0, 0, 0, 0, 0)), None);
        let unsaid = model::OperationDefinition::builder().build();
        assert_eq!(kept(&made, &unsaid), None);
    }
}
