//! Uses everything that was promised.
#![allow(deprecated, dead_code, unused_imports, unused_variables, unused_mut, clippy::all)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use cloudbackup_core::de::Lenient;
use cloudbackup_core::{Json, MissingMember, OpenEnum, Secret, Timestamp};
use cloudbackup_runtime::{Error, PreparedRequest, RetryConfig, Sending, SendingWithResponse};
use shelf_client::*;

fn show<O>(out: &mut String, request: Result<PreparedRequest<O>, Error>)
where
    PreparedRequest<O>: std::fmt::Display,
{
    let shown = match request {
        Ok(request) => request.to_string(),
        Err(error) => error.to_string(),
    };
    // A line for each request, whatever it holds.
    out.push_str(&shown.replace('\n', "\u{1f}"));
    out.push('\n');
}

/// Tells of a value what a caller of the first version knows of it. `Debug` would tell more.
trait Note {
    fn note(&self, out: &mut String, name: &str);
}

macro_rules! plain {
    ($($ty:ty)*) => { $(
        impl Note for $ty {
            fn note(&self, out: &mut String, name: &str) {
                out.push_str(&format!("{name} {self:?}\n"));
            }
        }
    )* };
}

plain! { String i64 f64 bool Timestamp Secret Json }

impl<T: Note> Note for Option<T> {
    fn note(&self, out: &mut String, name: &str) {
        match self {
            Some(value) => value.note(out, name),
            None => out.push_str(&format!("{name} is absent\n")),
        }
    }
}

impl<T: Note> Note for Box<T> {
    fn note(&self, out: &mut String, name: &str) {
        (**self).note(out, name);
    }
}

impl<T: Note> Note for Vec<T> {
    fn note(&self, out: &mut String, name: &str) {
        out.push_str(&format!("{name} has {}\n", self.len()));
        self.iter().for_each(|value| value.note(out, name));
    }
}

impl<T: Note> Note for BTreeMap<String, T> {
    fn note(&self, out: &mut String, name: &str) {
        for (key, value) in self {
            value.note(out, &format!("{name}[{key}]"));
        }
    }
}

/// What goes onto the wire, and what is read from it.
pub fn all() -> [String; 2] {
    let builder = Client::builder().endpoint("http://127.0.0.1:9").project_id("p-1");
    let client = builder.token("token-1").build().expect("the client can be built");
    [requests(&client), replies()]
}

fn decode<T: Lenient>(text: &str) -> T {
    let value: Json = text.parse().expect("the sample is JSON");
    T::lenient(value).expect("the sample is a reply")
}

