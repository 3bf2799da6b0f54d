//! Dates of the proleptic Gregorian calendar as counts of days.
//!
//! Both directions count in eras of 400 years (146 097 days) and in years that
//! start in March, which puts the leap day at the end of the year, where it
//! disturbs no month length.

/// Seconds in a day without leap seconds.
pub(super) const DAY: i64 = 86_400;

const DAYS_IN_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;

/// A day of the calendar; months and days count from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

impl Date {
    /// The date, if the month exists and has such a day.
    pub(super) const fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        if month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// Days since 1970-01-01, negative before it.
    pub(super) const fn to_days(self) -> i64 {
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (self.month + 9) % 12;
        // 153 days are five months of 31, 30, 31, 30, 31 days.
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_IN_ERA + day_of_era - EPOCH_SHIFT
    }

    /// The date that lies `days` after 1970-01-01.
    pub(super) const fn from_days(days: i64) -> Self {
        let days = days + EPOCH_SHIFT;
        let era = days.div_euclid(DAYS_IN_ERA);
        let day_of_era = days.rem_euclid(DAYS_IN_ERA);
        // Take the leap days out, so that every year counts 365 days.
        let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let january_or_february = (month <= 2) as i64;
        Self {
            year: era * 400 + year_of_era + january_or_february,
            month,
            day,
        }
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, days_in_month, is_leap};

    const fn date(year: i64, month: i64, day: i64) -> Date {
        Date { year, month, day }
    }

    #[test]
    fn known_days() {
        let table = [
            (date(1970, 1, 1), 0),
            (date(1969, 12, 31), -1),
            (date(1970, 3, 1), 59),
            (date(2000, 2, 29), 11_016),
            (date(2000, 3, 1), 11_017),
            (date(2018, 8, 6), 17_749),
            (date(2100, 3, 1), 47_541),
            (date(1, 1, 1), -719_162),
            (date(0, 3, 1), -719_468),
            (date(0, 1, 1), -719_528),
            (date(9999, 12, 31), 2_932_896),
        ];
        for (date, days) in table {
            assert_eq!(date.to_days(), days, "{date:?}");
            assert_eq!(Date::from_days(days), date, "{days}");
        }
    }

    /// Walks four centuries and their neighbours day by day, so that every
    /// leap rule and every month end is crossed once.
    #[test]
    fn every_day_follows_its_neighbour() {
        let mut expected = date(1899, 12, 31);
        let first = expected.to_days();
        for days in first..first + 147_000 {
            assert_eq!(Date::from_days(days), expected);
            assert_eq!(expected.to_days(), days);
            expected = day_after(expected);
        }
    }

    #[test]
    fn far_days_come_back() {
        for days in (-100_000_000..100_000_000).step_by(9_973) {
            let date = Date::from_days(days);
            assert_eq!(date.to_days(), days, "{date:?}");
            assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
        }
    }

    #[test]
    fn leap_years() {
        for (year, leap) in [
            (1900, false),
            (2000, true),
            (2023, false),
            (2024, true),
            (0, true),
        ] {
            assert_eq!(is_leap(year), leap, "{year}");
        }
    }

    #[test]
    fn days_that_do_not_exist() {
        let table = [
            (2023, 2, 29),
            (2024, 2, 30),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 13, 1),
        ];
        for (year, month, day) in table {
            assert_eq!(Date::new(year, month, day), None, "{year}-{month}-{day}");
        }
        assert_eq!(Date::new(2024, 1, 0), None);
        assert!(Date::new(2024, 2, 29).is_some());
    }

    fn day_after(date: Date) -> Date {
        if date.day < days_in_month(date.year, date.month) {
            Date {
                day: date.day + 1,
                ..date
            }
        } else if date.month < 12 {
            Date {
                month: date.month + 1,
                day: 1,
                ..date
            }
        } else {
            Date {
                year: date.year + 1,
                month: 1,
                day: 1,
            }
        }
    }
}
