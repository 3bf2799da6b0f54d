//! What the runtime knows of a service: its name and its regions.

use crate::Client;

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
}

impl Service {
    /// A service without regions, by its short name such as `cbr`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            sdk_name: None,
            regions: &[],
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

    /// The endpoint of a region.
    #[must_use]
    pub fn endpoint_of(&self, region: &str) -> Option<&'static str> {
        self.regions
            .iter()
            .find(|(id, _)| *id == region)
            .map(|(_, endpoint)| *endpoint)
    }
}
