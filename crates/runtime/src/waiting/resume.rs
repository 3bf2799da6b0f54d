//! Waiting on with a handle: whether a client is the right one for it.

use cloudbackup_core::operation::{Operation, Place as InRequest};
use cloudbackup_core::waiting::Waits;

use super::handle::{Place, WaitHandle};
use super::waiter::{Begun, Waiter};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::service::{Service, ServiceClient};
use crate::text::printable;

/// Longest id or address of a handle shown.
const SHOWN_ID: usize = 128;

impl<O: Operation + Waits> WaitHandle<O> {
    /// Goes on waiting, with this client. Nothing is sent yet, and the grace in which the service
    /// may not know it yet still counts from the start.
    ///
    /// Questions are sent for the project of the handle.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for the handle of another operation or
    /// service, and for one of another project or region than the client's: there the same id means
    /// something else, or nothing. A project that the call itself had named is not compared.
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation) for a subject that cannot be asked
    /// about.
    pub fn resume<C: ServiceClient>(&self, client: &C) -> Result<Waiter<O>, Error> {
        let runtime = client.runtime();
        self.check(runtime, C::SERVICE).map_err(|text| {
            let text = runtime.settings().masked(text);
            let error = Error::config(text).with_operation(&O::INFO);
            error.without_effect()
        })?;
        let mut call = runtime.call();
        call.project_id.clone_from(&self.stored.project_id);
        call.clone()
            .prepare(O::probe(&self.stored.subject))
            .map(drop)
            .map_err(Error::without_effect)?;
        let clock = &runtime.settings().clock;
        let begun = Begun {
            at: clock.now(),
            age: self.stored.age(clock.wall()),
            is_fresh: false,
        };
        Ok(Waiter::new(self.clone(), call, begun))
    }

    /// The error says why the client cannot go on with this handle.
    fn check(&self, client: &Client, service: Service) -> Result<(), String> {
        let stored = &self.stored;
        let (own, operation) = (&O::INFO, O::INFO.name());
        for (found, expected, what) in [
            (stored.service.as_str(), own.service(), "service"),
            (own.service(), service.name(), "service"),
            (stored.operation.as_str(), operation, "operation"),
        ] {
            if found != expected {
                return Err(format!(
                    "the handle is one of the {what} {}, not of {expected}",
                    printable(found, SHOWN_ID)
                ));
            }
        }
        if !is_at(&stored.place, client, service) {
            return Err(format!(
                "the handle is one of {}, and the client calls {}",
                words(&stored.place),
                client.region().unwrap_or(client.endpoint())
            ));
        }
        self.check_project(client)
    }

    fn check_project(&self, client: &Client) -> Result<(), String> {
        let Some(own) = client.project_id() else {
            return Ok(());
        };
        let held = O::Probe::INFO.values_from_client();
        let is_asked_for = held
            .iter()
            .any(|value| value.place() == InRequest::Path && value.held() == "project_id");
        match self.project_id() {
            _ if self.stored.project_of_call => Ok(()),
            Some(project) if project != own => Err(format!(
                "the handle is one of the project {}, and the client's is {own}",
                printable(project, SHOWN_ID)
            )),
            // Its project was found when it was sent, and need not be this one.
            None if is_asked_for => Err(format!(
                "the handle does not say of which project it is, and the client's is {own}"
            )),
            _ => Ok(()),
        }
    }
}

/// Whether a client calls there. A region and its own endpoint are the same place.
fn is_at(place: &Place, client: &Client, service: Service) -> bool {
    match (place, client.region()) {
        (Place::Region(region), Some(own)) => region == own,
        (Place::Region(region), None) => service
            .endpoint_of(region)
            .is_some_and(|endpoint| is_endpoint(endpoint, client)),
        (Place::Endpoint(endpoint), _) => is_endpoint(endpoint, client),
    }
}

fn is_endpoint(text: &str, client: &Client) -> bool {
    Endpoint::parse(text).is_ok_and(|endpoint| endpoint.base() == client.endpoint())
}

fn words(place: &Place) -> String {
    match place {
        Place::Region(region) => format!("the region {}", printable(region, SHOWN_ID)),
        Place::Endpoint(endpoint) => printable(endpoint, SHOWN_ID),
    }
}
