//! The intermediate representation: what a service offers, with every
//! reference resolved and every shape decided, free of Rust names and tokens.
//!
//! [`Api`] is made by [`crate::lower`] and never changed afterwards. Everything
//! carries the [`Span`] it came from, so that later stages can point at the
//! spec.

mod docs;
mod flow;
mod limits;
mod media;
mod path;
mod security;

use crate::name::Words;
use crate::source::Span;

pub use docs::{Deprecation, DocSource, Docs, Example, ExampleBody};
pub use flow::{Find, Next, OperationId, Paging, PagingStyle, Path, Value, Wait};
pub use limits::{Constraint, Rule, When};
pub use media::{Format, JSON, Media, MemberForm, essence};
pub use path::PathTemplate;
pub use security::{Alternatives, Scheme, SchemeKind, whatever_is_given};

/// A whole service.
#[derive(Clone, Debug)]
pub struct Api {
    /// Short name: `vbs`.
    pub name: String,
    /// Name for people: `Volume Backup Service`.
    pub title: String,
    /// What the vendor's SDK calls it.
    pub sdk_name: Option<String>,
    /// Endpoints by region, in the order of the spec.
    pub regions: Vec<Region>,
    /// The address of a service that has one for all callers.
    pub endpoint: Option<String>,
    /// How callers are known; `None` if by a token of IAM or a signature.
    pub security: Option<Vec<Scheme>>,
    /// Groups of operations, in the order of the spec.
    pub tags: Vec<Tag>,
    /// In the order of the spec.
    pub operations: Vec<Operation>,
    /// Every type that a request or a reply reaches.
    pub types: Vec<TypeDef>,
    /// Schemas of a document of others that are no types of their own: what their names stand for.
    pub aliases: Vec<Field>,
    /// All its schemas that are, by the name in the document.
    pub schemas: Vec<(String, TypeId)>,
    /// Root of the document.
    pub at: Span,
}

impl Api {
    /// The definition behind an id.
    pub fn get(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0]
    }

    /// The operation behind an id.
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id.0]
    }

    /// All ids, in the order in which the types were first reached.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..self.types.len()).map(TypeId)
    }
}

/// Index of a type in [`Api::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub usize);

/// A group of operations.
#[derive(Clone, Debug)]
pub struct Tag {
    /// `Backup Policies`
    pub name: String,
    /// What the spec says of it.
    pub description: Option<String>,
}

impl Tag {
    /// The module that shows its operations: `backup_policies`.
    pub fn module(&self) -> String {
        Words::split(&self.name).snake()
    }
}

/// One endpoint of the service.
#[derive(Clone, Debug)]
pub struct Region {
    /// Region id: `eu-de`.
    pub id: String,
    /// Base URL without a trailing slash.
    pub url: String,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The spec's `operationId`.
    pub id: String,
    /// `x-rust-name`.
    pub rust_name: Option<String>,
    /// The first of its tags.
    pub tag: Option<String>,
    /// HTTP method.
    pub method: Method,
    /// Path template.
    pub path: PathTemplate,
    /// What a caller gives, in the order of the spec: path, query and header
    /// parameters, then the members of the body.
    pub inputs: Vec<Input>,
    /// What the client holds for all calls.
    pub held: Vec<Held>,
    /// How the body is sent.
    pub body: Body,
    /// As which media type.
    pub sends: Media,
    /// What a successful reply holds.
    pub reply: Reply,
    /// As which media type.
    pub accepts: Media,
    /// Headers of a success, which are members of the output too.
    pub heads: Vec<Field>,
    /// Statuses that mean success.
    pub success: Vec<Status>,
    /// Documented error statuses with their descriptions.
    pub errors: Vec<ErrorStatus>,
    /// Whether the call may be repeated.
    pub retry: RetrySafety,
    /// The security schemes that it asks for, where the service has its own.
    pub security: Alternatives,
    /// Cross-field rules over the inputs.
    pub rules: Vec<Rule>,
    /// How a list is walked.
    pub paging: Option<Paging>,
    /// What to wait for, and how.
    pub wait: Option<Wait>,
    /// How to find again what was made.
    pub find: Option<Find>,
    /// Examples of the document.
    pub examples: Vec<Example>,
    /// Doc text.
    pub docs: Docs,
    /// Where the facts come from.
    pub source: DocSource,
    /// The operation's place in the spec.
    pub at: Span,
}

/// HTTP methods that clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the HTTP methods")]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
    Head,
    Patch,
    Options,
    Trace,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 8] = [
        Method::Get,
        Method::Put,
        Method::Post,
        Method::Delete,
        Method::Head,
        Method::Patch,
        Method::Options,
        Method::Trace,
    ];

    /// Whether a request changes nothing by what HTTP says.
    pub fn is_safe(self) -> bool {
        matches!(
            self,
            Method::Get | Method::Head | Method::Options | Method::Trace
        )
    }

    /// The method as it is written in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
            Method::Patch => "PATCH",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
        }
    }
}

/// One thing that a caller gives to an operation.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it goes.
    pub place: Place,
    /// Its name, type and limits.
    pub field: Field,
    /// How a list is written in a query.
    pub list_style: ListStyle,
    /// How a value is written that is no plain text or repeated list.
    pub style: Option<Style>,
    /// Mandatory once any member of an optional body is given.
    pub required_if_sent: bool,
}

/// Where an input goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// A member of the object or form in the body.
    Body,
    /// The body as a whole, where it is no object.
    WholeBody,
}

impl Place {
    /// The word used in promises and in JSON pointers of violations.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Cookie => "cookie",
            Place::Body | Place::WholeBody => "body",
        }
    }
}

/// How a list is written in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// `id=a&id=b`
    Repeated,
    /// `id=a,b`
    Comma,
}

/// How a parameter is written, by the names of OpenAPI and of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are described where they are made")]
pub enum Style {
    Simple,
    SimpleExploded,
    Label,
    LabelExploded,
    Matrix,
    MatrixExploded,
    Form,
    FormExploded,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    Json,
}

/// A value that the client holds once for all calls.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which value: `project_id` or `language`.
    pub value: String,
    /// Path or header.
    pub place: Place,
    /// Name on the wire.
    pub wire: String,
    /// The values that it may have; empty if any.
    pub values: Vec<String>,
}

/// How the body of a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// An object or form of the inputs with [`Place::Body`].
    Object {
        /// Sent even when no member is set.
        required: bool,
    },
    /// The one input with [`Place::WholeBody`].
    Whole,
}

/// What a successful reply holds.
#[derive(Clone, Debug)]
pub enum Reply {
    /// No body, or none that is described.
    Empty,
    /// A JSON object.
    Object(Vec<Field>),
    /// Any other JSON value, text or bytes.
    Whole(Box<Field>),
}

impl Reply {
    /// The same, to change them.
    pub fn fields_mut(&mut self) -> &mut [Field] {
        match self {
            Reply::Empty => &mut [],
            Reply::Object(fields) => fields,
            Reply::Whole(field) => std::slice::from_mut(&mut **field),
        }
    }

    /// The members of the reply, or its one value.
    pub fn fields(&self) -> &[Field] {
        match self {
            Reply::Empty => &[],
            Reply::Object(fields) => fields,
            Reply::Whole(field) => std::slice::from_ref(&**field),
        }
    }
}

/// A status, or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `200`
    Code(u16),
    /// `2XX`
    Class(u8),
}

/// A documented error status.
#[derive(Clone, Debug)]
pub struct ErrorStatus {
    /// `404`, `4XX` or `default`.
    pub status: String,
    /// What the spec says of it.
    pub description: String,
}

/// Whether an operation may be repeated when its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrySafety {
    /// A second identical request changes nothing more.
    Idempotent,
    /// A second request may act twice.
    Never,
}

/// A type that has a name in Rust.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// The name proposed by the spec: the component's, `x-rust-name`, or made
    /// from the place of an inline schema.
    pub proposed: String,
    /// `x-rust-name`.
    pub rust_name: Option<String>,
    /// The shape.
    pub shape: Shape,
    /// Doc text.
    pub docs: Docs,
    /// Place in the spec.
    pub at: Span,
}

/// What a named type looks like.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An object with known members.
    Struct(Struct),
    /// Text with known values; others are kept.
    OpenEnum(Vec<EnumValue>),
    /// One of several types; others are kept.
    Union(Vec<Branch>),
}

/// An object with known members.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    /// In the order of the spec.
    pub fields: Vec<Field>,
    /// Rules over several members.
    pub rules: Vec<Rule>,
}

/// One value of an open enum.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// On the wire.
    pub wire: String,
    /// Name from `x-rust-names`.
    pub rust_name: Option<String>,
    /// Why callers should not use it any more.
    pub deprecated: Option<Deprecation>,
    /// Place in the spec.
    pub at: Span,
}

/// One branch of a union.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What it holds.
    pub ty: TypeRef,
    /// Its limits.
    pub constraints: Vec<Constraint>,
    /// What it says of itself on the wire.
    pub mark: Option<Mark>,
    /// Name proposed for the variant.
    pub proposed: String,
    /// Why callers should not use it any more.
    pub deprecated: Option<Deprecation>,
}

/// How a branch is told by a `discriminator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The member that tells.
    pub member: String,
    /// What it says, one of these.
    pub values: Vec<String>,
    /// The document maps these values to the branch; otherwise they are the name of its schema.
    pub is_mapped: bool,
}

/// The wire name of what holds the members that have no name of their own.
pub const REST: &str = "*";

/// A member of an object, or a parameter.
#[derive(Clone, Debug)]
pub struct Field {
    /// Exact spelling on the wire.
    pub wire: String,
    /// A map of all members of the object that have no field of their own; [`REST`] on the wire.
    pub is_rest: bool,
    /// `x-rust-name`.
    pub rust_name: Option<String>,
    /// Mandatory by the document.
    pub required: bool,
    /// May be `null`.
    pub nullable: bool,
    /// Its type.
    pub ty: TypeRef,
    /// Its limits.
    pub constraints: Vec<Constraint>,
    /// Doc text.
    pub docs: Docs,
    /// Place in the spec.
    pub at: Span,
}

/// A type as it is used in a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// Text.
    Text,
    /// Text that nobody may see.
    Secret,
    /// A 64-bit integer.
    Integer,
    /// A floating point number.
    Number,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp(TimeFormat),
    /// A named type.
    Named(TypeId),
    /// A list.
    List(Box<TypeRef>),
    /// An object with free keys.
    Map(Box<TypeRef>),
    /// An item of a list or a value of a map that may be `null`.
    Nullable(Box<TypeRef>),
    /// Any JSON.
    Json,
    /// Bytes as they are: a file in a form, or a whole body.
    Blob,
}

impl TypeRef {
    /// The named type at the bottom of lists and maps.
    pub fn named(&self) -> Option<TypeId> {
        match self {
            TypeRef::Named(id) => Some(*id),
            TypeRef::List(inner) | TypeRef::Map(inner) | TypeRef::Nullable(inner) => inner.named(),
            _ => None,
        }
    }

    /// What a list or map holds.
    pub fn item(&self) -> Option<&TypeRef> {
        match self {
            TypeRef::List(item) | TypeRef::Map(item) => Some(item),
            _ => None,
        }
    }

    /// Whether it is text that nobody may see, or a list or map of such.
    pub fn is_secret(&self) -> bool {
        match self {
            TypeRef::Secret => true,
            TypeRef::List(inner) | TypeRef::Map(inner) | TypeRef::Nullable(inner) => {
                inner.is_secret()
            }
            _ => false,
        }
    }

    /// Forgets `null` among items and values, where it can't be written.
    pub fn without_nulls(&mut self) {
        if let TypeRef::List(inner) | TypeRef::Map(inner) = self {
            if let TypeRef::Nullable(given) = &**inner {
                *inner = given.clone();
            }
            inner.without_nulls();
        }
    }

    /// The type without `null`.
    pub fn given(&self) -> &TypeRef {
        match self {
            TypeRef::Nullable(inner) => inner,
            ty => ty,
        }
    }
}

/// How a time is written in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeFormat {
    /// `2018-08-06T10:41:14+0800`
    BasicOffset,
    /// RFC 3339.
    Rfc3339,
    /// The same without an offset: only read, since nobody can tell which time is meant.
    Local,
}
