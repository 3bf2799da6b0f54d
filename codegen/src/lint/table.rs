//! OpenAPI 3.0 as a table: the objects, their keys, what each key holds.

/// An object of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Obj {
    Document,
    Info,
    Contact,
    License,
    Server,
    ServerVariable,
    Paths,
    PathItem,
    Operation,
    ExternalDocs,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Responses,
    Response,
    Callback,
    Example,
    Link,
    Header,
    Tag,
    Schema,
    Discriminator,
    Xml,
    Components,
    SecurityScheme,
    OAuthFlows,
    OAuthFlow,
    SecurityRequirement,
}

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A boolean.
    Flag,
    /// A number.
    Number,
    /// A whole number from 0.
    Count,
    /// That object.
    One(Obj),
    /// That object, or a reference to one.
    Ref(Obj),
    /// A schema, a reference to one, or a boolean.
    SchemaOrFlag,
    /// A list of it.
    List(&'static Want),
    /// A map from names to it.
    Map(&'static Want),
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) want: Want,
    pub(super) required: bool,
}

const fn may(name: &'static str, want: Want) -> Key {
    Key {
        name,
        want,
        required: false,
    }
}

const fn must(name: &'static str, want: Want) -> Key {
    Key {
        name,
        want,
        required: true,
    }
}

use Want::{Any, Count, Flag, List, Map, Number, One, Ref, SchemaOrFlag, Text, Word};

/// The methods of a path item.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Where the security schemes of a document stand.
pub(crate) const SCHEMES: &str = "/components/securitySchemes";

/// The values of `type` in a security scheme.
pub(crate) const SCHEME_TYPES: &[&str] = &["apiKey", "http", "oauth2", "openIdConnect"];

/// The values of `type` in a schema.
pub(super) const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

impl Obj {
    /// The word for it in a message.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Document => "the document",
            Self::Info => "info",
            Self::Contact => "contact",
            Self::License => "license",
            Self::Server => "server",
            Self::ServerVariable => "server variable",
            Self::Paths => "paths",
            Self::PathItem => "path item",
            Self::Operation => "operation",
            Self::ExternalDocs => "external documentation",
            Self::Parameter => "parameter",
            Self::RequestBody => "request body",
            Self::MediaType => "media type",
            Self::Encoding => "encoding",
            Self::Responses => "responses",
            Self::Response => "response",
            Self::Callback => "callback",
            Self::Example => "example",
            Self::Link => "link",
            Self::Header => "header",
            Self::Tag => "tag",
            Self::Schema => "schema",
            Self::Discriminator => "discriminator",
            Self::Xml => "xml",
            Self::Components => "components",
            Self::SecurityScheme => "security scheme",
            Self::OAuthFlows => "OAuth flows",
            Self::OAuthFlow => "OAuth flow",
            Self::SecurityRequirement => "security requirement",
        }
    }

    /// Its fixed keys.
    pub(crate) fn keys(self) -> &'static [Key] {
        match self {
            Self::Document => DOCUMENT,
            Self::Info => INFO,
            Self::Contact => CONTACT,
            Self::License => LICENSE,
            Self::Server => SERVER,
            Self::ServerVariable => SERVER_VARIABLE,
            Self::PathItem => PATH_ITEM,
            Self::Operation => OPERATION,
            Self::ExternalDocs => EXTERNAL_DOCS,
            Self::Parameter => PARAMETER,
            Self::RequestBody => REQUEST_BODY,
            Self::MediaType => MEDIA_TYPE,
            Self::Encoding => ENCODING,
            Self::Response => RESPONSE,
            Self::Example => EXAMPLE,
            Self::Link => LINK,
            Self::Header => HEADER,
            Self::Tag => TAG,
            Self::Schema => SCHEMA,
            Self::Discriminator => DISCRIMINATOR,
            Self::Xml => XML,
            Self::Components => COMPONENTS,
            Self::SecurityScheme => SECURITY_SCHEME,
            Self::OAuthFlows => OAUTH_FLOWS,
            Self::OAuthFlow => OAUTH_FLOW,
            Self::Paths | Self::Responses | Self::Callback | Self::SecurityRequirement => &[],
        }
    }

    /// What its other keys hold, for an object whose keys are names.
    pub(crate) fn others(self) -> Option<Want> {
        match self {
            Self::Paths => Some(Ref(Self::PathItem)),
            Self::Responses => Some(Ref(Self::Response)),
            Self::Callback => Some(One(Self::PathItem)),
            Self::SecurityRequirement => Some(List(&Text)),
            _ => None,
        }
    }

    /// Where `components` keeps it.
    pub(crate) fn section(self) -> Option<&'static str> {
        match self {
            Self::Schema => Some("schemas"),
            Self::Response => Some("responses"),
            Self::Parameter => Some("parameters"),
            Self::Example => Some("examples"),
            Self::RequestBody => Some("requestBodies"),
            Self::Header => Some("headers"),
            Self::SecurityScheme => Some("securitySchemes"),
            Self::Link => Some("links"),
            Self::Callback => Some("callbacks"),
            _ => None,
        }
    }
}

const DOCUMENT: &[Key] = &[
    must("openapi", Text),
    must("info", One(Obj::Info)),
    may("servers", List(&One(Obj::Server))),
    must("paths", One(Obj::Paths)),
    may("components", One(Obj::Components)),
    may("security", List(&One(Obj::SecurityRequirement))),
    may("tags", List(&One(Obj::Tag))),
    may("externalDocs", One(Obj::ExternalDocs)),
];

const INFO: &[Key] = &[
    must("title", Text),
    may("description", Text),
    may("termsOfService", Text),
    may("contact", One(Obj::Contact)),
    may("license", One(Obj::License)),
    must("version", Text),
];

const CONTACT: &[Key] = &[may("name", Text), may("url", Text), may("email", Text)];

const LICENSE: &[Key] = &[must("name", Text), may("url", Text)];

const SERVER: &[Key] = &[
    must("url", Text),
    may("description", Text),
    may("variables", Map(&One(Obj::ServerVariable))),
];

const SERVER_VARIABLE: &[Key] = &[
    may("enum", List(&Text)),
    must("default", Text),
    may("description", Text),
];

const PATH_ITEM: &[Key] = &[
    may("summary", Text),
    may("description", Text),
    may("get", One(Obj::Operation)),
    may("put", One(Obj::Operation)),
    may("post", One(Obj::Operation)),
    may("delete", One(Obj::Operation)),
    may("options", One(Obj::Operation)),
    may("head", One(Obj::Operation)),
    may("patch", One(Obj::Operation)),
    may("trace", One(Obj::Operation)),
    may("servers", List(&One(Obj::Server))),
    may("parameters", List(&Ref(Obj::Parameter))),
];

const OPERATION: &[Key] = &[
    may("tags", List(&Text)),
    may("summary", Text),
    may("description", Text),
    may("externalDocs", One(Obj::ExternalDocs)),
    may("operationId", Text),
    may("parameters", List(&Ref(Obj::Parameter))),
    may("requestBody", Ref(Obj::RequestBody)),
    must("responses", One(Obj::Responses)),
    may("callbacks", Map(&Ref(Obj::Callback))),
    may("deprecated", Flag),
    may("security", List(&One(Obj::SecurityRequirement))),
    may("servers", List(&One(Obj::Server))),
];

const EXTERNAL_DOCS: &[Key] = &[may("description", Text), must("url", Text)];

const STYLES: &[&str] = &[
    "matrix",
    "label",
    "form",
    "simple",
    "spaceDelimited",
    "pipeDelimited",
    "deepObject",
];

const PARAMETER: &[Key] = &[
    must("name", Text),
    must("in", Word(&["query", "header", "path", "cookie"])),
    may("description", Text),
    may("required", Flag),
    may("deprecated", Flag),
    may("allowEmptyValue", Flag),
    may("style", Word(STYLES)),
    may("explode", Flag),
    may("allowReserved", Flag),
    may("schema", Ref(Obj::Schema)),
    may("example", Any),
    may("examples", Map(&Ref(Obj::Example))),
    may("content", Map(&One(Obj::MediaType))),
];

const HEADER: &[Key] = &[
    may("description", Text),
    may("required", Flag),
    may("deprecated", Flag),
    may("allowEmptyValue", Flag),
    may("style", Word(&["simple"])),
    may("explode", Flag),
    may("allowReserved", Flag),
    may("schema", Ref(Obj::Schema)),
    may("example", Any),
    may("examples", Map(&Ref(Obj::Example))),
    may("content", Map(&One(Obj::MediaType))),
];

const REQUEST_BODY: &[Key] = &[
    may("description", Text),
    must("content", Map(&One(Obj::MediaType))),
    may("required", Flag),
];

const MEDIA_TYPE: &[Key] = &[
    may("schema", Ref(Obj::Schema)),
    may("example", Any),
    may("examples", Map(&Ref(Obj::Example))),
    may("encoding", Map(&One(Obj::Encoding))),
];

const ENCODING: &[Key] = &[
    may("contentType", Text),
    may("headers", Map(&Ref(Obj::Header))),
    may("style", Word(STYLES)),
    may("explode", Flag),
    may("allowReserved", Flag),
];

const RESPONSE: &[Key] = &[
    must("description", Text),
    may("headers", Map(&Ref(Obj::Header))),
    may("content", Map(&One(Obj::MediaType))),
    may("links", Map(&Ref(Obj::Link))),
];

const EXAMPLE: &[Key] = &[
    may("summary", Text),
    may("description", Text),
    may("value", Any),
    may("externalValue", Text),
];

const LINK: &[Key] = &[
    may("operationRef", Text),
    may("operationId", Text),
    may("parameters", Map(&Any)),
    may("requestBody", Any),
    may("description", Text),
    may("server", One(Obj::Server)),
];

const TAG: &[Key] = &[
    must("name", Text),
    may("description", Text),
    may("externalDocs", One(Obj::ExternalDocs)),
];

const SCHEMA: &[Key] = &[
    may("title", Text),
    may("multipleOf", Number),
    may("maximum", Number),
    may("exclusiveMaximum", Flag),
    may("minimum", Number),
    may("exclusiveMinimum", Flag),
    may("maxLength", Count),
    may("minLength", Count),
    may("pattern", Text),
    may("maxItems", Count),
    may("minItems", Count),
    may("uniqueItems", Flag),
    may("maxProperties", Count),
    may("minProperties", Count),
    may("required", List(&Text)),
    may("enum", List(&Any)),
    may("type", Word(TYPES)),
    may("allOf", List(&Ref(Obj::Schema))),
    may("oneOf", List(&Ref(Obj::Schema))),
    may("anyOf", List(&Ref(Obj::Schema))),
    may("not", Ref(Obj::Schema)),
    may("items", Ref(Obj::Schema)),
    may("properties", Map(&Ref(Obj::Schema))),
    may("additionalProperties", SchemaOrFlag),
    may("description", Text),
    may("format", Text),
    may("default", Any),
    may("nullable", Flag),
    may("discriminator", One(Obj::Discriminator)),
    may("readOnly", Flag),
    may("writeOnly", Flag),
    may("xml", One(Obj::Xml)),
    may("externalDocs", One(Obj::ExternalDocs)),
    may("example", Any),
    may("deprecated", Flag),
];

const DISCRIMINATOR: &[Key] = &[must("propertyName", Text), may("mapping", Map(&Text))];

const XML: &[Key] = &[
    may("name", Text),
    may("namespace", Text),
    may("prefix", Text),
    may("attribute", Flag),
    may("wrapped", Flag),
];

const COMPONENTS: &[Key] = &[
    may("schemas", Map(&Ref(Obj::Schema))),
    may("responses", Map(&Ref(Obj::Response))),
    may("parameters", Map(&Ref(Obj::Parameter))),
    may("examples", Map(&Ref(Obj::Example))),
    may("requestBodies", Map(&Ref(Obj::RequestBody))),
    may("headers", Map(&Ref(Obj::Header))),
    may("securitySchemes", Map(&Ref(Obj::SecurityScheme))),
    may("links", Map(&Ref(Obj::Link))),
    may("callbacks", Map(&Ref(Obj::Callback))),
];

const SECURITY_SCHEME: &[Key] = &[
    must("type", Word(SCHEME_TYPES)),
    may("description", Text),
    may("name", Text),
    may("in", Word(&["query", "header", "cookie"])),
    may("scheme", Text),
    may("bearerFormat", Text),
    may("flows", One(Obj::OAuthFlows)),
    may("openIdConnectUrl", Text),
];

const OAUTH_FLOWS: &[Key] = &[
    may("implicit", One(Obj::OAuthFlow)),
    may("password", One(Obj::OAuthFlow)),
    may("clientCredentials", One(Obj::OAuthFlow)),
    may("authorizationCode", One(Obj::OAuthFlow)),
];

const OAUTH_FLOW: &[Key] = &[
    may("authorizationUrl", Text),
    may("tokenUrl", Text),
    may("refreshUrl", Text),
    must("scopes", Map(&Text)),
];

/// Keywords that speak of one type only.
pub(crate) const OF_TYPE: &[(&str, &[&str])] = &[
    ("string", &["maxLength", "minLength", "pattern"]),
    ("array", &["items", "maxItems", "minItems", "uniqueItems"]),
    (
        "object",
        &[
            "properties",
            "additionalProperties",
            "required",
            "maxProperties",
            "minProperties",
        ],
    ),
    (
        "number",
        &[
            "multipleOf",
            "maximum",
            "minimum",
            "exclusiveMaximum",
            "exclusiveMinimum",
        ],
    ),
];
