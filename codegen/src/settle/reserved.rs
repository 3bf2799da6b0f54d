//! Words that generated code says without a path, so that no item of a spec may
//! have them.

/// Types of the model crate.
pub(crate) const IN_MODEL: &[&str] = &[
    "BTreeMap",
    "Box",
    "ClientValue",
    "Count",
    "Cow",
    "Deserialize",
    "Deserializer",
    "Err",
    "Findable",
    "FormStyle",
    "Into",
    "IntoIterator",
    "Lenient",
    "ListStyle",
    "Method",
    "MissingMember",
    "MissingValue",
    "None",
    "Ok",
    "OpenEnum",
    "Operation",
    "OperationInfo",
    "Option",
    "PageParts",
    "Paged",
    "Paging",
    "PhantomData",
    "Position",
    "ReplyFormat",
    "ReplyHead",
    "RequestParts",
    "Result",
    "RetrySafety",
    "Schedule",
    "Self",
    "Serialize",
    "Serializer",
    "Set",
    "Some",
    "Starts",
    "StatusRange",
    "String",
    "Style",
    "Subject",
    "TimeFormat",
    "Timestamp",
    "UnknownJson",
    "UnknownValue",
    "Unset",
    "Validate",
    "Validator",
    "Vec",
    "Waiting",
    "Waits",
    "Watches",
];

/// Builders of the client crate.
pub(crate) const IN_CLIENT: &[&str] = &[
    "AttemptRecord",
    "Blob",
    "Box",
    "Call",
    "Client",
    "ClientBuilder",
    "ConnectProblem",
    "Drift",
    "DriftKind",
    "Duration",
    "Error",
    "ErrorKind",
    "Into",
    "IntoIterator",
    "Items",
    "Json",
    "Made",
    "MissingMember",
    "OpenEnum",
    "Option",
    "Outcome",
    "Pages",
    "PagingProblem",
    "PhantomData",
    "PreparedRequest",
    "ReplyProblem",
    "Response",
    "Result",
    "RetryConfig",
    "Secret",
    "Self",
    "Sending",
    "SendingWithResponse",
    "Service",
    "ServiceClient",
    "Set",
    "Some",
    "Started",
    "String",
    "TimeoutPhase",
    "Timestamp",
    "Unset",
    "Vec",
    "Waiter",
];

/// Modules of the generated crates.
pub(crate) const MODULES: &[&str] = &[
    "aliases",
    "auth",
    "calls",
    "client",
    "finding",
    "generated",
    "model",
    "operations",
    "paging",
    "required",
    "resources",
    "runtime",
    "security",
    "types",
    "validate",
    "waiting",
];

/// Methods of every client, and the file of the module itself.
pub(crate) const METHODS_OF_CLIENTS: &[&str] =
    &["builder", "clone", "fmt", "from_runtime", "mod", "runtime"];

/// Methods of the builder of a call that are no inputs.
pub(crate) fn is_method_of_calls(name: &str) -> bool {
    name.starts_with("with_")
        || name.starts_with("send")
        || matches!(
            name,
            "build"
                | "clone"
                | "fmt"
                | "items"
                | "new"
                | "pages"
                | "retype"
                | "start"
                | "start_blocking"
                | "validate"
                | "wait"
        )
}

/// Methods of a type and its builder that are no members.
pub(crate) fn is_method_of_types(name: &str) -> bool {
    matches!(
        name,
        "build" | "builder" | "clone" | "default" | "fmt" | "retype" | "validate"
    )
}
