//! Where a service is: regions in our own specs, one address in those of others.

use openapiv3::{PathItem, Server};

use super::operation::SpecPlace;
use super::{Lower, extensions};
use crate::ir::Region;
use crate::lint::Profile;
use crate::load::push;

impl Lower<'_> {
    pub(super) fn regions(&mut self) -> Vec<Region> {
        let mut regions = Vec::new();
        for (index, server) in self.openapi.servers.iter().enumerate() {
            let Some(id) = extensions::text(&server.extensions, "x-region") else {
                continue;
            };
            let pointer = push("/servers", &index.to_string());
            if server.variables.is_some() {
                self.error(
                    &pointer,
                    "server variables are not supported",
                    "this endpoint is a template",
                    "write each endpoint as a server of its own, with its `x-region`",
                );
            }
            regions.push(Region {
                id,
                url: server.url.trim_end_matches('/').to_owned(),
            });
        }
        regions
    }

    /// The address of a service without regions: its first server, where that is a whole one.
    pub(super) fn endpoint(&mut self) -> Option<String> {
        if self.profile != Profile::Foreign {
            return None;
        }
        let server = self.openapi.servers.first()?;
        let url = filled(server);
        if is_whole(&url) {
            return Some(url);
        }
        // The address that OpenAPI takes where there is none.
        if url.is_empty() {
            return None;
        }
        self.left_out(
            "/servers/0/url",
            &format!("the address `{url}` is not whole"),
            "callers have to give an endpoint, with the path of this one",
            "write it with `https://` and the host",
        );
        None
    }

    /// Reports addresses that one operation has for itself.
    pub(super) fn own_servers(&mut self, place: &SpecPlace<'_>, item: &PathItem, own: &[Server]) {
        let (pointer, servers) = match own {
            [] => (place.item_pointer, item.servers.as_slice()),
            own => (place.pointer, own),
        };
        let common = self.openapi.servers.first().map(filled);
        let is_common = |server: &Server| common.as_deref() == Some(&filled(server));
        let is_foreign = self.profile == Profile::Foreign;
        match servers.first() {
            None => {}
            Some(first) if is_foreign && is_common(first) => {}
            Some(_) => self.error(
                &push(pointer, "servers"),
                "an operation with endpoints of its own is not supported",
                "it would be sent to the endpoint of the service",
                "put the endpoints into `servers` at the top of the document",
            ),
        }
    }
}

/// The address with the defaults of its variables.
fn filled(server: &Server) -> String {
    let mut url = server.url.clone();
    for (name, variable) in server.variables.iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &variable.default);
    }
    url.trim().trim_end_matches('/').to_owned()
}

/// Whether requests can be sent there: a scheme, a host, perhaps a port and a path.
fn is_whole(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let Some(rest) = rest else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or_default();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "?#\\{}@<>\"^`|".contains(c);
    !host.is_empty() && !host.starts_with(':') && !url.contains(is_odd) && has_good_port(host)
}

fn has_good_port(host: &str) -> bool {
    match host.rsplit_once(':') {
        Some((_, port)) if !host.ends_with(']') => port.parse::<u16>().is_ok(),
        _ => true,
    }
}
