//! Limits on one value, and rules over several.

/// A limit on one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// Least and greatest integer.
    Range(Option<i64>, Option<i64>),
    /// Least and greatest integer, and others beside these.
    RangeOr(Option<i64>, Option<i64>, Vec<i64>),
    /// A whole multiple of this.
    MultipleOf(i64),
    /// Least and greatest number.
    NumberRange(Option<f64>, Option<f64>),
    /// A number that must be exceeded.
    Above(f64),
    /// A number that must not be reached.
    Below(f64),
    /// A multiple of this number.
    Step(f64),
    /// Some integers only.
    Integers(Vec<i64>),
    /// Some numbers only.
    Numbers(Vec<f64>),
    /// `true` or `false` only.
    Only(bool),
    /// Least and greatest count of characters.
    Length(Option<u64>, Option<u64>),
    /// Class of the first character.
    First(String),
    /// Class that all characters are of.
    Chars(String),
    /// Characters that may not stand in the text.
    NoChars(String),
    /// Text that the value may not start with.
    NotPrefix(String),
    /// Some values of an enum.
    OneOf(Vec<String>),
    /// Full hours, comma-separated.
    FullHours,
    /// `UTC+08:00`
    UtcOffset,
    /// `1,2,5`
    WeekDays,
    /// `21:00-22:00`, beginning at a multiple of so many minutes.
    HourWindow(u32),
    /// `2026-01-31`
    Date,
    /// Least and greatest count of items.
    Items(Option<u64>, Option<u64>),
    /// No item twice.
    Unique,
    /// A limit on every item of a list.
    Each(Vec<Constraint>),
}

/// A rule over several members.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// At least one must be given.
    AnyOf {
        /// Wire names.
        members: Vec<String>,
        /// When several are given the service takes the first.
        first_wins: bool,
    },
    /// All or none.
    Together(Vec<String>),
    /// One or none.
    AtMostOne(Vec<String>),
    /// Where the first is as it says, the others must be given.
    Needs {
        /// What decides.
        member: String,
        /// How it has to be.
        when: When,
        /// What must be given then.
        needs: Vec<String>,
    },
    /// The first is earlier than the second.
    Order(String, String),
    /// The first may be true only when the second is.
    OnlyWhen {
        /// The dependent member.
        member: String,
        /// What it needs.
        needs: String,
    },
    /// Hours of a day in UTC, ascending by local time.
    Schedule {
        /// Path of the hours.
        hours: String,
        /// Path of the time zone.
        time_zone: String,
        /// Path of the days.
        days: String,
    },
}

/// How a member is that needs others.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// There at all.
    Given,
    /// Of this value.
    Is(serde_json::Value),
    /// There, and of another value.
    IsNot(serde_json::Value),
}
