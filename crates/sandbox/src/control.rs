//! The control endpoint, for those who cannot call [`Sandbox`](crate::Sandbox) itself.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | tells addresses, projects, the clock, what is there from the start, faults to come and operations without behaviour |
//! | `GET /credentials` | tells what can be signed in with, and a token for each region |
//! | `POST /faults` | adds a fault, see below |
//! | `DELETE /faults` | forgets all faults |
//! | `POST /clock` | moves the clock: `{"advance_seconds": 60}` |
//!
//! A fault is an object with `fault`, one of `latency`, `too_many_requests`, `unavailable`,
//! `reset_before_effect`, `reset_after_effect`, `truncated_body`, `expired_token`, `clock_skew` and
//! `failed_job`; `seconds` for those that need a time; and where wanted `service`, `operation`,
//! `times` and `skip`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cloud::{Cloud, SHARED};
use crate::fault::Fault;
use crate::http::{Answer, Handle, Request};
use crate::inventory::Inventory;
use crate::log::Entry;
use crate::refusal::{ErrorShape, Refusal};

/// The control endpoint.
pub(crate) struct Control {
    cloud: Arc<Cloud>,
    inventory: Inventory,
    /// Operations without behaviour.
    missing: Vec<String>,
}

impl Control {
    pub(crate) fn new(cloud: Arc<Cloud>, inventory: Inventory, missing: Vec<String>) -> Self {
        Self {
            cloud,
            inventory,
            missing,
        }
    }

    fn answer(&self, request: &Request) -> Result<Answer, Refusal> {
        match (request.method.clone(), request.path.as_str()) {
            (Method::GET, "/") => Ok(Answer::json(200, self.overview(request))),
            (Method::GET, "/credentials") => Ok(Answer::json(200, self.credentials())),
            (Method::POST, "/faults") => {
                let fault: FaultRequest = read(request)?;
                self.cloud.faults.add(fault.into_fault()?);
                Ok(Answer::json(200, self.overview(request)))
            }
            (Method::DELETE, "/faults") => {
                self.cloud.faults.clear();
                Ok(Answer::json(200, self.overview(request)))
            }
            (Method::POST, "/clock") => {
                let clock: ClockRequest = read(request)?;
                self.cloud.advance(seconds(clock.advance_seconds)?);
                Ok(Answer::json(200, self.overview(request)))
            }
            (_, "/" | "/credentials" | "/faults" | "/clock") => Err(Refusal::no_such_method()),
            _ => Err(Refusal::no_such_api()),
        }
    }

    fn overview(&self, request: &Request) -> Value {
        let names = self.cloud.addresses().keys();
        let endpoints: serde_json::Map<String, Value> = names
            .map(|name| ((*name).to_owned(), self.cloud.base(name, request).into()))
            .collect();
        let regions = self.cloud.regions.iter();
        let projects: serde_json::Map<String, Value> = regions
            .map(|region| (region.name.clone(), region.project_id.clone().into()))
            .collect();
        json!({
            "endpoints": endpoints,
            "projects": projects,
            "inventory": self.inventory,
            "clock": self.cloud.clock.now().with_micros(),
            "faults": self.cloud.faults.describe(),
            "without_behaviour": self.missing,
        })
    }
}

impl Control {
    fn credentials(&self) -> Value {
        let regions = self.cloud.regions.iter();
        let tokens: serde_json::Map<String, Value> = regions
            .map(|region| (region.name.clone(), self.cloud.token(region).into()))
            .collect();
        let iam = self.cloud.iam();
        let known = iam.credentials();
        json!({
            "domain_name": known.domain_name,
            "domain_id": known.domain_id,
            "user_name": known.user_name,
            "password": known.password.expose(),
            "access_key": known.access_key,
            "secret_key": known.secret_key.expose(),
            "tokens": tokens,
        })
    }
}

impl Handle for Control {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            let entry = Entry::begin();
            let answered = self.answer(&request);
            let saved = self.cloud.saved(SHARED).await;
            let unsaved = |why: Arc<str>| Refusal::new(500, "Sandbox.0500", why.as_ref());
            let answered = saved.map_err(unsaved).and(answered);
            let answer = answered.unwrap_or_else(|refusal| {
                Answer::json(refusal.status, ErrorShape::Flat.body(&refusal))
            });
            if let Some(log) = self.cloud.log() {
                entry.end(log, "control", operation(&request), &answer);
            }
            answer
        })
    }

    fn unread(&self, answer: &Answer) {
        if let Some(log) = self.cloud.log() {
            Entry::begin().end(log, "control", None, answer);
        }
    }
}

/// What a request is called in the log.
fn operation(request: &Request) -> Option<&'static str> {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => Some("show_overview"),
        ("GET", "/credentials") => Some("show_credentials"),
        ("POST", "/faults") => Some("add_fault"),
        ("DELETE", "/faults") => Some("clear_faults"),
        ("POST", "/clock") => Some("advance_clock"),
        _ => None,
    }
}

/// By way of an object: derived types would take a list of their values as well.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    let members = serde_json::from_slice(&request.body);
    members
        .and_then(|members| serde_json::from_value(Value::Object(members)))
        .map_err(|error| bad(format!("cannot be read: {error}")))
}

fn bad(message: String) -> Refusal {
    Refusal::new(400, "Sandbox.0400", message)
}

fn seconds(seconds: f64) -> Result<Duration, Refusal> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| bad("seconds must be a number that is not negative".to_owned()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    advance_seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRequest {
    fault: String,
    seconds: Option<f64>,
    service: Option<String>,
    operation: Option<String>,
    #[serde(default = "one")]
    times: u32,
    #[serde(default)]
    skip: u32,
}

fn one() -> u32 {
    1
}

impl FaultRequest {
    fn into_fault(self) -> Result<Fault, Refusal> {
        let given = || {
            let missing = || bad(format!("`{}` needs `seconds`", self.fault));
            self.seconds.ok_or_else(missing)
        };
        let fault = match self.fault.as_str() {
            "latency" => Fault::latency(seconds(given()?)?),
            "too_many_requests" => Fault::too_many_requests(seconds(given()?)?),
            "unavailable" => Fault::unavailable(),
            "reset_before_effect" => Fault::reset_before_effect(),
            "reset_after_effect" => Fault::reset_after_effect(),
            "truncated_body" => Fault::truncated_body(),
            "expired_token" => Fault::expired_token(),
            // A float becomes the nearest integer there is.
            "clock_skew" => Fault::clock_skew(given()? as i64),
            "failed_job" => Fault::failed_job(),
            other => return Err(bad(format!("there is no fault `{}`", other.escape_debug()))),
        };
        let fault = match (self.service, self.operation) {
            (Some(service), Some(operation)) => fault.on(service, operation),
            (Some(service), None) => fault.on_service(service),
            (None, Some(_)) => return Err(bad("an operation needs its `service`".to_owned())),
            (None, None) => fault,
        };
        Ok(fault.times(self.times).skip(self.skip))
    }
}
