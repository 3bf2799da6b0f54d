//! Builds a client, checking everything that a call would trip over later.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::Secret;
use http::HeaderValue;

use crate::addresses::Addresses;
use crate::auth::{Credentials, IAM, Keys, SchemeCredential, Scope, Session, Variables, hidden};
use crate::client::{Client, DriftHook, ProjectLookup, SHORTEST, Settings};
use crate::clock::{Clock, SystemClock};
use crate::drift::Drift;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::retry::{Budget, RetryConfig};
use crate::service::{Service, ServiceClient};
use crate::transport::{HttpTransport, Transport, TransportSettings};

/// Sets up a client; `Client::builder()` of a generated crate starts one.
///
/// An endpoint or a region is needed. Calls need a token and mostly a project.
///
/// ```
/// use cloudbackup_runtime::{Client, ClientBuilder, Service, ServiceClient};
///
/// struct Example(Client);
///
/// impl ServiceClient for Example {
///     const SERVICE: Service = Service::new("example")
///         .regions(&[("eu-de", "https://example.eu-de.otc.t-systems.com")]);
///
///     fn from_runtime(client: Client) -> Self {
///         Self(client)
///     }
///
///     fn runtime(&self) -> &Client {
///         &self.0
///     }
/// }
///
/// # // Without TLS there is no client of an endpoint with `https`.
/// # if cfg!(not(any(feature = "rustls", feature = "native-tls"))) {
/// #     return Ok::<(), cloudbackup_runtime::Error>(());
/// # }
/// let example = ClientBuilder::<Example>::new()
///     .region("eu-de")
///     .project_id("68589cac08274b82b4e254268a3862d8")
///     .token("MIIEogYJKoZIhvcNAQcC")
///     .build()?;
/// assert_eq!(example.0.endpoint(), "https://example.eu-de.otc.t-systems.com");
/// # Ok::<(), cloudbackup_runtime::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder<C> {
    endpoint: Option<String>,
    region: Option<String>,
    project_id: Option<String>,
    language: Option<String>,
    credentials: Option<Credentials>,
    security: Vec<SchemeCredential>,
    iam_endpoint: Option<String>,
    variables: Variables,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    timeout: Duration,
    retry: RetryConfig,
    retry_budget: usize,
    allow_http: bool,
    user_agent: Option<String>,
    max_reply_bytes: usize,
    max_error_bytes: usize,
    root_certificates: Vec<Vec<u8>>,
    transport: Option<Arc<dyn Transport>>,
    wrappers: Vec<Wrapper>,
    clock: Arc<dyn Clock>,
    on_drift: Option<DriftHook>,
    client: PhantomData<fn() -> C>,
}

/// What makes a transport of a transport.
type Wrapper = Arc<dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

impl<C: ServiceClient> ClientBuilder<C> {
    /// A builder with the defaults.
    pub fn new() -> Self {
        Self {
            endpoint: None,
            region: None,
            project_id: None,
            language: None,
            credentials: None,
            security: Vec::new(),
            iam_endpoint: None,
            variables: Variables::of_process(),
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(60),
            timeout: Duration::from_secs(180),
            retry: RetryConfig::new(),
            retry_budget: 100,
            allow_http: false,
            user_agent: None,
            max_reply_bytes: 16 * 1024 * 1024,
            max_error_bytes: 64 * 1024,
            root_certificates: Vec::new(),
            transport: None,
            wrappers: Vec::new(),
            clock: Arc::new(SystemClock),
            on_drift: None,
            client: PhantomData,
        }
    }

    /// The address of the service, `https://` included; a path is kept as a prefix. It goes
    /// before the region's own endpoint.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The region, by its id such as `eu-de`; it gives the endpoint.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The project that calls act on; a call can name another one.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// The token sent as `X-Auth-Token`, which was got elsewhere and is not renewed.
    pub fn token(self, token: impl Into<Secret>) -> Self {
        self.credentials(Credentials::token(token))
    }

    /// Who calls: a token, a password, keys to sign with, or a place where to look for them.
    /// Clients that are given clones of one value share what is got.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// A credential for one of the security schemes of a service that has its own, made by a
    /// function of the module `security` of its crate. Can be called again, for another scheme; of two
    /// for the same one the last counts.
    pub fn security(mut self, credential: SchemeCredential) -> Self {
        self.security.push(credential);
        self
    }

    /// The environment whose variables name other addresses than the region does (default: that of
    /// the process). They are those of the vendor's SDK: `HUAWEICLOUD_SDK_REGION_CBR_EU_DE` and the
    /// like, by service and region, and `HUAWEICLOUD_SDK_IAM_ENDPOINT`. An address that is given to
    /// the builder goes before them. Credentials are read from the environment only where
    /// [`credentials`](Self::credentials) say so.
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// The address of IAM, where passwords become tokens and projects are found by the names of
    /// their regions. Without it, the region gives it.
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// The language of messages, such as `en-us`, for services that have a choice.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// The time for making a connection, name lookup and TLS included (default 10 s).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The time for a single attempt, until the last byte of its reply (default 60 s).
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// The time for a whole call, with all its attempts and the waits between them (default 180 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How calls are repeated after a failure, where that is safe (default [`RetryConfig::new`]).
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = retry;
        self
    }

    /// How many repetitions the client and its clones may spend on a service that fails (default
    /// 100). Every ten calls that succeed at once earn one back, so that an outage is not made
    /// worse by its callers.
    pub fn retry_budget(mut self, repetitions: usize) -> Self {
        self.retry_budget = repetitions;
        self
    }

    /// Trusts these certificates beside those of the system: one or more in a PEM text. Can be
    /// called again.
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Sends requests through this instead of the network; connect timeout and certificates do not
    /// apply then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Puts something around the transport: it sees every request as it is sent, repeated ones
    /// included, with the credentials in the headers or the query. The last wrapper is the outermost.
    pub fn wrap_transport<T: Transport>(
        mut self,
        wrap: impl Fn(Arc<dyn Transport>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.wrappers
            .push(Arc::new(move |inner| Arc::new(wrap(inner))));
        self
    }

    /// Takes time from here, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Is told of everything in replies that the specification does not know: members, values of
    /// enums, and shapes of unions. It runs inside the call, which waits for it and passes on its
    /// panics. Without it, findings are `tracing` events of the level `DEBUG`, without the values.
    pub fn on_drift(mut self, hook: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        self.on_drift = Some(Arc::new(hook));
        self
    }

    /// Allows an endpoint that starts with `http://`: the token then travels in clear. A loopback
    /// address needs no permission.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Names the program after the library in `User-Agent`, such as `backup-cron/1.4`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent = Some(suffix.into());
        self
    }

    /// The largest reply that is accepted, in bytes after unpacking (default 16 MiB).
    pub fn max_reply_bytes(mut self, bytes: usize) -> Self {
        self.max_reply_bytes = bytes;
        self
    }

    /// How much of an error reply is read, in bytes (default 64 KiB); the rest is cut off.
    pub fn max_error_bytes(mut self, bytes: usize) -> Self {
        self.max_error_bytes = bytes;
        self
    }

    /// Checks everything and builds the client; nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming all settings that cannot work.
    pub fn build(self) -> Result<C, Error> {
        let mut problems = Vec::new();
        let addresses = self.addresses();
        let endpoint = addresses
            .service(self.endpoint.as_deref(), C::SERVICE)
            .map_err(|text| problems.push(text))
            .ok();
        self.check_values(&mut problems);
        let keys = self.keys(&mut problems);
        let user_agent = user_agent(C::SERVICE, self.user_agent.as_deref());
        let needs_iam = self.credentials.as_ref().is_some_and(Credentials::need_iam);
        let iam = addresses
            .iam(self.iam_endpoint.as_deref(), needs_iam)
            .map_err(|text| problems.push(text))
            .unwrap_or_default();
        let (Some(endpoint), Some(user_agent), true) = (endpoint, user_agent, problems.is_empty())
        else {
            return Err(Error::config(format!(
                "cannot build the client: {}",
                problems.join("; ")
            )));
        };
        let transport = self.new_transport(&endpoint)?;
        let mut settings = self.settings(C::SERVICE, endpoint, user_agent, transport);
        settings.keys = keys;
        settings.hidden = hidden(&self.security);
        // A short one would only garble texts.
        settings
            .hidden
            .retain(|secret| secret.expose().len() >= SHORTEST);
        if let Some(credentials) = &self.credentials {
            self.sign_in(credentials, iam, &mut settings)?;
        }
        Ok(C::from_runtime(Client::new(settings)))
    }

    /// The settings of a client that calls as nobody.
    fn settings(
        &self,
        service: Service,
        endpoint: Endpoint,
        user_agent: HeaderValue,
        transport: Arc<dyn Transport>,
    ) -> Settings {
        Settings {
            service,
            endpoint,
            region: self.region.clone(),
            project_id: self.project_id.clone(),
            language: self.language.clone(),
            token: None,
            hidden: Vec::new(),
            session: None,
            keys: Keys::default(),
            projects: None,
            is_iam: false,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            retry: self.retry.clone(),
            budget: Budget::new(self.retry_budget),
            user_agent,
            max_reply_bytes: self.max_reply_bytes,
            max_error_bytes: self.max_error_bytes,
            transport,
            clock: Arc::clone(&self.clock),
            on_drift: self.on_drift.clone(),
            #[cfg(feature = "blocking")]
            lane: crate::blocking::Lane::default(),
        }
    }

    /// Gives a client its credentials, and what it takes to get them and to find the project.
    fn sign_in(
        &self,
        credentials: &Credentials,
        iam: Option<Endpoint>,
        settings: &mut Settings,
    ) -> Result<(), Error> {
        let scope = Scope {
            project_id: self.project_id.clone(),
            region: self.region.clone(),
            iam_endpoint: iam.as_ref().map(|endpoint| endpoint.base().to_owned()),
        };
        settings.token = credentials.fixed_token().cloned();
        let iam = iam.filter(|_| settings.token.is_none());
        let Some(endpoint) = iam else {
            settings.session = Some(credentials.session(scope, &self.clock, None));
            return Ok(());
        };
        let transport = self.new_transport(&endpoint)?;
        let user_agent = settings.user_agent.clone();
        let new_client = |session: Option<Arc<Session>>| {
            let (endpoint, transport) = (endpoint.clone(), Arc::clone(&transport));
            Client::new(Settings {
                project_id: None,
                hidden: credentials.hidden(),
                session,
                is_iam: true,
                ..self.settings(IAM, endpoint, user_agent.clone(), transport)
            })
        };
        let session = credentials.session(scope, &self.clock, Some(&new_client(None)));
        settings.projects = self
            .region
            .clone()
            .map(|region| ProjectLookup::new(new_client(Some(Arc::clone(&session))), region));
        settings.session = Some(session);
        Ok(())
    }

    fn addresses(&self) -> Addresses<'_> {
        Addresses {
            region: self.region.as_deref(),
            variables: &self.variables,
            allow_http: self.allow_http,
        }
    }

    fn new_transport(&self, endpoint: &Endpoint) -> Result<Arc<dyn Transport>, Error> {
        let innermost: Arc<dyn Transport> = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(HttpTransport::new(TransportSettings::new(
                endpoint,
                self.connect_timeout,
                &self.root_certificates,
            )?)?),
        };
        let wrap = |inner, wrapper: &Wrapper| wrapper(inner);
        Ok(self.wrappers.iter().fold(innermost, wrap))
    }

    /// What was given for the security schemes, of a service that has its own.
    fn keys(&self, problems: &mut Vec<String>) -> Keys {
        let schemes = C::SERVICE.security_schemes();
        if schemes.is_some() && self.credentials.is_some() {
            problems.push(
                "the service takes no token of IAM and no signature: call `.security(..)` in place \
                 of `.token(..)` or `.credentials(..)`"
                    .into(),
            );
        }
        Keys::new(schemes.unwrap_or_default(), &self.security, problems)
    }

    fn check_values(&self, problems: &mut Vec<String>) {
        let credentials = self.credentials.as_ref();
        let token = credentials
            .and_then(Credentials::fixed_token)
            .map(Secret::expose);
        for (name, value) in [
            ("token", token),
            ("project id", self.project_id.as_deref()),
            ("language", self.language.as_deref()),
            ("user agent", self.user_agent.as_deref()),
        ] {
            if let Some(problem) = value.and_then(header_problem) {
                problems.push(format!("the {name} {problem}"));
            }
        }
        if matches!(self.project_id.as_deref(), Some("." | "..")) {
            problems.push("the project id must not be `.` or `..`".into());
        }
        for (name, timeout) in [
            ("connect timeout", self.connect_timeout),
            ("attempt timeout", self.attempt_timeout),
            ("timeout", self.timeout),
        ] {
            if timeout.is_zero() {
                problems.push(format!("the {name} is zero"));
            }
        }
    }
}

/// What keeps a text from being sent as it is in a header; the text itself is not repeated.
///
/// HTTP libraries let TAB and bytes above ASCII pass; servers then see another text.
pub(crate) fn header_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.chars().any(char::is_control) {
        Some("holds a control character such as a line break or a tab")
    } else if !text.is_ascii() {
        Some("holds a character outside ASCII")
    } else if text.starts_with(' ') || text.ends_with(' ') {
        Some("starts or ends with a space")
    } else {
        None
    }
}

/// Nothing about the host or the user goes into it.
fn user_agent(service: Service, suffix: Option<&str>) -> Option<HeaderValue> {
    let own = format!(
        "cloudbackup-{}/{}",
        service.name(),
        env!("CARGO_PKG_VERSION")
    );
    let text = match suffix {
        Some(suffix) => format!("{own} {suffix}"),
        None => own,
    };
    HeaderValue::try_from(text).ok()
}

impl<C: ServiceClient> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            project_id: self.project_id.clone(),
            language: self.language.clone(),
            credentials: self.credentials.clone(),
            security: self.security.clone(),
            iam_endpoint: self.iam_endpoint.clone(),
            variables: self.variables.clone(),
            user_agent: self.user_agent.clone(),
            retry: self.retry.clone(),
            root_certificates: self.root_certificates.clone(),
            transport: self.transport.clone(),
            wrappers: self.wrappers.clone(),
            clock: Arc::clone(&self.clock),
            on_drift: self.on_drift.clone(),
            client: PhantomData,
            ..*self
        }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The endpoint is unchecked here and may hold a password.
        f.debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("project_id", &self.project_id)
            .field("credentials", &self.credentials)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}
