//! Types that changed without a change on the wire that callers could see: what
//! was promised stays.

use super::Retain;
use crate::ir::{Field, TypeRef};
use crate::outline::TypeText;

impl Retain<'_> {
    /// Gives a member the promised type, where that can hold what the spec says
    /// now. Where it can't, the settling of names says so.
    pub(super) fn keep_type(&mut self, field: &mut Field, was: &TypeText, is_reply: bool) {
        if self.names.text(&field.ty) == *was {
            return;
        }
        if let Some(ty) = self.kept(&field.ty, was, is_reply) {
            // A text that became an enum stays text, of which some values are allowed.
            if let (TypeRef::Named(id), TypeRef::Text) = (&field.ty, &ty) {
                field.constraints.extend(self.values_of(*id));
            }
            field.ty = ty;
        }
    }

    fn kept(&self, now: &TypeRef, was: &TypeText, is_reply: bool) -> Option<TypeRef> {
        match (now, was) {
            (TypeRef::List(now), TypeText::List(was)) => {
                let kept = self.kept(now, was, is_reply)?;
                Some(TypeRef::List(Box::new(kept)))
            }
            (TypeRef::Nullable(now), TypeText::Nullable(was)) => {
                let kept = self.kept(now, was, is_reply)?;
                Some(TypeRef::Nullable(Box::new(kept)))
            }
            (TypeRef::Timestamp(_) | TypeRef::Secret, TypeText::Name(was)) if was == "String" => {
                Some(TypeRef::Text)
            }
            (TypeRef::Named(id), TypeText::Name(was)) if was == "String" => {
                self.values_of(*id).map(|_| TypeRef::Text)
            }
            (TypeRef::Text, TypeText::Name(was)) if was == "Secret" => Some(TypeRef::Secret),
            // An open enum and a time hold any text. A time that is sent is written in a form that
            // the spec no longer tells.
            (TypeRef::Text, TypeText::Name(was)) if self.promised.enums.contains_key(was) => {
                self.ids.get(was).map(|id| TypeRef::Named(*id))
            }
            (TypeRef::Text, TypeText::Name(was)) if was == "Timestamp" && is_reply => {
                Some(TypeRef::Timestamp(self.times))
            }
            _ => None,
        }
    }
}
