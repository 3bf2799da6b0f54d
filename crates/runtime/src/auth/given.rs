//! What a place gives that holds an access key: variables of the environment, or a section of a
//! profile file. Both have the same members, and the same ways of being wrong.

use cloudbackup_core::Secret;

use super::keys::AccessKeys;
use super::source::{Credential, Issued, SourceError};
use crate::builder::header_problem;

/// A member, under the names that the vendor's SDK gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    AccessKey,
    SecretKey,
    SecurityToken,
    ProjectId,
    DomainId,
    IdpId,
    IdTokenFile,
}

impl Member {
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::AccessKey => "HUAWEICLOUD_SDK_AK",
            Self::SecretKey => "HUAWEICLOUD_SDK_SK",
            Self::SecurityToken => "HUAWEICLOUD_SDK_SECURITY_TOKEN",
            Self::ProjectId => "HUAWEICLOUD_SDK_PROJECT_ID",
            Self::DomainId => "HUAWEICLOUD_SDK_DOMAIN_ID",
            Self::IdpId => "HUAWEICLOUD_SDK_IDP_ID",
            Self::IdTokenFile => "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
        }
    }

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::AccessKey => "ak",
            Self::SecretKey => "sk",
            Self::SecurityToken => "security_token",
            Self::ProjectId => "project_id",
            Self::DomainId => "domain_id",
            Self::IdpId => "idp_id",
            Self::IdTokenFile => "id_token_file",
        }
    }
}

/// A place that may give an access key.
pub(super) trait Place {
    /// The value of a member, as it stands there.
    fn get(&self, member: Member) -> Result<Option<Secret>, SourceError>;

    /// What the member is called there.
    fn name(&self, member: Member) -> String;

    /// An error about a member that is there, or about one that is not.
    fn invalid(&self, about: Member, what: &str) -> SourceError;
}

/// The access key of a place, checked; `None` if nothing of it is there.
pub(super) fn issued(place: &impl Place) -> Result<Option<Issued>, SourceError> {
    let access_key = place.get(Member::AccessKey)?;
    let secret_key = place.get(Member::SecretKey)?;
    refuse_federation(place, access_key.is_some() || secret_key.is_some())?;
    let token = optional(place, Member::SecurityToken)?;
    let (access_key, secret_key) = match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => (access_key, secret_key),
        (Some(_), None) => return Err(alone(place, Member::AccessKey, &[Member::SecretKey])),
        (None, Some(_)) => return Err(alone(place, Member::SecretKey, &[Member::AccessKey])),
        (None, None) if token.is_some() => {
            let absent = [Member::AccessKey, Member::SecretKey];
            return Err(alone(place, Member::SecurityToken, &absent));
        }
        (None, None) => return Ok(None),
    };
    check_key(place, Member::AccessKey, &access_key)?;
    check_key(place, Member::SecretKey, &secret_key)?;
    let mut keys = AccessKeys::new(access_key, secret_key);
    if let Some(token) = token {
        check_key(place, Member::SecurityToken, &token)?;
        keys = keys.with_security_token(token);
    }
    let mut issued = Issued::new(Credential::Keys(keys));
    if let Some(id) = id(place, Member::ProjectId)? {
        issued = issued.with_project_id(id);
    }
    if let Some(id) = id(place, Member::DomainId)? {
        issued = issued.with_domain_id(id);
    }
    Ok(Some(issued))
}

/// The vendor's SDK signs in by an identity provider where both members for it are there, keys or
/// not. Taking the keys then would act as somebody else than expected.
fn refuse_federation(place: &impl Place, has_keys: bool) -> Result<(), SourceError> {
    let provider = optional(place, Member::IdpId)?.is_some();
    let file = optional(place, Member::IdTokenFile)?.is_some();
    let member = match (provider, file, has_keys) {
        (true, true, _) | (true, false, false) => Member::IdpId,
        (false, true, false) => Member::IdTokenFile,
        _ => return Ok(()),
    };
    let [access_key, secret_key] = [Member::AccessKey, Member::SecretKey].map(|it| place.name(it));
    let what = format!(
        "asks for a login by an identity provider, which is not supported here: take it away and \
         give {access_key} and {secret_key}"
    );
    Err(place.invalid(member, &what))
}

/// An error about a member that is of no use without others.
fn alone(place: &impl Place, present: Member, absent: &[Member]) -> SourceError {
    let absent: Vec<_> = absent.iter().map(|&member| place.name(member)).collect();
    let what = format!("is there without {}: give both", absent.join(" and "));
    let what = match present {
        Member::SecurityToken => what.replace("both", "all three"),
        _ => what,
    };
    place.invalid(present, &what)
}

/// A member that counts as absent when it is empty, as in the vendor's SDK.
fn optional(place: &impl Place, member: Member) -> Result<Option<Secret>, SourceError> {
    let value = place.get(member)?;
    Ok(value.filter(|value| !value.expose().is_empty()))
}

fn check_key(place: &impl Place, member: Member, value: &Secret) -> Result<(), SourceError> {
    match key_problem(value.expose()) {
        Some(problem) => Err(place.invalid(member, problem)),
        None => Ok(()),
    }
}

/// What keeps a text from being part of a key. Shells, container runtimes and editors leave
/// quotation marks and comments where they do not belong.
fn key_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty: give it a value or take it away")
    } else if let Some(problem) = header_problem(text) {
        Some(problem)
    } else if text.contains(' ') {
        Some("holds a space: a comment must have a line of its own")
    } else if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        Some("holds quotation marks, which are taken as a part of it: leave them out")
    } else {
        None
    }
}

/// An id, which is sent in a header and is no secret.
fn id(place: &impl Place, member: Member) -> Result<Option<String>, SourceError> {
    let Some(value) = optional(place, member)? else {
        return Ok(None);
    };
    match header_problem(value.expose()) {
        Some(problem) => Err(place.invalid(member, problem)),
        None => Ok(Some(value.expose().to_owned())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_cannot_be_keys_are_told_apart() {
        for (text, part) in [
            ("", "is empty"),
            ("a\nb", "control character"),
            ("a\tb", "control character"),
            ("a\u{7f}", "control character"),
            ("é", "outside ASCII"),
            (" a", "starts or ends with a space"),
            ("a # mine", "line of its own"),
            ("\"a\"", "quotation marks"),
            ("'a", "quotation marks"),
            ("a'", "quotation marks"),
        ] {
            let problem = key_problem(text).unwrap();
            assert!(problem.contains(part), "{text:?}: {problem}");
        }
        assert_eq!(key_problem("gQppbi1+/='x\"#;%"), None);
    }
}
