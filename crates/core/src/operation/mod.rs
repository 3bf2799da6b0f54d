//! What an operation is, as data: the generated clients hold no behaviour.
//!
//! A generated input type implements [`Operation`]: one constant that says
//! where and how to send, and one function that fills a [`RequestParts`]. The
//! runtime does the rest. Nothing here knows an HTTP library.

mod form;
mod head;
mod info;
mod multipart;
mod request;
mod style;
mod text;
mod wire;

use crate::de::Lenient;
use crate::validate::Validate;

pub use self::form::{FormBody, FormStyle};
pub use self::head::ReplyHead;
pub use self::info::{
    ClientValue, Method, OperationInfo, Place, ReplyFormat, RetrySafety, StatusRange,
};
pub use self::multipart::MultipartBody;
pub use self::request::{BodyObject, EncodeError, Refused, RequestParts};
pub use self::style::{Style, push_encoded};
pub use self::text::FromWireText;
pub use self::wire::{ListStyle, WireText};

/// A call that can be made, implemented by its generated input type.
///
/// ```
/// use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
/// use cloudbackup_core::de::{self, Lenient};
/// use cloudbackup_core::{Validate, Validator};
/// use serde::Deserializer;
///
/// struct DeleteBackupInput { backup_id: Option<String> }
///
/// #[derive(serde::Deserialize)]
/// struct DeleteBackupOutput {}
///
/// impl Lenient for DeleteBackupOutput {
///     fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         de::object(deserializer)
///     }
/// }
///
/// impl Validate for DeleteBackupInput {
///     fn validate(&self, v: &mut Validator) {
///         v.place("path", |v| { v.member("backup_id", &self.backup_id).required(); });
///     }
/// }
///
/// impl Operation for DeleteBackupInput {
///     const INFO: OperationInfo =
///         OperationInfo::new("cbr", "delete_backup", Method::Delete, "/v3/backups/{backup_id}");
///     type Output = DeleteBackupOutput;
///
///     fn encode(&self, request: &mut RequestParts) {
///         request.path("backup_id", &self.backup_id);
///     }
/// }
///
/// let mut request = RequestParts::new();
/// DeleteBackupInput { backup_id: Some("b1".into()) }.encode(&mut request);
/// assert_eq!(request.path_value("backup_id"), Some("b1"));
/// ```
pub trait Operation: Validate + Send + 'static {
    /// Where and how the call is sent.
    const INFO: OperationInfo;

    /// What a successful reply decodes to.
    type Output: Lenient + Send + 'static;

    /// Writes the path values, query, headers and body of this call.
    fn encode(&self, request: &mut RequestParts);

    /// Fills the members of the output that stand in the head of the reply. Most have none.
    fn read_head(output: &mut Self::Output, head: &ReplyHead<'_>) {
        let _ = (output, head);
    }
}
