//! The calls of IAM that clients need to sign in and to find their way.

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::{Grant, Iam};
use super::catalog::{catalog, version};
use crate::cloud::{Cloud, IAM, Region};
use crate::front::{Circumstances, Service};
use crate::http::{Answer, Request};
use crate::refusal::{ErrorShape, Refusal};

/// IAM.
pub(crate) struct IamService {
    cloud: Arc<Cloud>,
}

impl IamService {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }
}

impl Service for IamService {
    fn name(&self) -> &'static str {
        IAM
    }

    fn errors(&self, _operation: Option<&str>) -> ErrorShape {
        ErrorShape::Titled
    }

    fn operation(&self, request: &Request) -> Result<&'static str, Refusal> {
        let path = request.path.trim_end_matches('/');
        let known: &[(Method, &'static str)] = match path {
            "" => &[(Method::GET, "list_versions")],
            "/v3" => &[(Method::GET, "show_version")],
            "/v3/auth/tokens" => &[
                (Method::POST, "create_token"),
                (Method::GET, "show_token"),
                (Method::DELETE, "delete_token"),
            ],
            "/v3/auth/catalog" => &[(Method::GET, "show_catalog")],
            "/v3/auth/projects" | "/v3/projects" => &[(Method::GET, "list_projects")],
            "/v3/auth/domains" => &[(Method::GET, "list_domains")],
            _ => return Err(Refusal::no_such_api()),
        };
        let found = known.iter().find(|(method, _)| *method == request.method);
        found
            .map(|(_, operation)| *operation)
            .ok_or_else(Refusal::no_such_method)
    }

    fn perform(
        &self,
        operation: &str,
        request: &Request,
        circumstances: &Circumstances,
    ) -> Result<Answer, Refusal> {
        match operation {
            "list_versions" => {
                let versions = json!({"versions": {"values": [version(&self.cloud, request)]}});
                Ok(Answer::json(300, versions))
            }
            "show_version" => {
                let version = json!({"version": version(&self.cloud, request)});
                Ok(Answer::json(200, version))
            }
            "create_token" => self.create_token(request),
            _ => {
                let now = self.cloud.clock.now();
                let wall = circumstances.wall_seconds();
                let grant = self.cloud.iam().grant(request, now, wall)?;
                self.perform_signed_in(operation, request, &grant)
            }
        }
    }
}

impl IamService {
    fn perform_signed_in(
        &self,
        operation: &str,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        match operation {
            "show_token" => self.show_token(request),
            "delete_token" => self.delete_token(request),
            "show_catalog" => {
                let project = match grant {
                    Grant::Project(id) => Some(id.as_str()),
                    Grant::Domain => None,
                };
                let body = json!({"catalog": catalog(&self.cloud, request, project)});
                Ok(Answer::json(200, body))
            }
            "list_projects" => self.list_projects(request),
            _ => {
                let iam = self.cloud.iam();
                let domain = json!({
                    "id": iam.credentials.domain_id,
                    "name": iam.credentials.domain_name,
                    "enabled": true,
                });
                Ok(Answer::json(200, json!({"domains": [domain]})))
            }
        }
    }

    fn create_token(&self, request: &Request) -> Result<Answer, Refusal> {
        let wanted: TokenRequest =
            serde_json::from_slice(&request.body).map_err(|error| unreadable(&error))?;
        let now = self.cloud.clock.now();
        let mut iam = self.cloud.iam();
        let known = wanted.auth.identity.is_proven(&iam, now)?;
        let grant = match &wanted.auth.scope {
            Some(scope) => scope.grant(&iam)?,
            None => known.clone().unwrap_or(Grant::Domain),
        };
        let method = if known.is_some() { "token" } else { "password" };
        let text = iam.issue(&self.cloud.ids, method, grant, now);
        let body = self.token_body(&iam, &text)?;
        drop(iam);
        let body = self.with_catalog(body, request, !leaves_catalog_out(request));
        Ok(Answer::json(201, body).header("x-subject-token", text))
    }

    fn show_token(&self, request: &Request) -> Result<Answer, Refusal> {
        let subject = request.header("x-subject-token").unwrap_or_default();
        let body = {
            let iam = self.cloud.iam();
            self.token_body(&iam, subject)
        };
        let body = body.map_err(|_| no_such_token())?;
        let answer = Answer::json(200, self.with_catalog(body, request, true));
        Ok(answer.header("x-subject-token", subject))
    }

    fn delete_token(&self, request: &Request) -> Result<Answer, Refusal> {
        let subject = request.header("x-subject-token").unwrap_or_default();
        let mut iam = self.cloud.iam();
        iam.token(subject, self.cloud.clock.now())
            .map_err(|_| no_such_token())?;
        iam.revoke(subject);
        Ok(Answer::empty(204))
    }

    fn token_body(&self, iam: &Iam, text: &str) -> Result<Value, Refusal> {
        let token = iam.token(text, self.cloud.clock.now())?;
        let credentials = &iam.credentials;
        let domain = json!({"id": credentials.domain_id, "name": credentials.domain_name});
        let mut body = json!({
            "methods": [token.method],
            "issued_at": token.issued.with_micros(),
            "expires_at": token.expires.with_micros(),
            "user": {
                "id": iam.user_id,
                "name": credentials.user_name,
                "domain": domain,
                "password_expires_at": "",
            },
            "roles": [{"id": "0", "name": "te_admin"}],
        });
        match &token.grant {
            Grant::Project(id) => {
                let name = self.cloud.region_of(id).map(|region| &region.name);
                body["project"] = json!({"id": id, "name": name, "domain": domain});
            }
            Grant::Domain => body["domain"] = domain,
        }
        Ok(json!({"token": body}))
    }

    fn with_catalog(&self, mut body: Value, request: &Request, wanted: bool) -> Value {
        let project = body["token"]["project"]["id"].as_str().map(str::to_owned);
        if wanted {
            body["token"]["catalog"] = catalog(&self.cloud, request, project.as_deref());
        }
        body
    }

    fn list_projects(&self, request: &Request) -> Result<Answer, Refusal> {
        let pairs = request.query_pairs();
        let pairs = pairs.ok_or_else(|| Refusal::unreadable("query"))?;
        let name = pairs.iter().find(|(name, _)| name == "name");
        let iam = self.cloud.iam();
        let projects = iam.projects.iter();
        let projects =
            projects.filter(|project| name.is_none_or(|(_, name)| *name == project.name));
        let projects: Vec<Value> = projects
            .map(|project| {
                json!({
                    "id": project.project_id,
                    "name": project.name,
                    "domain_id": iam.credentials.domain_id,
                    "parent_id": iam.credentials.domain_id,
                    "is_domain": false,
                    "enabled": true,
                    "description": "",
                })
            })
            .collect();
        Ok(Answer::json(200, json!({"projects": projects})))
    }
}

/// Any text after `nocatalog=` is a yes.
fn leaves_catalog_out(request: &Request) -> bool {
    let pairs = request.query_pairs().unwrap_or_default();
    let mut pairs = pairs.iter();
    pairs.any(|(name, value)| name == "nocatalog" && !value.is_empty())
}

/// Says where a body is wrong, but not what stands there: it may be a password.
fn unreadable(error: &serde_json::Error) -> Refusal {
    bad_request(format!(
        "the body is not what it should be at line {} column {}",
        error.line(),
        error.column()
    ))
}

fn no_such_token() -> Refusal {
    Refusal::new(404, "", "there is no such token")
}

fn bad_request(message: String) -> Refusal {
    Refusal::new(400, "", message)
}

#[derive(Deserialize)]
struct TokenRequest {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    identity: Identity,
    scope: Option<Scope>,
}

#[derive(Deserialize)]
struct Identity {
    methods: Vec<String>,
    password: Option<Password>,
    token: Option<Named>,
}

#[derive(Deserialize)]
struct Password {
    user: User,
}

#[derive(Deserialize)]
struct User {
    id: Option<String>,
    name: Option<String>,
    domain: Option<Named>,
    password: String,
}

#[derive(Deserialize)]
struct Scope {
    project: Option<Named>,
    domain: Option<Named>,
}

/// Something that is told by its id or its name.
#[derive(Deserialize)]
struct Named {
    id: Option<String>,
    name: Option<String>,
}

fn fits(given: &Option<String>, own: &str) -> bool {
    given.as_deref().is_none_or(|given| given == own)
}

impl Named {
    /// Whether what is given fits, and anything is given.
    fn is(&self, id: &str, name: &str) -> bool {
        (self.id.is_some() || self.name.is_some()) && fits(&self.id, id) && fits(&self.name, name)
    }
}

impl Identity {
    /// Who signs in is who they say, and what they may already do where a token says so.
    fn is_proven(&self, iam: &Iam, now: crate::clock::Moment) -> Result<Option<Grant>, Refusal> {
        match self.methods.first().map(String::as_str) {
            Some("password") => {
                let password = self.password.as_ref();
                let password =
                    password.ok_or_else(|| bad_request("no password is given".into()))?;
                match password.user.is(iam) {
                    true => Ok(None),
                    false => Err(Refusal::new(401, "", "The username or password is wrong.")),
                }
            }
            Some("token") => {
                let text = self.token.as_ref().and_then(|token| token.id.as_deref());
                let text = text.ok_or_else(|| bad_request("no token is given".into()))?;
                let token = iam.token(text, now)?;
                Ok(Some(token.grant.clone()))
            }
            _ => Err(bad_request("the methods are `password` and `token`".into())),
        }
    }
}

impl User {
    fn is(&self, iam: &Iam) -> bool {
        let credentials = &iam.credentials;
        let domain = self.domain.as_ref();
        let domain = domain.map(|it| it.is(&credentials.domain_id, &credentials.domain_name));
        // A name means something within an account only, an id everywhere.
        let is_told = self.id.is_some() || (self.name.is_some() && domain.is_some());
        is_told
            && fits(&self.id, &iam.user_id)
            && fits(&self.name, &credentials.user_name)
            && domain.unwrap_or(true)
            && self.password == credentials.password.expose()
    }
}

impl Scope {
    fn grant(&self, iam: &Iam) -> Result<Grant, Refusal> {
        let credentials = &iam.credentials;
        if let Some(project) = &self.project {
            let is = |region: &&Region| project.is(&region.project_id, &region.name);
            let found = iam.projects.iter().find(is);
            let found = found.map(|region| Grant::Project(region.project_id.clone()));
            return found.ok_or_else(|| Refusal::new(401, "", "there is no such project"));
        }
        match &self.domain {
            Some(domain) if domain.is(&credentials.domain_id, &credentials.domain_name) => {
                Ok(Grant::Domain)
            }
            Some(_) => Err(Refusal::new(401, "", "there is no such domain")),
            None => Err(bad_request("the scope is a project or a domain".into())),
        }
    }
}
