//! Words that generated code says without a path, so that no item of a spec may
//! have them.

/// Types of the model crate.
pub(super) const IN_MODEL: &[&str] = &[
    "BTreeMap",
    "Box",
    "ClientValue",
    "Deserialize",
    "Deserializer",
    "Err",
    "Into",
    "IntoIterator",
    "Lenient",
    "ListStyle",
    "Method",
    "MissingMember",
    "None",
    "Ok",
    "OpenEnum",
    "Operation",
    "OperationInfo",
    "Option",
    "PhantomData",
    "RequestParts",
    "Result",
    "RetrySafety",
    "Schedule",
    "Self",
    "Serialize",
    "Serializer",
    "Set",
    "Some",
    "StatusRange",
    "String",
    "TimeFormat",
    "Timestamp",
    "UnknownJson",
    "UnknownValue",
    "Unset",
    "Validate",
    "Validator",
    "Vec",
];

/// Builders of the client crate.
pub(super) const IN_CLIENT: &[&str] = &[
    "AttemptRecord",
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
    "MissingMember",
    "OpenEnum",
    "Option",
    "Outcome",
    "PhantomData",
    "PreparedRequest",
    "ReplyProblem",
    "Response",
    "Result",
    "RetryConfig",
    "Self",
    "Sending",
    "SendingWithResponse",
    "Service",
    "ServiceClient",
    "Set",
    "Some",
    "String",
    "TimeoutPhase",
    "Timestamp",
    "Unset",
    "Vec",
];

/// Methods of every client, and the file of the module itself.
pub(super) const METHODS_OF_CLIENTS: &[&str] =
    &["builder", "clone", "fmt", "from_runtime", "mod", "runtime"];

/// Methods of the builder of a call that are no inputs.
pub(super) fn is_method_of_calls(name: &str) -> bool {
    name.starts_with("with_")
        || name.starts_with("send")
        || matches!(
            name,
            "build" | "clone" | "fmt" | "new" | "retype" | "validate"
        )
}

/// Methods of a type and its builder that are no members.
pub(super) fn is_method_of_types(name: &str) -> bool {
    matches!(
        name,
        "build" | "builder" | "clone" | "default" | "fmt" | "retype" | "validate"
    )
}
