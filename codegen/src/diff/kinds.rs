//! The kinds of change: what each means on the wire, by direction, and to
//! Rust. A new one is a line here, a page `explain/<id>.md`, and a pair of
//! documents in the tests.
//!
//! The verdicts about Rust say what our generator makes of it with the `.api`
//! file at hand: what is dropped stays as deprecated, promised types stay,
//! enums and unions are open, integers wide. What is new and required in a
//! request is asked for by the builder, so it shows at compile time.

use super::verdict::{Rust, Wire};

/// What is known about a kind of change.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// `property-removed`
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The wire, where the thing is sent.
    pub request: Wire,
    /// The wire, where the thing is received.
    pub reply: Wire,
    /// Rust callers, where the thing is sent.
    pub rust_request: Rust,
    /// Rust callers, where the thing is received.
    pub rust_reply: Rust,
    /// The page that says more, Markdown.
    pub explain: &'static str,
}

/// The kind of that id.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.id == id)
}

/// Short names for the table.
macro_rules! verdict {
    (-) => {
        Wire::None
    };
    (ok) => {
        Wire::Ok
    };
    (lost) => {
        Wire::DataLost
    };
    (closed) => {
        Wire::ClosedBreak
    };
    (risk) => {
        Wire::Risk
    };
    (break) => {
        Wire::Break
    };
    (patch) => {
        Rust::Patch
    };
    (minor) => {
        Rust::Minor
    };
    (major) => {
        Rust::Major
    };
}

macro_rules! kinds {
    ($($name:ident $id:literal $title:literal $request:tt $reply:tt $rust_request:tt $rust_reply:tt)*) => {
        $(
            #[doc = $title]
            pub(super) static $name: Kind = Kind {
                id: $id,
                title: $title,
                request: verdict!($request),
                reply: verdict!($reply),
                rust_request: verdict!($rust_request),
                rust_reply: verdict!($rust_reply),
                explain: include_str!(concat!("explain/", $id, ".md")),
            };
        )*

        /// All kinds, in the order of the table.
        pub static KINDS: &[&Kind] = &[$(&$name,)*];
    };
}

kinds! {
    OPERATION_ADDED "operation-added" "an operation is new" ok ok minor minor
    OPERATION_REMOVED "operation-removed" "an operation is gone" break break minor minor
    OPERATION_MOVED "operation-moved" "an operation has another path or method" break - minor minor
    OPERATION_DEPRECATED "operation-deprecated" "an operation is deprecated" ok ok minor minor
    OPERATION_REACTIVATED "operation-reactivated" "an operation is not deprecated any more" ok ok patch patch
    OPERATION_ID_CHANGED "operation-id-changed" "an operation has another operationId" ok ok patch patch
    TAGS_CHANGED "tags-changed" "an operation has other tags" ok ok patch patch
    SERVER_ADDED "server-added" "a server is new" ok ok patch patch
    SERVER_REMOVED "server-removed" "a server is gone" risk risk patch patch
    SECURITY_ADDED "security-added" "calls need a credential that they did not need" risk - patch patch
    SECURITY_REMOVED "security-removed" "a credential is not needed any more" ok - patch patch
    SECURITY_SCOPE_ADDED "security-scope-added" "a credential needs another scope" risk - patch patch
    SECURITY_SCOPE_REMOVED "security-scope-removed" "a credential needs a scope less" ok - patch patch
    SECURITY_SCHEME_CHANGED "security-scheme-changed" "a security scheme works in another way" risk - patch patch

    PARAMETER_ADDED "parameter-added" "an optional parameter is new" ok - minor patch
    REQUIRED_PARAMETER_ADDED "required-parameter-added" "a required parameter is new" break - major patch
    PARAMETER_REMOVED "parameter-removed" "a parameter is gone" risk - minor patch
    PARAMETER_BECAME_REQUIRED "parameter-became-required" "a parameter must be sent now" break - major patch
    PARAMETER_BECAME_OPTIONAL "parameter-became-optional" "a parameter need not be sent any more" ok - patch patch
    PARAMETER_STYLE_CHANGED "parameter-style-changed" "a parameter is written in another way" break - patch patch
    PATH_PARAMETER_RENAMED "path-parameter-renamed" "a path parameter has another name" ok - patch patch

    REQUEST_BODY_ADDED "request-body-added" "a body may be sent" ok - minor patch
    REQUIRED_REQUEST_BODY_ADDED "required-request-body-added" "a body must be sent" break - major patch
    REQUEST_BODY_REMOVED "request-body-removed" "no body is expected any more" risk - minor patch
    REQUEST_BODY_BECAME_REQUIRED "request-body-became-required" "the body must be sent now" break - major patch
    REQUEST_BODY_BECAME_OPTIONAL "request-body-became-optional" "the body need not be sent any more" ok - patch patch
    MEDIA_TYPE_ADDED "media-type-added" "a body may have another media type" ok ok minor minor
    MEDIA_TYPE_REMOVED "media-type-removed" "a media type of a body is gone" break break minor major

    SUCCESS_STATUS_ADDED "success-status-added" "another status of success" - closed patch patch
    SUCCESS_STATUS_CHANGED "success-status-changed" "the status of success is another" - closed patch patch
    SUCCESS_STATUS_REMOVED "success-status-removed" "a status of success is gone" - break patch patch
    ERROR_STATUS_ADDED "error-status-added" "another documented status of failure" - ok minor minor
    ERROR_STATUS_REMOVED "error-status-removed" "a documented status of failure is gone" - ok patch patch
    REPLY_BODY_ADDED "reply-body-added" "a reply has a body now" - ok minor minor
    REPLY_BODY_REMOVED "reply-body-removed" "a reply has no body any more" - break major major
    HEADER_ADDED "header-added" "a reply has another header" - ok patch patch
    HEADER_REMOVED "header-removed" "a header of a reply is gone" - risk patch patch
    HEADER_BECAME_OPTIONAL "header-became-optional" "a header of a reply may be missing" - risk patch patch
    HEADER_BECAME_REQUIRED "header-became-required" "a header of a reply is always there" - ok patch patch
    WEBHOOK_ADDED "webhook-added" "a webhook is new" - ok patch patch
    WEBHOOK_REMOVED "webhook-removed" "a webhook is gone" - break patch patch

    PROPERTY_ADDED "property-added" "an optional member is new" ok ok minor minor
    REQUIRED_PROPERTY_ADDED "required-property-added" "a required member is new" break ok major minor
    PROPERTY_REMOVED "property-removed" "an optional member is gone" risk lost minor minor
    REQUIRED_PROPERTY_REMOVED "required-property-removed" "a required member is gone" risk break minor major
    PROPERTY_BECAME_REQUIRED "property-became-required" "a member is required now" break ok major patch
    PROPERTY_BECAME_OPTIONAL "property-became-optional" "a member may be missing" ok break patch major
    BECAME_READ_ONLY "became-read-only" "a member is only received" risk ok minor patch
    BECAME_NOT_READ_ONLY "became-not-read-only" "a member may be sent, too" ok ok minor patch
    BECAME_WRITE_ONLY "became-write-only" "an optional member is only sent" ok lost patch minor
    REQUIRED_BECAME_WRITE_ONLY "required-became-write-only" "a required member is only sent" ok break patch major
    BECAME_NOT_WRITE_ONLY "became-not-write-only" "a member is received, too" ok ok patch minor
    ADDITIONAL_PROPERTIES_RESTRICTED "additional-properties-restricted" "fewer members beside the named ones" risk ok patch patch
    ADDITIONAL_PROPERTIES_ALLOWED "additional-properties-allowed" "more members beside the named ones" ok ok minor minor

    TYPE_CHANGED "type-changed" "values of another type" break break major major
    TYPE_WIDENED "type-widened" "values of more types" ok break minor major
    TYPE_NARROWED "type-narrowed" "values of fewer types" break ok major patch
    FORMAT_CHANGED "format-changed" "values are written in another form" break break patch patch
    FORMAT_WIDENED "format-widened" "values in more forms, or greater ones" ok closed patch patch
    FORMAT_NARROWED "format-narrowed" "values in fewer forms, or smaller ones" break ok patch patch
    FORMAT_HINT_CHANGED "format-hint-changed" "a format that nothing is made of" risk ok patch patch
    BECAME_NULLABLE "became-nullable" "a value that was always there may be null" ok break patch major
    OPTIONAL_BECAME_NULLABLE "optional-became-nullable" "an optional value may be null" ok closed patch patch
    BECAME_NOT_NULLABLE "became-not-nullable" "null is not allowed any more" break ok patch patch
    ENUM_VALUE_ADDED "enum-value-added" "a value of an enum is new" ok closed minor minor
    ENUM_VALUE_REMOVED "enum-value-removed" "a value of an enum is gone" break ok minor minor
    BECAME_ENUM "became-enum" "only listed values now" break ok patch patch
    ENUM_LIFTED "enum-lifted" "any value, no longer only listed ones" ok closed patch patch
    EXTENSIBLE_VALUE_ADDED "extensible-value-added" "a known value of an open list is new" ok ok patch patch
    EXTENSIBLE_VALUE_REMOVED "extensible-value-removed" "a known value of an open list is gone" break ok patch patch
    DEFAULT_ADDED "default-added" "a default is new" risk ok patch patch
    DEFAULT_CHANGED "default-changed" "the default is another" risk ok patch patch
    DEFAULT_REMOVED "default-removed" "a default is gone" risk ok patch patch
    LIMIT_ADDED "limit-added" "a limit is new" risk ok patch patch
    LIMIT_TIGHTENED "limit-tightened" "a limit is narrower" break ok patch patch
    LIMIT_LOOSENED "limit-loosened" "a limit is wider" ok ok patch patch
    LIMIT_REMOVED "limit-removed" "a limit is gone" ok ok patch patch
    PATTERN_ADDED "pattern-added" "a pattern is new" break ok patch patch
    PATTERN_CHANGED "pattern-changed" "the pattern is another" risk ok patch patch
    PATTERN_REMOVED "pattern-removed" "a pattern is gone" ok ok patch patch
    CONDITION_ADDED "condition-added" "a condition on values is new" break ok patch patch
    CONDITION_CHANGED "condition-changed" "a condition on values is another" risk ok patch patch
    CONDITION_REMOVED "condition-removed" "a condition on values is gone" ok ok patch patch
    DEPRECATED "deprecated" "something is deprecated" ok ok minor minor
    UNDEPRECATED "undeprecated" "something is not deprecated any more" ok ok patch patch

    VARIANT_ADDED "variant-added" "another alternative" ok closed minor minor
    VARIANT_REMOVED "variant-removed" "an alternative is gone" break ok minor minor
    VARIANTS_REPLACED "variants-replaced" "alternatives stand where there were none" break break major major
    DISCRIMINATOR_ADDED "discriminator-added" "a member tells alternatives apart now" risk risk patch patch
    DISCRIMINATOR_CHANGED "discriminator-changed" "another member tells alternatives apart" break break patch patch
    DISCRIMINATOR_REMOVED "discriminator-removed" "no member tells alternatives apart any more" ok risk patch patch
    MAPPING_ADDED "mapping-added" "a discriminator has another value" ok ok patch patch
    MAPPING_CHANGED "mapping-changed" "a value of a discriminator means another schema" risk risk patch patch
    MAPPING_REMOVED "mapping-removed" "a value of a discriminator is gone" ok ok patch patch

    SCHEMA_ADDED "schema-added" "a schema that no operation uses is new" - - minor minor
    SCHEMA_REMOVED "schema-removed" "a schema that no operation uses is gone" - - minor minor
    EXTENSION_CHANGED "extension-changed" "a key that the generator reads is another" - - patch patch
    DOCUMENTATION_CHANGED "documentation-changed" "texts and examples are others" - - patch patch
    PROMISE_BROKEN "promise-broken" "the generator can't keep what was promised" - - major major
}
