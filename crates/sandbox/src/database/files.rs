//! The files of a backup, with links to download them.

use std::time::Duration;

use super::backup::Kind;
use super::problem::Problem;
use super::store::Store;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

/// How long a link works.
const LINK_LASTS: Duration = Duration::from_secs(3600);
/// Size of a file at most, in MB.
const MOST_MB: u32 = 1024;

/// A file of a backup.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) size_kb: i64,
    /// Leads nowhere: there is no backup in truth.
    pub(crate) link: String,
    pub(crate) expires: Moment,
}

/// The files of a backup and where they lie.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) bucket: String,
    pub(crate) files: Vec<File>,
}

impl Store {
    /// The files of a backup of one of these kinds that lies in the call's project.
    pub(crate) fn files(
        &self,
        call: &Call,
        backup_id: &str,
        kinds: &[Kind],
    ) -> Result<Download, Refusal> {
        let refused = |problem| self.refusal(problem);
        let (_, backup) = self.backup(call, backup_id).map_err(refused)?;
        if !kinds.contains(&backup.kind) {
            return Err(refused(Problem::NotFull));
        }
        if !backup.is_completed() {
            return Err(refused(Problem::NotCompleted));
        }
        let region = call.cloud.region_of(&call.project_id);
        let region = region.map_or("", |region| region.name.as_str());
        let bucket = format!("backups.{}.{region}", backup.instance.engine).to_ascii_lowercase();
        let mut files = Vec::new();
        let mut left = backup.size_mb;
        while left > 0 {
            let size = left.min(MOST_MB);
            left -= size;
            let name = format!("{}_{}.data", backup.id, files.len() + 1);
            let expires = call.now.after(LINK_LASTS);
            // No host of this kind can exist, so that nobody is asked for the file.
            let link = format!(
                "https://{bucket}.obs.sandbox.invalid/{name}?Expires={}&Signature={}",
                expires.seconds(),
                call.cloud.ids.hex(40)
            );
            files.push(File {
                name,
                size_kb: i64::from(size) * 1024,
                link,
                expires,
            });
        }
        Ok(Download { bucket, files })
    }
}
