//! The list of all codes. A new one is a line here and a page
//! `explain/<code>.md`; the tests ask for a fixture as well.
//!
//! E0xx come from loading, E1xx from the lint, E2xx from parsing and lowering,
//! E3xx from names and promises. A number is never used twice.

use super::Code;

/// What is known about a code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// A few words.
    pub title: &'static str,
    /// The page that says more, Markdown.
    pub explain: &'static str,
}

macro_rules! codes {
    ($($name:ident $title:literal)*) => {
        /// One constant for each code.
        pub mod code {
            use super::Code;
            $(
                #[doc = $title]
                pub const $name: Code = Code(stringify!($name));
            )*
        }

        /// All codes in ascending order.
        pub const CODES: &[CodeInfo] = &[
            $(CodeInfo {
                code: code::$name,
                title: $title,
                explain: include_str!(concat!("explain/", stringify!($name), ".md")),
            },)*
        ];
    };
}

codes! {
    E001 "not valid YAML"
    E002 "not valid JSON"
    E003 "a key is given twice"
    E004 "a control character"
    E005 "an empty document"
    E006 "the top level is not a map"
    E007 "a tab where YAML wants spaces"
    E008 "more than one YAML document"
    E009 "a key that is not a text"
    E010 "a YAML tag that is not understood"
    E011 "a merge key"
    E012 "a document that is too large"
    E013 "a document that is nested too deep"
    E014 "an alias that leads nowhere"
    E015 "a number out of range"
    E100 "not OpenAPI 3.0"
    E101 "an unknown key"
    E102 "a value of the wrong kind"
    E103 "a missing key"
    E104 "a value that is not on the list"
    E105 "keys beside a reference"
    E106 "a reference to something that is not there"
    E107 "a reference out of the document"
    E108 "references in a circle"
    E109 "a reference to another kind of thing"
    E110 "a malformed path"
    E111 "a path and its parameters disagree"
    E112 "a path parameter that is not required"
    E113 "a parameter listed twice"
    E114 "an operationId used twice"
    E115 "two paths of one shape"
    E116 "a response that is no status"
    E117 "a parameter without a type, or with two"
    E118 "a name that cannot be a header"
    E119 "a form that is not an object"
    E120 "an unknown security scheme"
    E121 "an array without items"
    E122 "a keyword that does not fit the type"
    E123 "limits that leave no value"
    E124 "values of an enum"
    E125 "a default that is not allowed"
    E126 "a required member that is no property"
    E127 "an unknown format"
    E128 "a discriminator that does not lead to a schema"
    E129 "a pattern that is no regular expression"
    E130 "an `allOf` of different types"
    E140 "an unknown key of our own"
    E141 "a key of our own in the wrong place"
    E142 "a key of our own with the wrong value"
    E143 "a house rule: something is missing"
    E144 "a house rule: names"
    E145 "a house rule: may it be sent twice?"
    E146 "no response of success"
    E147 "a house rule: descriptions"
    E148 "a component that nothing uses"
    E149 "a rule about a member that does not fit"
    E150 "a parameter the client cannot hold"
    E151 "an example that does not fit its operation"
    E152 "a house rule: endpoints"
    E153 "paging that does not fit its operation"
    E154 "waiting that does not fit its operation"
    E155 "finding that does not fit its operation"
    E156 "a house rule: how is the list walked?"
    E201 "not OpenAPI 3.0"
    E202 "valid OpenAPI that no Rust is made for"
    E204 "an example file that is not there"
    E205 "an example whose parameters do not fit"
    E206 "a documented body that does not fit its schema"
    E207 "an override that changes nothing"
    E208 "something of the spec that is left out"
    E210 "an operation of others that is left out"
    E211 "a schema of others without a type of its own"
    E299 "generated code that does not parse"
    E301 "an `.api` file that can't be read"
    E302 "a name that can't be used"
    E303 "a promise that the spec no longer keeps"
    E304 "two readings of what a type is"
    E305 "something promised is gone"
    E306 "the sides of a merge promise different things"
}

/// The page about a code, written in either case: `e101`.
pub fn explain(code: &str) -> Option<&'static str> {
    let wanted = CODES
        .iter()
        .find(|info| info.code.as_str().eq_ignore_ascii_case(code.trim()));
    wanted.map(|info| info.explain)
}
