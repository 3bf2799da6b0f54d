//! Where a service is: as the caller says, as the environment says, as its region says.

use crate::auth::{IAM, Variables};
use crate::endpoint::Endpoint;
use crate::service::Service;

/// The variable that says where IAM is.
const IAM_VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

/// What decides on addresses, besides those that are given for one service.
pub(crate) struct Addresses<'a> {
    pub(crate) region: Option<&'a str>,
    pub(crate) variables: &'a Variables,
    /// Whether credentials may be sent in clear.
    pub(crate) allow_http: bool,
}

impl Addresses<'_> {
    /// The address of a service; the error is a sentence.
    pub(crate) fn service(
        &self,
        given: Option<&str>,
        service: Service,
    ) -> Result<Endpoint, String> {
        if let Some(given) = given {
            return self.safe("endpoint", given);
        }
        let Some(region) = self.region else {
            if let Some(address) = service.default_endpoint() {
                return self.safe("endpoint of the document", address);
            }
            return Err(missing(service));
        };
        if let Some((name, address)) = self.of_environment(service, region) {
            return self.safe(&format!("endpoint in {name}"), &address);
        }
        let address = service.endpoint_of(region).ok_or_else(|| {
            let (name, known) = (service.name(), known_regions(service));
            format!("{name} has no region {region:?} here, {known}")
        })?;
        self.safe("endpoint", address)
    }

    /// The address of IAM; `None` where it is not known and not `needed`.
    pub(crate) fn iam(
        &self,
        given: Option<&str>,
        needed: bool,
    ) -> Result<Option<Endpoint>, String> {
        if let Some(given) = given {
            return self.safe("IAM endpoint", given).map(Some);
        }
        if let Some(address) = self.variables.text(IAM_VARIABLE) {
            let what = format!("IAM endpoint in {IAM_VARIABLE}");
            return self.safe(&what, &with_scheme(&address)).map(Some);
        }
        match self.region.and_then(|region| IAM.endpoint_of(region)) {
            Some(address) => self.safe("IAM endpoint", address).map(Some),
            None if needed => {
                let known = known_regions(IAM);
                Err(format!(
                    "no address of IAM: call `.iam_endpoint(..)`, or `.region(..)` ({known})"
                ))
            }
            None => Ok(None),
        }
    }

    /// What the environment says of a service in a region, and in which variable. The vendor's SDK
    /// takes several addresses there and tries one after the other; here the first counts.
    fn of_environment(&self, service: Service, region: &str) -> Option<(String, String)> {
        let region = region.to_ascii_uppercase().replace('-', "_");
        let name = format!("HUAWEICLOUD_SDK_REGION_{}_{region}", service.name_in_sdk()?);
        let addresses = self.variables.text(&name)?;
        let first = addresses.split(',').next()?.trim();
        (!first.is_empty()).then(|| (name, with_scheme(first)))
    }

    /// An address that credentials may be sent to.
    fn safe(&self, what: &str, text: &str) -> Result<Endpoint, String> {
        let endpoint = Endpoint::parse(text).map_err(|problem| format!("the {what} {problem}"))?;
        if endpoint.is_https() || endpoint.is_loopback() || self.allow_http {
            return Ok(endpoint);
        }
        Err(format!(
            "the {what} is plain http, on which credentials can be read: \
             use `https://`, or call `.allow_http(true)`"
        ))
    }
}

/// What to do where nothing says where a service is.
fn missing(service: Service) -> String {
    if service.security_schemes().is_some() && service.known_regions().is_empty() {
        return "no endpoint: call `.endpoint(..)`, since the document names no whole address"
            .into();
    }
    let known = known_regions(service);
    format!("no endpoint: call `.region(..)` ({known}) or `.endpoint(..)`")
}

/// An address of the environment may come without its scheme.
fn with_scheme(address: &str) -> String {
    match address.contains("://") {
        true => address.to_owned(),
        false => format!("https://{address}"),
    }
}

fn known_regions(service: Service) -> String {
    let ids: Vec<_> = service.known_regions().iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        "no region is known".into()
    } else {
        format!("known: {}", ids.join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const GAUSS: Service = Service::new("gaussdb-mysql")
        .sdk_name("GAUSSDB")
        .regions(&[("eu-de", "https://gaussdb-mysql.eu-de.otc.t-systems.com")]);

    fn found(variables: &Variables, region: &str, given: Option<&str>) -> Result<String, String> {
        let addresses = Addresses {
            region: Some(region),
            variables,
            allow_http: false,
        };
        let endpoint = addresses.service(given, GAUSS)?;
        Ok(endpoint.base().to_owned())
    }

    #[test]
    fn caller_goes_before_environment_and_environment_before_region() {
        let none = Variables::of::<&str, &str>([]);
        let region = "https://gaussdb-mysql.eu-de.otc.t-systems.com";
        assert_eq!(found(&none, "eu-de", None).unwrap(), region);
        let variables = Variables::of([
            (
                "HUAWEICLOUD_SDK_REGION_GAUSSDB_EU_DE",
                "one.example, https://two.example",
            ),
            (
                "HUAWEICLOUD_SDK_REGION_GAUSSDB_MARS_1",
                "https://mars.example/api",
            ),
            ("HUAWEICLOUD_SDK_REGION_GAUSSDB_EU_NL", " "),
        ]);
        for (region, given, expected) in [
            ("eu-de", None, "https://one.example"),
            ("mars-1", None, "https://mars.example/api"),
            (
                "eu-de",
                Some("https://given.example"),
                "https://given.example",
            ),
        ] {
            assert_eq!(found(&variables, region, given).unwrap(), expected);
        }
        let unknown = "gaussdb-mysql has no region \"eu-nl\" here, known: eu-de";
        assert_eq!(found(&variables, "eu-nl", None).unwrap_err(), unknown);
    }

    #[test]
    fn address_of_the_environment_is_checked_and_named() {
        let name = "HUAWEICLOUD_SDK_REGION_GAUSSDB_EU_DE";
        for (address, problem) in [
            ("http://one.example", "is plain http"),
            (
                "https://user:hidden@one.example",
                "must not hold a user name",
            ),
        ] {
            let error = found(&Variables::of([(name, address)]), "eu-de", None).unwrap_err();
            assert!(error.contains(name) && error.contains(problem), "{error}");
            assert!(!error.contains("hidden"), "{error}");
        }
        assert!(
            found(
                &Variables::of([(name, "http://127.0.0.1:9")]),
                "eu-de",
                None
            )
            .is_ok()
        );
    }

    #[test]
    fn iam_is_found_by_region_and_only_missed_where_it_is_needed() {
        let variables = Variables::of([(IAM_VARIABLE, "iam.example")]);
        let none = Variables::of::<&str, &str>([]);
        let iam = |variables, region, given, needed| {
            let addresses = Addresses {
                region,
                variables,
                allow_http: false,
            };
            let found = addresses.iam(given, needed)?;
            Ok::<_, String>(found.map(|endpoint| endpoint.base().to_owned()))
        };
        let german = Some("https://iam.eu-de.otc.t-systems.com".to_owned());
        assert_eq!(iam(&none, Some("eu-de"), None, true), Ok(german));
        let own = Some("https://iam.example".to_owned());
        assert_eq!(iam(&variables, Some("eu-de"), None, true), Ok(own));
        let given = iam(&variables, None, Some("https://i.example"), true);
        assert_eq!(given, Ok(Some("https://i.example".to_owned())));
        assert_eq!(iam(&none, Some("mars-1"), None, false), Ok(None));
        let error = iam(&none, Some("mars-1"), None, true).unwrap_err();
        assert!(
            error.contains(".iam_endpoint(..)") && error.contains("eu-nl"),
            "{error}"
        );
        assert!(iam(&none, None, Some("http://i.example"), false).is_err());
    }
}
