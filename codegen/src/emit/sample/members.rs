//! Which members of an object a sample holds, and values that fit each other.

use serde_json::Value;

use super::{Sampler, Size, Spot};
use crate::ir::{Deprecation, Field, Input, Rule};

/// One member of an object, or one input of a place.
pub(super) struct Member<'a> {
    pub(super) field: &'a Field,
    /// Its position, which makes its value differ from those of its neighbours.
    rank: usize,
    /// Mandatory once any of its neighbours is given.
    needed_if_sent: bool,
}

impl<'a> Member<'a> {
    pub(super) fn of_struct(fields: &'a [Field]) -> impl Iterator<Item = Self> {
        fields.iter().enumerate().map(|(index, field)| Member {
            field,
            rank: index + 1,
            needed_if_sent: false,
        })
    }

    pub(super) fn of_operation(rank: usize, input: &'a Input) -> Self {
        Member {
            field: &input.field,
            rank,
            needed_if_sent: input.required_if_sent,
        }
    }
}

impl Sampler<'_> {
    /// A value for each member that is given. Rules that name others are not
    /// about these.
    pub(super) fn members(
        &mut self,
        members: &[Member<'_>],
        rules: &[Rule],
        item: usize,
    ) -> Option<Vec<Option<Value>>> {
        let mut choice = Choice::new(self.size, members, rules);
        let ranks = choice.ranks();
        let mut values = vec![None; members.len()];
        choice.settle()?;
        // What can't be sampled is refused, which may change what rules ask for.
        while let Some(index) = choice.next_without(&values) {
            let field = members[index].field;
            let spot = Spot {
                name: &field.wire,
                rank: ranks[index],
                item,
            };
            values[index] = self.value(&field.ty, &field.constraints, spot);
            if values[index].is_none() {
                choice.refuse(index)?;
                choice.settle()?;
            }
        }
        for (value, chosen) in values.iter_mut().zip(&choice.chosen) {
            value.take_if(|_| !chosen);
        }
        choice.lower_flags(&mut values);
        choice.keeps_order(&values).then_some(values)
    }
}

/// The members that are given.
struct Choice<'a> {
    members: &'a [Member<'a>],
    rules: Vec<&'a Rule>,
    chosen: Vec<bool>,
    /// Has no sample, or can't be given without one that has none.
    refused: Vec<bool>,
}

impl<'a> Choice<'a> {
    fn new(size: Size, members: &'a [Member<'a>], rules: &'a [Rule]) -> Self {
        // What the spec has no more stays as it was when it had it.
        let is_gone = |field: &Field| {
            let deprecated = field.docs.deprecated.as_ref();
            deprecated.is_some_and(Deprecation::is_gone)
        };
        let chosen = members.iter().map(|member| {
            let is_named = !member.field.is_rest;
            let is_wanted = size == Size::Fullest && is_named && !is_gone(member.field);
            is_wanted || member.field.required
        });
        let about_these = |rule: &&Rule| {
            let mut named = named(rule).into_iter();
            named.all(|name| position(members, name).is_some())
        };
        Choice {
            members,
            rules: rules.iter().filter(about_these).collect(),
            chosen: chosen.collect(),
            refused: vec![false; members.len()],
        }
    }

    fn places(&self, names: &[String]) -> Vec<usize> {
        let names = names.iter();
        names
            .filter_map(|name| position(self.members, name))
            .collect()
    }

    /// Chooses what the rules ask for; `None` where they can't be kept.
    fn settle(&mut self) -> Option<()> {
        loop {
            let before = (self.chosen.clone(), self.refused.clone());
            for index in 0..self.rules.len() {
                match self.rules[index] {
                    Rule::AnyOf { members, .. } => self.any_of(&self.places(members))?,
                    Rule::Together(members) => self.together(&self.places(members))?,
                    Rule::AtMostOne(members) => self.at_most_one(&self.places(members))?,
                    Rule::Needs { member, needs, .. } => {
                        let member = position(self.members, member);
                        self.needs(member, &self.places(needs))?;
                    }
                    Rule::Order(..) | Rule::OnlyWhen { .. } | Rule::Schedule { .. } => {}
                }
            }
            self.needed_if_sent()?;
            if before == (self.chosen.clone(), self.refused.clone()) {
                return Some(());
            }
        }
    }

    fn any_of(&mut self, group: &[usize]) -> Option<()> {
        if !group.iter().any(|index| self.chosen[*index]) {
            let first = group.iter().find(|index| !self.refused[**index])?;
            self.chosen[*first] = true;
        }
        Some(())
    }

    fn together(&mut self, group: &[usize]) -> Option<()> {
        if group.iter().any(|index| self.refused[*index]) {
            return group.iter().try_for_each(|index| self.refuse(*index));
        }
        if group.iter().any(|index| self.chosen[*index]) {
            group.iter().for_each(|index| self.chosen[*index] = true);
        }
        Some(())
    }

    /// A mandatory one stays, or else the first.
    fn at_most_one(&mut self, group: &[usize]) -> Option<()> {
        let chosen = |index: &&usize| self.chosen[**index];
        let mandatory = |index: &&usize| self.members[**index].field.required;
        let stays = group.iter().find(mandatory).or(group.iter().find(chosen));
        let stays = stays.copied();
        let others = group.iter().filter(|index| Some(**index) != stays);
        match stays {
            Some(_) => others
                .copied()
                .collect::<Vec<_>>()
                .into_iter()
                .try_for_each(|index| self.refuse(index)),
            None => Some(()),
        }
    }

    /// Whatever its value is to be, a member comes with all that it may need.
    fn needs(&mut self, member: Option<usize>, needs: &[usize]) -> Option<()> {
        let Some(member) = member.filter(|index| self.chosen[*index]) else {
            return Some(());
        };
        if needs.iter().any(|index| self.refused[*index]) {
            return self.refuse(member);
        }
        needs.iter().for_each(|index| self.chosen[*index] = true);
        Some(())
    }

    /// A body that can't hold what it must is not sent at all.
    fn needed_if_sent(&mut self) -> Option<()> {
        let needed = |index: &usize| self.members[*index].needed_if_sent;
        let needed: Vec<usize> = (0..self.members.len()).filter(needed).collect();
        if needed.iter().any(|index| self.refused[*index]) {
            return (0..self.members.len()).try_for_each(|index| self.refuse(index));
        }
        if self.chosen.contains(&true) {
            needed.iter().for_each(|index| self.chosen[*index] = true);
        }
        Some(())
    }

    /// Leaves a member out; `None` where it is mandatory.
    fn refuse(&mut self, index: usize) -> Option<()> {
        self.chosen[index] = false;
        self.refused[index] = true;
        (!self.members[index].field.required).then_some(())
    }

    /// The first chosen member that has no value yet.
    fn next_without(&self, values: &[Option<Value>]) -> Option<usize> {
        let mut all = 0..self.members.len();
        all.find(|index| self.chosen[*index] && values[*index].is_none())
    }

    /// Positions, exchanged until each time has one behind those that it follows.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks: Vec<usize> = self.members.iter().map(|member| member.rank).collect();
        for _ in 0..self.members.len() {
            for (earlier, later) in self.orders() {
                if ranks[earlier] > ranks[later] {
                    ranks.swap(earlier, later);
                }
            }
        }
        ranks
    }

    fn orders(&self) -> impl Iterator<Item = (usize, usize)> {
        self.rules.iter().filter_map(|rule| match rule {
            Rule::Order(earlier, later) => Some((
                position(self.members, earlier)?,
                position(self.members, later)?,
            )),
            _ => None,
        })
    }

    /// A flag is lowered where another that it needs is not raised.
    fn lower_flags(&self, values: &mut [Option<Value>]) {
        let raised = Some(Value::Bool(true));
        for _ in 0..self.rules.len() {
            for rule in &self.rules {
                let Rule::OnlyWhen { member, needs } = rule else {
                    continue;
                };
                let places = (
                    position(self.members, member),
                    position(self.members, needs),
                );
                if let (Some(member), Some(needs)) = places
                    && values[member] == raised
                    && values[needs] != raised
                {
                    values[member] = Some(Value::Bool(false));
                }
            }
        }
    }

    /// Times of one form sort as their texts do.
    fn keeps_order(&self, values: &[Option<Value>]) -> bool {
        let text = |index: usize| values[index].as_ref().and_then(Value::as_str);
        self.orders()
            .all(|(earlier, later)| match (text(earlier), text(later)) {
                (Some(earlier), Some(later)) => earlier < later,
                _ => true,
            })
    }
}

/// The members that a rule names; of a path, the first.
fn named(rule: &Rule) -> Vec<&str> {
    let names: Vec<&String> = match rule {
        Rule::AnyOf { members, .. } | Rule::Together(members) | Rule::AtMostOne(members) => {
            members.iter().collect()
        }
        Rule::Needs { member, needs, .. } => std::iter::once(member).chain(needs).collect(),
        Rule::Order(earlier, later) => vec![earlier, later],
        Rule::OnlyWhen { member, needs } => vec![member, needs],
        Rule::Schedule {
            hours,
            time_zone,
            days,
        } => vec![hours, time_zone, days],
    };
    let head = |name: &'_ String| name.len().min(name.find('/').unwrap_or(name.len()));
    names.into_iter().map(|name| &name[..head(name)]).collect()
}

fn position(members: &[Member<'_>], name: &str) -> Option<usize> {
    members.iter().position(|member| member.field.wire == name)
}
