//! Values made from the intermediate representation, for wire tests: the least
//! that the limits and rules of a document ask for, and all that they allow.
//!
//! The same schema always gives the same values. Where no value keeps all the
//! limits, or would be out of all proportion, the answer is `None`, and there is
//! no test.

mod limits;
mod members;
mod text;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::members::Member;
use crate::ir::{
    Api, Branch, Constraint, EnumValue, Operation, Place, Reply, Shape, Struct, TimeFormat, TypeId,
    TypeRef,
};

/// Values of a sample that fits into a file. One that holds more is made anew with
/// the smallest for each second item.
const FITTING: usize = 250;

/// Values of a sample at most. The schemas of foreign documents can hold each other
/// without end.
const MOST_VALUES: usize = 600;

/// Items that a list must hold at most.
const MOST_ITEMS: u64 = 16;

/// How much of what may be said is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Only what is mandatory.
    Smallest,
    /// All of it, with two items in each list.
    Fullest,
}

/// Values of an operation's inputs, in their order; `None` where there is no valid
/// sample.
pub(super) fn request(api: &Api, operation: &Operation, size: Size) -> Option<Vec<Option<Value>>> {
    within_bounds(api, size, |sampler| sampler.inputs(operation))
}

/// The fullest reply of an operation; `None` where it is empty, or has no sample.
pub(super) fn reply(api: &Api, operation: &Operation) -> Option<Value> {
    within_bounds(api, Size::Fullest, |sampler| match &operation.reply {
        Reply::Empty => None,
        Reply::Object(fields) => {
            let members: Vec<Member<'_>> = Member::of_struct(fields).collect();
            let values = sampler.members(&members, &[], 1)?;
            Some(Value::Object(object(&members, values)))
        }
        Reply::Whole(field) => {
            let spot = Spot {
                name: &field.wire,
                rank: 1,
                item: 1,
            };
            sampler.value(&field.ty, &field.constraints, spot)
        }
    })
}

/// The least value of a type; `None` where there is no sample.
pub(super) fn least(api: &Api, ty: &TypeRef) -> Option<Value> {
    let spot = Spot {
        name: "value",
        rank: 1,
        item: 1,
    };
    within_bounds(api, Size::Smallest, |sampler| sampler.value(ty, &[], spot))
}

fn within_bounds<'a, T>(
    api: &'a Api,
    size: Size,
    make: impl Fn(&mut Sampler<'a>) -> Option<T>,
) -> Option<T> {
    let bounds = [(FITTING, false), (MOST_VALUES, true)];
    bounds.into_iter().find_map(|(left, lean)| {
        let mut sampler = Sampler {
            api,
            size,
            lean,
            left,
            open: Vec::new(),
        };
        let made = make(&mut sampler)?;
        (sampler.left > 0).then_some(made)
    })
}

/// Where a value stands, which is all that makes it differ from others.
#[derive(Clone, Copy, Debug)]
struct Spot<'a> {
    /// Wire name of the member.
    name: &'a str,
    /// Its position among its neighbours, counted from one.
    rank: usize,
    /// Which item of the innermost list it is or stands in, counted from one.
    item: usize,
}

impl Spot<'_> {
    /// A count that differs from those of neighbours and of the item before.
    fn count(self) -> usize {
        self.rank + self.item - 1
    }
}

struct Sampler<'a> {
    api: &'a Api,
    size: Size,
    /// Whether only the first item of a list is full.
    lean: bool,
    /// Values that may still be made.
    left: usize,
    /// The structs that are being filled, outermost first.
    open: Vec<TypeId>,
}

impl<'a> Sampler<'a> {
    fn inputs(&mut self, operation: &'a Operation) -> Option<Vec<Option<Value>>> {
        let mut values = vec![None; operation.inputs.len()];
        // A rule speaks of one place, and a name may stand in several.
        for place in [
            Place::Path,
            Place::Query,
            Place::Header,
            Place::Cookie,
            Place::Body,
            Place::WholeBody,
        ] {
            let inputs = operation.inputs.iter().enumerate();
            let (places, members): (Vec<usize>, Vec<Member<'_>>) = inputs
                .filter(|(_, input)| input.place == place)
                .map(|(index, input)| (index, Member::of_operation(index + 1, input)))
                .unzip();
            let made = self.members(&members, &operation.rules, 1)?;
            if !made.iter().flatten().all(|value| can_stand(place, value)) {
                return None;
            }
            for (index, value) in places.into_iter().zip(made) {
                values[index] = value;
            }
        }
        Some(values)
    }

    fn value(&mut self, ty: &TypeRef, limits: &[Constraint], spot: Spot<'_>) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        match ty {
            TypeRef::Text | TypeRef::Secret | TypeRef::Blob => {
                text::sample(spot.name, spot.item, limits, self.size).map(Value::from)
            }
            TypeRef::Integer => integer(limits, spot.count()).map(Value::from),
            TypeRef::Number => number(limits, spot.count()).map(Value::from),
            TypeRef::Boolean => {
                let only = limits.iter().find_map(|limit| match limit {
                    Constraint::Only(value) => Some(*value),
                    _ => None,
                });
                Some(Value::from(only.unwrap_or(spot.item == 1)))
            }
            TypeRef::Timestamp(format) => Some(Value::from(time(*format, spot.count()))),
            TypeRef::Named(id) => self.named(*id, limits, spot),
            TypeRef::List(item) => self.list(item, limits, spot),
            TypeRef::Map(value) => self.map(value, limits, spot),
            TypeRef::Nullable(value) => self.value(value, limits, spot),
            TypeRef::Json => Some(Value::from(format!("{}-{}", spot.name, spot.item))),
        }
    }

    fn named(&mut self, id: TypeId, limits: &[Constraint], spot: Spot<'_>) -> Option<Value> {
        let api = self.api;
        match &api.get(id).shape {
            Shape::OpenEnum(values) => self.one_of(values, limits, spot),
            Shape::Struct(object) => self.structure(id, object, spot),
            Shape::Union(branches) => self.branch(branches, spot),
        }
    }

    /// A type that holds itself ends with the smallest value of it.
    fn structure(&mut self, id: TypeId, object: &'a Struct, spot: Spot<'_>) -> Option<Value> {
        let size = self.size;
        match self.open.iter().filter(|open| **open == id).count() {
            0 => {}
            1 => self.size = Size::Smallest,
            _ => return None,
        }
        self.open.push(id);
        let members: Vec<Member<'_>> = Member::of_struct(&object.fields).collect();
        let values = self.members(&members, &object.rules, spot.item);
        self.open.pop();
        self.size = size;
        Some(Value::Object(self::object(&members, values?)))
    }

    fn branch(&mut self, branches: &'a [Branch], spot: Spot<'_>) -> Option<Value> {
        let mut branches = branches.iter();
        branches.find_map(|branch| {
            let mut value = self.value(&branch.ty, &branch.constraints, spot)?;
            // A branch says which one it is.
            if let (Some(mark), Value::Object(members)) = (&branch.mark, &mut value) {
                let said = mark.values.first()?;
                members.insert(mark.member.clone(), Value::from(said.as_str()));
            }
            Some(value)
        })
    }

    fn one_of(&self, all: &[EnumValue], limits: &[Constraint], spot: Spot<'_>) -> Option<Value> {
        let narrowed = limits.iter().find_map(|limit| match limit {
            Constraint::OneOf(some) => Some(some.iter().map(String::as_str).collect()),
            _ => None,
        });
        let all = || all.iter().map(|value| value.wire.as_str()).collect();
        let values: Vec<&str> = narrowed.unwrap_or_else(all);
        let index = match self.size {
            Size::Smallest => spot.item - 1,
            Size::Fullest => spot.count() - 1,
        };
        let value = values.get(index.checked_rem(values.len())?)?;
        limits::text(limits, value).then(|| Value::from(*value))
    }

    fn list(&mut self, item: &TypeRef, limits: &[Constraint], spot: Spot<'_>) -> Option<Value> {
        let (least, most) = limits::items(limits);
        if least > MOST_ITEMS {
            return None;
        }
        let size = self.size;
        let wanted = match size {
            Size::Smallest => 1,
            Size::Fullest => 2,
        };
        let unique = limits.contains(&Constraint::Unique);
        let mut values = Vec::new();
        for index in 1..=least.max(wanted).min(most) {
            let item_spot = Spot {
                item: usize::try_from(index).ok()?,
                ..spot
            };
            if self.lean && index > 1 {
                self.size = Size::Smallest;
            }
            let value = self.value(item, limits::each(limits), item_spot);
            self.size = size;
            let value = value?;
            if !unique || !values.contains(&value) {
                values.push(value);
            }
        }
        (values.len() as u64 >= least).then_some(Value::Array(values))
    }

    fn map(&mut self, value: &TypeRef, limits: &[Constraint], spot: Spot<'_>) -> Option<Value> {
        let count = match self.size {
            Size::Smallest => 1,
            Size::Fullest => 2,
        };
        let (least, most) = limits::items(limits);
        let least = usize::try_from(least.min(MOST_ITEMS)).ok()?;
        let count = count.max(least).min(usize::try_from(most).unwrap_or(count));
        let pairs = (1..=count).map(|item| {
            let value = self.value(value, limits::each(limits), Spot { item, ..spot })?;
            Some((format!("key-{item}"), value))
        });
        pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
    }
}

/// The members that have a value, by wire name.
fn object(members: &[Member<'_>], values: Vec<Option<Value>>) -> Map<String, Value> {
    let pairs = members.iter().zip(values);
    pairs
        .filter_map(|(member, value)| Some((member.field.wire.clone(), value?)))
        .collect()
}

/// Whether a request can hold the value there; only values of an enum may not.
fn can_stand(place: Place, value: &Value) -> bool {
    let text = value.as_str().unwrap_or("x");
    let printable = !text.chars().any(char::is_control);
    match place {
        Place::Path => printable && !matches!(text, "" | "." | ".."),
        Place::Header => printable && text.is_ascii() && text.trim() == text,
        Place::Query | Place::Cookie | Place::Body | Place::WholeBody => true,
    }
}

/// A little above the least, so that neighbours differ.
fn integer(limits: &[Constraint], count: usize) -> Option<i64> {
    let listed = limits.iter().find_map(|limit| match limit {
        Constraint::Integers(values) => Some(values),
        _ => None,
    });
    if let Some(values) = listed {
        return values.get((count - 1).checked_rem(values.len())?).copied();
    }
    let count = i64::try_from(count).ok()?;
    let range = limits.iter().find_map(|limit| match limit {
        Constraint::Range(least, most) | Constraint::RangeOr(least, most, _) => {
            Some((*least, *most))
        }
        _ => None,
    });
    let (least, most) = range.unwrap_or_default();
    let value = match (least, most) {
        (Some(least), _) => least.saturating_add(count),
        (None, _) => count,
    };
    let steps = limits.iter().find_map(|limit| match limit {
        Constraint::MultipleOf(step) => Some(*step),
        _ => None,
    });
    let step = steps.unwrap_or(1).max(1);
    let up = value.saturating_add((step - value.rem_euclid(step)) % step);
    let most = most.unwrap_or(i64::MAX);
    let value = up.min(most - most.rem_euclid(step));
    (least.unwrap_or(i64::MIN) <= value).then_some(value)
}

/// As [`integer`], and with a fraction where there is room for one.
fn number(limits: &[Constraint], count: usize) -> Option<f64> {
    let unusual = limits.iter().find_map(|limit| match limit {
        Constraint::Numbers(values) => values.first().copied().map(Some),
        // No value is found without more than a guess.
        Constraint::Step(_) | Constraint::Below(_) => Some(None),
        _ => None,
    });
    if let Some(found) = unusual {
        return found;
    }
    let count = f64::from(u16::try_from(count).ok()?);
    let range = limits.iter().find_map(|limit| match limit {
        Constraint::NumberRange(least, most) => Some((*least, *most)),
        _ => None,
    });
    let above = limits.iter().find_map(|limit| match limit {
        Constraint::Above(low) => Some(*low),
        _ => None,
    });
    let (least, most) = range.unwrap_or_default();
    let least = least.or(above);
    let value = (least.unwrap_or(0.0) + count + 0.5).min(most.unwrap_or(f64::MAX));
    (least.unwrap_or(f64::MIN) <= value).then_some(value)
}

/// A later day for a greater count, in the form of the wire.
fn time(format: TimeFormat, count: usize) -> String {
    let day = count.saturating_sub(1);
    let (year, month, day) = (2026 + day / (28 * 12), day / 28 % 12 + 1, day % 28 + 1);
    match format {
        TimeFormat::BasicOffset => format!("{year}-{month:02}-{day:02}T08:00:00+0800"),
        TimeFormat::Rfc3339 => format!("{year}-{month:02}-{day:02}T08:00:00Z"),
        TimeFormat::Local => format!("{year}-{month:02}-{day:02}T08:00:00.000000"),
    }
}
