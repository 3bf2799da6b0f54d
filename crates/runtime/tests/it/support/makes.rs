//! A write whose work a list shows, in the shape of generated ones.

use std::borrow::Cow;

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::finding::Findable;
use cloudbackup_core::operation::{ClientValue, Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::paging::{PageParts, Paged, Paging, Position};
use cloudbackup_core::{Timestamp, Validate, Validator};
use serde::{Deserialize, Deserializer};

use super::{Step, Thing, reply};

const PROJECT: &[ClientValue] = &[ClientValue::path("project_id", "project_id")];

/// Makes a thing of this name.
#[derive(Clone, Debug)]
pub(crate) struct MakeThing {
    pub(crate) name: Option<String>,
}

/// The things of this name.
#[derive(Clone, Debug)]
pub(crate) struct ListThings {
    name: Option<String>,
    marker: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ListThingsOutput {
    #[serde(default)]
    things: Option<Vec<Listed>>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Listed {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) created_at: Option<Timestamp>,
}

impl MakeThing {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: Some(name.into()),
        }
    }
}

impl Validate for MakeThing {
    fn validate(&self, v: &mut Validator) {
        v.place("body", |v| {
            v.member("name", &self.name).length(1..=64);
        });
    }
}

impl Validate for ListThings {
    fn validate(&self, _: &mut Validator) {}
}

impl Lenient for ListThingsOutput {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Operation for MakeThing {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "make_thing",
        Method::Post,
        "/v3/{project_id}/things",
    )
    .client_values(PROJECT);
    type Output = Thing;

    fn encode(&self, request: &mut RequestParts) {
        request.body().always().member("name", &self.name);
    }
}

impl Operation for ListThings {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "list_things",
        Method::Get,
        "/v3/{project_id}/things",
    )
    .client_values(PROJECT);
    type Output = ListThingsOutput;

    fn encode(&self, request: &mut RequestParts) {
        request.query("name", &self.name);
        request.query("marker", &self.marker);
    }
}

impl Paged for ListThings {
    type Item = Listed;
    const PAGING: Paging = Paging::marker();

    fn position(&self) -> Option<Position> {
        self.marker.clone().map(Position::Marker)
    }

    fn set_position(&mut self, position: &Position) {
        self.marker = position.as_marker().map(Into::into);
    }

    fn page_size(&self) -> Option<u64> {
        None
    }

    fn set_page_size(&mut self, _: u64) {}

    fn page(output: ListThingsOutput) -> PageParts<Listed> {
        PageParts::new(output.things).next(output.next)
    }

    fn id(item: &Listed) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&item.id))
    }
}

impl Findable for MakeThing {
    type List = ListThings;

    fn list(&self) -> Option<ListThings> {
        let name = self.name.clone();
        name.is_some().then_some(ListThings { name, marker: None })
    }

    fn is_match(&self, item: &Listed) -> bool {
        item.name == self.name
    }

    fn created(item: &Listed) -> Option<&Timestamp> {
        item.created_at.as_ref()
    }
}

/// A page of the list at this date of the server: pairs of id and time, all of the name `n1`.
pub(crate) fn things(date: &str, entries: &[(&str, &str)], next: Option<&str>) -> Step {
    let entries: Vec<_> = entries
        .iter()
        .map(|(id, time)| match *time {
            "" => format!(r#"{{"id":"{id}","name":"n1"}}"#),
            time => format!(r#"{{"id":"{id}","name":"n1","created_at":"{time}"}}"#),
        })
        .collect();
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let body = format!(r#"{{"things":[{}],"next":{next}}}"#, entries.join(","));
    let headers = [("Date", date)];
    let headers = if date.is_empty() {
        &headers[..0]
    } else {
        &headers
    };
    Step::Send(reply(200, headers, body))
}
