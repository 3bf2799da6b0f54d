//! `x-paging` to [`Paging`].

use serde_json::Value as Json;

use super::{Reader, Why, count, text, texts};
use crate::ir::{Constraint, Field, Next, Paging, PagingStyle, Place, Reply, Shape, TypeRef};

impl<'a> Reader<'a> {
    pub(super) fn paging(&self, value: &'a Json) -> Result<Paging, Why> {
        let members: Vec<&Field> = self.operation.reply.fields().iter().collect();
        let wire = match &self.operation.reply {
            Reply::Whole(field) => field.wire.as_str(),
            _ => text(value, "items").ok_or("`items` is missing")?,
        };
        let items = self.path(&members, wire)?;
        let TypeRef::List(item) = &items.ty else {
            return Err(format!("`{wire}` is no list"));
        };
        let item = (**item).clone();
        let entry = self.members_of(&item);
        let id = texts(value, "id");
        let id = id.into_iter().map(|wire| self.path(&entry, wire));
        let id: Vec<_> = id.collect::<Result<_, _>>()?;
        if let Some(path) = id.iter().find(|path| !self.tells_apart(&path.ty)) {
            return Err(format!("`{}` can't tell entries apart", path.wire));
        }
        let position = self.query_input(value, "position")?;
        let size = self.query_input(value, "size")?;
        let style = self.style(value, position)?;
        if style == PagingStyle::LastId && id.len() != 1 {
            return Err("the id that carries on is one member".to_owned());
        }
        let clears = texts(value, "clears");
        let clears = clears.into_iter().map(|wire| self.query_named(wire));
        let number = |ty: &TypeRef| matches!(ty, TypeRef::Integer | TypeRef::Text);
        Ok(Paging {
            total: self.path_at(value, "total", &members, number)?,
            next: self.next(value, &style, &members)?,
            clears: clears.collect::<Result<_, _>>()?,
            page_size: count(value, "page_size"),
            least_page_size: match style {
                PagingStyle::Number { .. } => size.and_then(|size| self.least_size(size)),
                _ => None,
            },
            default_page_size: size.and_then(|size| self.default_size(size)),
            style,
            items,
            item,
            id,
            position,
            size,
        })
    }

    fn style(&self, value: &Json, position: Option<usize>) -> Result<PagingStyle, Why> {
        let style = text(value, "style").ok_or("`style` is missing")?;
        if style == "whole" {
            return match position {
                Some(_) => Err("a whole list has no `position`".to_owned()),
                None => Ok(PagingStyle::Whole),
            };
        }
        let position = position.ok_or("`position` is missing")?;
        let input = &self.operation.inputs[position].field;
        let is_integer = input.ty == TypeRef::Integer;
        if !is_integer && input.ty != TypeRef::Text {
            return Err(format!("`{}` can't be a position", input.wire));
        }
        let link = || {
            text(value, "link_parameter")
                .unwrap_or(&input.wire)
                .to_owned()
        };
        match style {
            "offset" => Ok(PagingStyle::Offset),
            "number" => Ok(PagingStyle::Number {
                first: count(value, "first").unwrap_or(1),
            }),
            "link" if is_integer => Ok(PagingStyle::LinkOffset(link())),
            "link" => Ok(PagingStyle::LinkMarker(link())),
            "last_id" | "marker" if is_integer => {
                Err(format!("`{}` can't be a marker", input.wire))
            }
            "last_id" => Ok(PagingStyle::LastId),
            "marker" => Ok(PagingStyle::Marker),
            other => Err(format!("there is no style `{other}`")),
        }
    }

    fn next(
        &self,
        value: &Json,
        style: &PagingStyle,
        members: &[&'a Field],
    ) -> Result<Option<Next>, Why> {
        let may_be_list = match style {
            PagingStyle::Marker => false,
            PagingStyle::LinkMarker(_) | PagingStyle::LinkOffset(_) => true,
            _ => return Ok(None),
        };
        let any = |_: &TypeRef| true;
        let path = self.path_at(value, "next", members, any)?;
        let path = path.ok_or("`next` is missing")?;
        match &path.ty {
            TypeRef::Text => Ok(Some(Next::Text(path))),
            TypeRef::List(link) if may_be_list => {
                let link = self.members_of(link);
                let (rel, href) = (self.path(&link, "rel")?, self.path(&link, "href")?);
                if rel.ty != TypeRef::Text || href.ty != TypeRef::Text {
                    return Err("`rel` and `href` of a link are texts".to_owned());
                }
                let list = path;
                Ok(Some(Next::Links { list, rel, href }))
            }
            _ => Err(format!("`{}` leads nowhere", path.wire)),
        }
    }

    fn query_input(&self, value: &Json, key: &str) -> Result<Option<usize>, Why> {
        let name = text(value, key);
        let input = name.map(|name| self.query_named(name)).transpose()?;
        let Some(index) = input.filter(|_| key == "size") else {
            return Ok(input);
        };
        let ty = &self.operation.inputs[index].field.ty;
        match *ty == TypeRef::Integer || self.is_text(ty) {
            true => Ok(input),
            false => Err("`size` is no number, text or enum".to_owned()),
        }
    }

    fn query_named(&self, wire: &str) -> Result<usize, Why> {
        let mut inputs = self.operation.inputs.iter();
        let found = inputs.position(|input| {
            matches!(input.place, Place::Query | Place::Body) && input.field.wire == wire
        });
        found.ok_or_else(|| format!("there is no query parameter `{wire}`"))
    }

    fn default_size(&self, size: usize) -> Option<u64> {
        let default = self.operation.inputs[size].field.docs.default.as_ref()?;
        default.parse().ok()
    }

    /// The smallest page that may be asked for; the largest one where only some sizes are allowed.
    fn least_size(&self, size: usize) -> Option<u64> {
        let field = &self.operation.inputs[size].field;
        let largest = |values: &[&str]| values.iter().flat_map(|value| value.parse().ok()).max();
        if let TypeRef::Named(id) = &field.ty
            && let Shape::OpenEnum(values) = &self.api.get(*id).shape
        {
            let wires: Vec<&str> = values.iter().map(|value| &*value.wire).collect();
            return largest(&wires);
        }
        let least = field.constraints.iter().find_map(|limit| match limit {
            Constraint::Range(least, _) => u64::try_from((*least)?).ok(),
            Constraint::OneOf(values) => {
                largest(&values.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => None,
        });
        least.filter(|least| *least > 1)
    }

    fn tells_apart(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Integer | TypeRef::Timestamp(_)) || self.is_text(ty)
    }
}
