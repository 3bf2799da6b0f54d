//! Limits and rules as calls to the combinators of `cloudbackup-core`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::super::{Emit, ident};
use crate::ir::{
    Constraint, Field, Input, Operation, Place, Rule, Shape, Struct, TimeFormat, TypeId, TypeRef,
    When,
};
use crate::settle::{MemberNames, OperationNames};

/// One thing that a rule can name.
pub(in crate::emit) type Member<'a> = (&'a Field, &'a MemberNames);

impl Emit<'_> {
    /// `impl Validate` of a struct.
    pub(super) fn validate_struct(&self, id: TypeId, object: &Struct) -> TokenStream {
        let names = self.names.get(id);
        let members: Vec<Member<'_>> = object.fields.iter().zip(&names.fields).collect();
        let mut body: Vec<TokenStream> = self.checks(&members);
        body.extend(object.rules.iter().map(|rule| self.rule(rule, &members)));
        validate_impl(&ident(&names.name), &body)
    }

    /// `impl Validate` of the input of an operation, by place.
    pub(super) fn validate_input(
        &self,
        input: &TokenStream,
        operation: &Operation,
        names: &OperationNames,
    ) -> TokenStream {
        let mut body = Vec::new();
        for place in [
            Place::Path,
            Place::Query,
            Place::Header,
            Place::Cookie,
            Place::Body,
        ] {
            let members: Vec<Member<'_>> = operation
                .inputs
                .iter()
                .zip(&names.inputs)
                .filter(|(input, _)| input.place == place)
                .map(|(input, names)| (&input.field, names))
                .collect();
            let mut checks: Vec<TokenStream> = self.checks(&members);
            let here = |rule: &&Rule| {
                let first = first_member(rule);
                members.iter().any(|(field, _)| field.wire == first)
            };
            let rules = operation.rules.iter().filter(here);
            checks.extend(rules.map(|rule| self.rule(rule, &members)));
            if place == Place::Body {
                checks.extend(self.required_if_sent(operation, names));
            }
            if !checks.is_empty() {
                let place = format_ident!("in_{}", place.as_str());
                body.push(quote!(v.#place(|v| { #(#checks)* });));
            }
        }
        let inputs = operation.inputs.iter().zip(&names.inputs);
        for (input, names) in inputs.filter(|(input, _)| input.place == Place::WholeBody) {
            let checks = self.check_as("body", &input.field, names);
            body.extend(checks);
        }
        validate_impl(input, &body)
    }

    fn checks(&self, members: &[Member<'_>]) -> Vec<TokenStream> {
        let checks = members.iter().filter_map(|(field, names)| {
            if field.is_rest {
                return Some(self.check_rest(field, names, members));
            }
            self.check_as(&field.wire, field, names)
        });
        checks.collect()
    }

    /// Members without names must not have the names of others.
    fn check_rest(
        &self,
        field: &Field,
        names: &MemberNames,
        members: &[Member<'_>],
    ) -> TokenStream {
        let named = members.iter().filter(|(field, _)| !field.is_rest);
        let named = named.map(|(field, _)| &field.wire);
        let name = ident(&names.rust);
        let by_type = self.by_type(&names.ty);
        let limits = field
            .constraints
            .iter()
            .map(|limit| constraint(limit, &names.ty));
        let calls = by_type.into_iter().chain(limits);
        quote!(v.rest(&self.#name, &[#(#named),*]) #(#calls)*;)
    }

    fn check_as(&self, wire: &str, field: &Field, names: &MemberNames) -> Option<TokenStream> {
        let mut calls = Vec::new();
        if field.required {
            calls.push(quote!(.required()));
        }
        // Which values may be sent says more than which there are.
        let narrowed = |c: &Constraint| matches!(c, Constraint::OneOf(_));
        if !field.constraints.iter().any(narrowed) {
            calls.extend(self.by_type(&names.ty));
        }
        let limits = field.constraints.iter();
        calls.extend(limits.map(|limit| constraint(limit, &names.ty)));
        if calls.is_empty() {
            return None;
        }
        let name = ident(&names.rust);
        if names.optional {
            Some(quote!(v.member(#wire, &self.#name) #(#calls)*;))
        } else {
            Some(quote!(v.given(#wire, &self.#name) #(#calls)*;))
        }
    }

    pub(super) fn by_type(&self, ty: &TypeRef) -> Option<TokenStream> {
        match ty {
            TypeRef::Timestamp(format) => {
                let format = time_format(*format);
                Some(quote!(.time(#format)))
            }
            TypeRef::Named(id) => Some(match self.api.get(*id).shape {
                Shape::OpenEnum(_) => quote!(.known()),
                _ => quote!(.nested()),
            }),
            TypeRef::List(item) | TypeRef::Map(item) => match **item {
                TypeRef::Named(_) => Some(quote!(.each(|v, item| item.validate(v)))),
                _ => {
                    let inner = self.by_type(item.given())?;
                    let item = checked_item(item);
                    Some(quote!(.each(|v, item| { #item #inner; })))
                }
            },
            _ => None,
        }
    }

    /// Members that an optional body must hold once it is sent.
    fn required_if_sent(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Option<TokenStream> {
        let inputs = operation.inputs.iter().zip(&names.inputs);
        let body: Vec<(&Input, &MemberNames)> = inputs
            .filter(|(input, _)| input.place == Place::Body)
            .collect();
        let needed = body.iter().filter(|(input, _)| input.required_if_sent);
        let checks: Vec<TokenStream> = needed
            .map(|(input, names)| {
                let wire = &input.field.wire;
                let name = ident(&names.rust);
                quote!(v.member(#wire, &self.#name).required();)
            })
            .collect();
        if checks.is_empty() {
            return None;
        }
        let given = body.iter().map(|(_, names)| {
            let name = ident(&names.rust);
            quote!(self.#name.is_some())
        });
        Some(quote!(if #(#given)||* { #(#checks)* }))
    }

    fn rule(&self, rule: &Rule, members: &[Member<'_>]) -> TokenStream {
        let present = |names: &[String]| {
            let pairs = names.iter().filter_map(|wire| {
                let (_, names) = members.iter().find(|(field, _)| field.wire == *wire)?;
                let name = ident(&names.rust);
                Some(match names.optional {
                    true => quote!((#wire, self.#name.is_some())),
                    false => quote!((#wire, true)),
                })
            });
            quote!([#(#pairs),*])
        };
        match rule {
            Rule::AnyOf { members, .. } => {
                let pairs = present(members);
                quote!(v.any_of(#pairs);)
            }
            Rule::Together(members) => {
                let pairs = present(members);
                quote!(v.together(#pairs);)
            }
            Rule::AtMostOne(members) => {
                let pairs = present(members);
                quote!(v.at_most_one(#pairs);)
            }
            Rule::Needs {
                member,
                when,
                needs,
            } => {
                let applies = self.applies(member, when, members);
                let words = when_words(member, when);
                let pairs = present(needs);
                quote!(v.needs(#applies, #words, #pairs);)
            }
            Rule::Order(earlier, later) => {
                let first = self.member_ident(earlier, members);
                let second = self.member_ident(later, members);
                quote!(v.order((#earlier, &self.#first), (#later, &self.#second));)
            }
            Rule::OnlyWhen { member, needs } => {
                let first = self.member_ident(member, members);
                let second = self.member_ident(needs, members);
                quote! {
                    v.only_when(#member, self.#first == Some(true), #needs, self.#second == Some(true));
                }
            }
            Rule::Schedule {
                hours,
                time_zone,
                days,
            } => {
                let hours_value = self.follow(hours, members, quote!(as_deref));
                let zone_value = self.follow(time_zone, members, quote!(as_deref));
                let days_value = self.follow(days, members, quote!(as_ref));
                quote! {
                    v.schedule(Schedule {
                        hours: (#hours, #hours_value),
                        time_zone: (#time_zone, #zone_value),
                        days: (#days, #days_value.is_some()),
                    });
                }
            }
        }
    }

    /// Whether a member is such that it needs others.
    fn applies(&self, wire: &str, when: &When, members: &[Member<'_>]) -> TokenStream {
        let Some((_, names)) = members.iter().find(|(field, _)| field.wire == wire) else {
            return quote!(false);
        };
        let name = ident(&names.rust);
        let given = match names.optional {
            true => quote!(self.#name.as_ref()),
            false => quote!(Some(&self.#name)),
        };
        let (value, operator) = match when {
            When::Given if names.optional => return quote!(self.#name.is_some()),
            When::Given => return quote!(true),
            When::Is(value) => (value, quote!(==)),
            When::IsNot(value) => (value, quote!(!=)),
        };
        let value = match (value, &names.ty) {
            (Value::String(text), TypeRef::Text) => quote!(it #operator #text),
            (Value::String(text), _) => quote!(it.as_str() #operator #text),
            (Value::Bool(flag), _) if *flag == matches!(when, When::Is(_)) => quote!(*it),
            (Value::Bool(_), _) => quote!(!*it),
            (value, _) => {
                let value = int(value.as_i64().unwrap_or_default());
                quote!(*it #operator #value)
            }
        };
        quote!(#given.is_some_and(|it| #value))
    }

    fn member_ident(&self, wire: &str, members: &[Member<'_>]) -> Option<proc_macro2::Ident> {
        let found = members.iter().find(|(field, _)| field.wire == wire);
        found.map(|(_, names)| ident(&names.rust))
    }

    /// The value at a path such as `scheduled_policy/start_time`, as an
    /// `Option` of a reference.
    fn follow(&self, path: &str, members: &[Member<'_>], last: TokenStream) -> TokenStream {
        let Some((head, rest)) = path.split_once('/') else {
            let name = self.member_ident(path, members);
            return quote!(self.#name.#last());
        };
        let found = members.iter().find(|(field, _)| field.wire == head);
        let Some((_, names)) = found else {
            return quote!(None);
        };
        let name = ident(&names.rust);
        let inner = self.inner_member(&names.ty, rest);
        quote!(self.#name.as_ref().and_then(|inner| inner.#inner.#last()))
    }

    /// A path of wire names as a caller writes it: `scheduled_policy.start_time`.
    pub(in crate::emit) fn rust_path(&self, path: &str, members: &[Member<'_>]) -> String {
        let (head, rest) = path.split_once('/').unwrap_or((path, ""));
        let found = members.iter().find(|(field, _)| field.wire == head);
        let Some((_, names)) = found else {
            return path.to_owned();
        };
        match self.inner_member(&names.ty, rest) {
            Some(inner) => format!("{}.{inner}", names.rust),
            None => names.rust.clone(),
        }
    }

    fn inner_member(&self, ty: &TypeRef, wire: &str) -> Option<proc_macro2::Ident> {
        let id = ty.named()?;
        let Shape::Struct(object) = &self.api.get(id).shape else {
            return None;
        };
        let names = &self.names.get(id).fields;
        let members: Vec<Member<'_>> = object.fields.iter().zip(names).collect();
        self.member_ident(wire, &members)
    }
}

/// The member that decides at which place a rule is checked.
fn first_member(rule: &Rule) -> &str {
    let name = match rule {
        Rule::AnyOf { members, .. } | Rule::Together(members) | Rule::AtMostOne(members) => {
            members.first().map_or("", String::as_str)
        }
        Rule::Needs { member, .. } => member,
        Rule::Order(first, _) => first,
        Rule::OnlyWhen { member, .. } => member,
        Rule::Schedule { hours, .. } => hours,
    };
    name.split('/').next().unwrap_or(name)
}

fn validate_impl(name: &impl quote::ToTokens, body: &[TokenStream]) -> TokenStream {
    let validator = if body.is_empty() {
        quote!(_)
    } else {
        quote!(v)
    };
    quote! {
        impl Validate for #name {
            fn validate(&self, #validator: &mut Validator) { #(#body)* }
        }
    }
}

/// A variant of `TimeFormat`, which the file imports.
pub(super) fn time_format(format: TimeFormat) -> TokenStream {
    match format {
        TimeFormat::BasicOffset => quote!(TimeFormat::BasicOffset),
        TimeFormat::Rfc3339 | TimeFormat::Local => quote!(TimeFormat::Rfc3339),
    }
}

/// An item under validation.
fn checked_item(item: &TypeRef) -> TokenStream {
    match item {
        TypeRef::Nullable(_) => quote!(v.nullable(item)),
        _ => quote!(v.item(item)),
    }
}

/// The check of a limit on a value of this type.
pub(super) fn constraint(constraint: &Constraint, ty: &TypeRef) -> TokenStream {
    match constraint {
        Constraint::Range(least, most) => {
            let range = range(least.map(int), most.map(int));
            quote!(.range(#range))
        }
        Constraint::RangeOr(least, most, others) => {
            let range = range(least.map(int), most.map(int));
            let others = others.iter().copied().map(int);
            quote!(.range_or(#range, &[#(#others),*]))
        }
        Constraint::MultipleOf(step) => {
            let step = int(*step);
            quote!(.multiple_of(#step))
        }
        Constraint::NumberRange(least, most) => {
            let range = range(least.map(number), most.map(number));
            quote!(.range(#range))
        }
        Constraint::Above(low) => {
            let low = number(*low);
            quote!(.exclusive_min(#low))
        }
        Constraint::Below(high) => {
            let high = number(*high);
            quote!(.exclusive_max(#high))
        }
        Constraint::Step(step) => {
            let step = number(*step);
            quote!(.multiple_of(#step))
        }
        Constraint::Integers(values) => {
            let values = values.iter().copied().map(int);
            quote!(.values(&[#(#values),*]))
        }
        Constraint::Numbers(values) => {
            let values = values.iter().copied().map(number);
            quote!(.values(&[#(#values),*]))
        }
        Constraint::Only(value) => quote!(.values(&[#value])),
        Constraint::Length(least, most) => {
            let range = range(least.map(count), most.map(count));
            quote!(.length(#range))
        }
        Constraint::Items(least, most) => {
            let range = range(least.map(count), most.map(count));
            quote!(.items(#range))
        }
        Constraint::First(class) => quote!(.first(#class)),
        Constraint::Chars(class) => quote!(.chars(#class)),
        Constraint::NoChars(class) => quote!(.no_chars(#class)),
        Constraint::NotPrefix(prefix) => quote!(.not_prefix(#prefix)),
        Constraint::OneOf(values) => quote!(.one_of(&[#(#values),*])),
        Constraint::FullHours => quote!(.full_hours()),
        Constraint::UtcOffset => quote!(.utc_offset()),
        Constraint::WeekDays => quote!(.week_days()),
        Constraint::HourWindow(step) => {
            let step = proc_macro2::Literal::u32_unsuffixed(*step);
            quote!(.hour_window(#step))
        }
        Constraint::Date => quote!(.date()),
        Constraint::Unique => quote!(.unique()),
        Constraint::Each(inner) => {
            let of = ty.item().unwrap_or(ty);
            let calls = inner.iter();
            let calls = calls.map(|limit| self::constraint(limit, of.given()));
            let item = checked_item(of);
            quote!(.each(|v, item| { #item #(#calls)*; }))
        }
    }
}

/// When others are needed, for the one who reads the violation.
fn when_words(member: &str, when: &When) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match when {
        When::Given => format!("with `{member}`"),
        When::Is(value) => format!("when `{member}` is `{}`", plain(value)),
        When::IsNot(value) => format!("unless `{member}` is `{}`", plain(value)),
    }
}

fn int(value: i64) -> TokenStream {
    let literal = proc_macro2::Literal::i64_unsuffixed(value);
    quote!(#literal)
}

fn number(value: f64) -> TokenStream {
    let literal = proc_macro2::Literal::f64_unsuffixed(value);
    quote!(#literal)
}

fn count(value: u64) -> TokenStream {
    let literal = proc_macro2::Literal::u64_unsuffixed(value);
    quote!(#literal)
}

fn range(least: Option<TokenStream>, most: Option<TokenStream>) -> TokenStream {
    match (least, most) {
        (Some(least), Some(most)) => quote!(#least..=#most),
        (Some(least), None) => quote!(#least..),
        (None, Some(most)) => quote!(..=#most),
        (None, None) => quote!(..),
    }
}
