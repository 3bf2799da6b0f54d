//! Where the services are, as IAM tells it.

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::http::Request;

/// The services that a token's catalog lists: name in the specs, type and name in the catalog,
/// version of the paths.
const SERVICES: [(&str, &str, &str); 5] = [
    ("cbr", "cbr", "v3"),
    ("gaussdb-mysql", "gaussdb", "v3"),
    ("gaussdb-opengauss", "gaussdb-opengauss", "v3"),
    ("rds", "rdsv3", "v3"),
    ("vbs", "vbs", "v2"),
];

/// The catalog of a token: for one project, or for all.
pub(super) fn catalog(cloud: &Cloud, request: &Request, project_id: Option<&str>) -> Value {
    let mut entries = Vec::new();
    if let Some(base) = cloud.base("iam", request) {
        let url = |_: &str| format!("{base}/v3");
        entries.push(entry(cloud, "identity", &url, None));
    }
    entries.extend(SERVICES.iter().filter_map(|(service, name, version)| {
        let base = cloud.base(service, request)?;
        let url = |project: &str| format!("{base}/{version}/{project}");
        Some(entry(cloud, name, &url, project_id))
    }));
    Value::Array(entries)
}

fn entry(
    cloud: &Cloud,
    name: &str,
    url: &dyn Fn(&str) -> String,
    project_id: Option<&str>,
) -> Value {
    let regions = cloud.regions.iter();
    let regions = regions.filter(|region| project_id.is_none_or(|id| id == region.project_id));
    let endpoints: Vec<Value> = regions
        .map(|region| {
            json!({
                "id": format!("{name}-{}", region.name),
                "interface": "public",
                "region": region.name,
                "region_id": region.name,
                "url": url(&region.project_id),
            })
        })
        .collect();
    json!({"id": name, "name": name, "type": name, "endpoints": endpoints})
}

/// The versions of the API that there are: one.
pub(super) fn version(cloud: &Cloud, request: &Request) -> Value {
    let base = cloud.base("iam", request).unwrap_or_default();
    let href = format!("{base}/v3/");
    json!({
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": href}],
        "media-types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.identity-v3+json",
        }],
    })
}
