//! A backup service behind the front: which operation is meant, who may call it, and what its
//! handler makes of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudbackup_core::operation::{OperationInfo, Place};
use cloudbackup_core::server::{Failure, Received, Route, Server};
use http::Method;

use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::front::{Circumstances, Service};
use crate::http::{Answer, Request, decoded};
use crate::iam::Grant;
use crate::refusal::{ErrorShape, Refusal};
use crate::state::Archive;
#[cfg(feature = "state")]
use crate::state::{Known, Loader, Part};

/// What a handler knows of a call besides its input.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The project that is acted on, and with it the region.
    pub(crate) project_id: String,
    pub(crate) now: Moment,
    /// What the call starts will fail.
    pub(crate) fails: bool,
    pub(crate) cloud: Arc<Cloud>,
}

/// The behaviour of a service: its state, and handlers that work on it.
pub(crate) trait Behaviour: Server<Call = Call, Refusal = Refusal> + Send + Sized {
    /// Its name in the specs.
    const NAME: &'static str;
    /// The shape of its errors.
    const ERRORS: ErrorShape;
    /// Its code for a request that breaks a limit.
    const INVALID: &'static str;

    /// The shape of an operation's errors, for a service with more than one.
    fn errors(_operation: &OperationInfo) -> ErrorShape {
        Self::ERRORS
    }

    /// The code for a request to an operation that breaks a limit, for a service with more than
    /// one.
    fn invalid(_operation: &OperationInfo) -> &'static str {
        Self::INVALID
    }

    /// The state at the start.
    fn new(cloud: &Arc<Cloud>) -> Self;

    /// All routes.
    fn routes() -> Vec<Route<Self>>;

    /// Brings about everything that was due until now.
    fn settle(&mut self, now: Moment);

    /// Whether anything was due until now.
    fn is_due(&self, now: Moment) -> bool;

    /// Goes through all members of the state, to save or to load them.
    fn archive(&mut self, archive: &mut impl Archive);
}

/// A service with its state.
pub(crate) struct Gateway<B: Behaviour> {
    cloud: Arc<Cloud>,
    routes: Vec<Route<B>>,
    state: Arc<Mutex<B>>,
}

impl<B: Behaviour> Gateway<B> {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self {
            routes: B::routes(),
            state: Arc::new(Mutex::new(B::new(&cloud))),
            cloud,
        }
    }

    /// Works on the state as it is now. Whether the work may change it is told before, since it
    /// cannot be seen.
    pub(crate) fn with_state<T>(&self, changes: bool, work: impl FnOnce(&mut B) -> T) -> T {
        let mut state = locked(&self.state);
        let now = self.cloud.clock.now();
        let changes = changes || state.is_due(now);
        state.settle(now);
        let done = work(&mut state);
        if changes {
            self.cloud.mark(B::NAME);
        }
        done
    }

    /// Looks at the state as it is now.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&B) -> T) -> T {
        look(&locked(&self.state))
    }

    /// Puts what was saved in the place of the state, and returns what is needed to save it again;
    /// or the row that is wrong, and why.
    #[cfg(feature = "state")]
    pub(crate) fn part(&self, saved: Option<Loader>) -> Result<Part, (String, String)>
    where
        B: 'static,
    {
        let known = match saved {
            Some(mut loader) => {
                locked(&self.state).archive(&mut loader);
                loader.done()?
            }
            None => Known::default(),
        };
        let state = Arc::clone(&self.state);
        Ok(Part {
            name: B::NAME,
            known,
            archive: Box::new(move |saver| locked(&state).archive(saver)),
        })
    }

    /// Operations without behaviour.
    pub(crate) fn missing() -> Vec<String> {
        let routes = B::routes().into_iter();
        routes
            .filter(|route| !route.has_behaviour())
            .map(|route| format!("{} {}", B::NAME, route.info().name()))
            .collect()
    }

    fn route(&self, operation: &str) -> Result<&Route<B>, Refusal> {
        let mut routes = self.routes.iter();
        let found = routes.find(|route| route.info().name() == operation);
        found.ok_or_else(Refusal::no_such_api)
    }

    /// The project of a call: the one in its path, or that of its token.
    fn project(
        &self,
        info: &OperationInfo,
        path: &[(String, String)],
        grant: &Grant,
        request: &Request,
    ) -> Result<String, Refusal> {
        let held = info.values_from_client().iter();
        let mut held = held.filter(|value| value.place() == Place::Path);
        let name = held.find(|value| value.held() == "project_id");
        let in_path = name.and_then(|value| path.iter().find(|(name, _)| name == value.wire()));
        let project = match (in_path, grant) {
            (Some((_, id)), _) => id.clone(),
            (None, Grant::Project(id)) => id.clone(),
            (None, Grant::Domain) => request
                .header("x-project-id")
                .unwrap_or_default()
                .to_owned(),
        };
        if !grant.covers(&project) || self.cloud.region_of(&project).is_none() {
            let message = "the credentials are not for this project";
            return Err(Refusal::new(403, "APIG.0802", message));
        }
        Ok(project)
    }
}

impl<B: Behaviour> Service for Gateway<B> {
    fn name(&self) -> &'static str {
        B::NAME
    }

    fn errors(&self, operation: Option<&str>) -> ErrorShape {
        let route = operation.and_then(|name| self.route(name).ok());
        route.map_or(B::ERRORS, |route| B::errors(route.info()))
    }

    fn operation(&self, request: &Request) -> Result<&'static str, Refusal> {
        let mut other_method = false;
        let mut found: Option<&OperationInfo> = None;
        for route in &self.routes {
            let info = route.info();
            if segments(info.path(), &request.path).is_none() {
                continue;
            }
            if info.method().as_str() != request.method.as_str() {
                other_method = true;
                continue;
            }
            // A fixed segment goes before a parameter in its place.
            let is_closer = |now: &OperationInfo| info.path() < now.path();
            if found.is_none_or(is_closer) {
                found = Some(info);
            }
        }
        match found {
            Some(info) => Ok(info.name()),
            None if other_method => Err(Refusal::no_such_method()),
            None => Err(Refusal::no_such_api()),
        }
    }

    fn perform(
        &self,
        operation: &str,
        request: &Request,
        circumstances: &Circumstances,
    ) -> Result<Answer, Refusal> {
        let route = self.route(operation)?;
        let now = self.cloud.clock.now();
        let wall = circumstances.wall_seconds();
        let grant = self.cloud.iam().grant(request, now, wall)?;
        let path = segments(route.info().path(), &request.path).unwrap_or_default();
        let path: Option<Vec<(String, String)>> = path
            .into_iter()
            .map(|(name, text)| Some((name.to_owned(), decoded(text)?)))
            .collect();
        let path = path.ok_or_else(|| Refusal::unreadable("path"))?;
        let query = request.query_pairs();
        let query = query.ok_or_else(|| Refusal::unreadable("query"))?;
        let call = Call {
            project_id: self.project(route.info(), &path, &grant, request)?,
            now,
            fails: circumstances.fails,
            cloud: Arc::clone(&self.cloud),
        };
        let received = Received::new(path, query, request.header_pairs(), request.body.to_vec());
        let changes = request.method != Method::GET;
        let answered = self.with_state(changes, |state| route.answer(state, &call, received));
        match answered {
            Ok(reply) => Ok(Answer {
                body: reply.body,
                ..Answer::empty(reply.status)
            }),
            Err(Failure::Refused(refusal)) => Err(refusal),
            Err(Failure::Invalid(violations)) => {
                Err(Refusal::invalid(B::invalid(route.info()), &violations))
            }
            Err(Failure::NoBehaviour) => {
                let message = format!("the sandbox has no behaviour for {} {operation}", B::NAME);
                Err(Refusal::new(501, "Sandbox.0501", message))
            }
            Err(Failure::Faulty(what)) => Err(Refusal::new(500, "Sandbox.0500", what)),
        }
    }
}

fn locked<B>(state: &Mutex<B>) -> MutexGuard<'_, B> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parameters of a template in a path, still encoded; `None` where the path is another one.
fn segments<'p>(template: &'p str, path: &'p str) -> Option<Vec<(&'p str, &'p str)>> {
    let mut found = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(wanted), Some(given)) => {
                let name = wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}'));
                match name {
                    Some(_) if given.is_empty() => return None,
                    Some(name) => found.push((name, given)),
                    None if wanted == given => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn templates_meet_paths_segment_by_segment() {
        let template = "/v3/{project_id}/backups/{backup_id}";
        let found = segments(template, "/v3/p%2F1/backups/b");
        assert_eq!(
            found,
            Some(vec![("project_id", "p%2F1"), ("backup_id", "b")])
        );
        for path in [
            "/v3/p/backups",
            "/v3/p/backups/",
            "/v3//backups/b",
            "/v3/p/backups/b/",
            "",
            "*",
        ] {
            assert_eq!(segments(template, path), None, "{path}");
        }
    }
}
