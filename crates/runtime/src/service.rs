//! What the runtime knows of a service: its name and its regions.

use crate::Client;
use crate::auth::Scheme;

/// A generated client: a service's constant data and a thin wrapper around a [`Client`].
pub trait ServiceClient: Sized {
    /// The service that this client calls.
    const SERVICE: Service;

    /// Wraps a client that was built for this service.
    fn from_runtime(client: Client) -> Self;

    /// The client that was wrapped.
    fn runtime(&self) -> &Client;
}

/// A service: its name and the endpoints of its regions, made in a constant.
///
/// ```
/// use cloudbackup_runtime::Service;
///
/// const CBR: Service = Service::new("cbr").regions(&[
///     ("eu-de", "https://cbr.eu-de.otc.t-systems.com"),
///     ("eu-nl", "https://cbr.eu-nl.otc.t-systems.com"),
/// ]);
/// assert_eq!(CBR.endpoint_of("eu-nl"), Some("https://cbr.eu-nl.otc.t-systems.com"));
/// assert_eq!(CBR.endpoint_of("mars-1"), None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Service {
    name: &'static str,
    sdk_name: Option<&'static str>,
    regions: &'static [(&'static str, &'static str)],
    endpoint: Option<&'static str>,
    schemes: Option<&'static [Scheme]>,
}

impl Service {
    /// A service without regions, by its short name such as `cbr`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            sdk_name: None,
            regions: &[],
            endpoint: None,
            schemes: None,
        }
    }

    /// Sets the name by which variables of the environment speak of it, such as `GAUSSDB`: the one
    /// in the vendor's SDK.
    #[must_use]
    pub const fn sdk_name(mut self, name: &'static str) -> Self {
        self.sdk_name = Some(name);
        self
    }

    /// Sets the regions: pairs of region id and endpoint.
    #[must_use]
    pub const fn regions(mut self, regions: &'static [(&'static str, &'static str)]) -> Self {
        self.regions = regions;
        self
    }

    /// Sets the address of a service that has one for all its callers.
    #[must_use]
    pub const fn endpoint(mut self, endpoint: &'static str) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Sets the ways in which the service knows its callers. Without this, that is a token of IAM or
    /// a signature; with none, everybody may call.
    #[must_use]
    pub const fn schemes(mut self, schemes: &'static [Scheme]) -> Self {
        self.schemes = Some(schemes);
        self
    }

    /// The short name, such as `cbr`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name by which variables of the environment speak of it.
    #[must_use]
    pub const fn name_in_sdk(&self) -> Option<&'static str> {
        self.sdk_name
    }

    /// Pairs of region id and endpoint.
    #[must_use]
    pub const fn known_regions(&self) -> &'static [(&'static str, &'static str)] {
        self.regions
    }

    /// The address that is taken where neither an endpoint nor a region is given.
    #[must_use]
    pub const fn default_endpoint(&self) -> Option<&'static str> {
        self.endpoint
    }

    /// The ways in which the service knows its callers; `None` if that is a token of IAM or a
    /// signature.
    #[must_use]
    pub const fn security_schemes(&self) -> Option<&'static [Scheme]> {
        self.schemes
    }

    /// The endpoint of a region.
    #[must_use]
    pub fn endpoint_of(&self, region: &str) -> Option<&'static str> {
        self.regions
            .iter()
            .find(|(id, _)| *id == region)
            .map(|(_, endpoint)| *endpoint)
    }
}
