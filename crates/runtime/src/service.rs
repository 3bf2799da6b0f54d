//! What the runtime knows of a service: its name and its regions.

use crate::Client;

/// A generated client: a service's constant data and a thin wrapper around a [`Client`].
pub trait ServiceClient: Sized {
    /// The service that this client calls.
    const SERVICE: Service;

    /// Wraps a client that was built for this service.
    fn from_runtime(client: Client) -> Self;
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
    regions: &'static [(&'static str, &'static str)],
}

impl Service {
    /// A service without regions, by its short name such as `cbr`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, regions: &[] }
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
