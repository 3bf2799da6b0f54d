//! What CBR refuses, and why its tasks fail, under the codes of its documents.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::state::Word;

/// Why something is not done. The same reasons stand in refusals, in the tasks that failed, and
/// beside the resources that a backup leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    status: u16,
    #[serde(deserialize_with = "crate::state::word")]
    pub(crate) code: Word,
    #[serde(deserialize_with = "crate::state::word")]
    pub(crate) message: Word,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status, problem.code, problem.message)
    }
}

/// A request that breaks a rule which the specification cannot state.
pub(crate) const fn bad(message: &'static str) -> Problem {
    let code = "BackupService.9900";
    Problem {
        status: 400,
        code,
        message,
    }
}

macro_rules! problems {
    ($($name:ident = $status:literal, $code:literal, $message:literal;)*) => {
        $(pub(crate) const $name: Problem = Problem {
            status: $status,
            code: concat!("BackupService.", $code),
            message: $message,
        };)*
    };
}

problems! {
    NOTHING_TO_DO = 400, "0001", "no resource is available for it";
    // With 500 in the document, but it only ever stands beside a resource that is left out.
    BEING_BACKED_UP = 500, "0002", "the resource is being backed up";
    IMPORT_FAILED = 500, "1006", "the sandbox was told to fail it";
    WRONG_DESTINATION = 400, "1011", "the destination project is not in the destination region";
    SAME_REGION = 400, "1011", "the destination must be another region";
    COPIED_ALREADY = 400, "1012", "the backup has a copy in the destination region";
    DISK_TOO_SMALL = 400, "2001", "the disk is smaller than the one that was backed up";
    RESTORE_WHILE_BACKED_UP = 400, "2002", "the resource is being backed up";
    OTHER_RESOURCE = 400, "2003", "a backup is restored to the resource that it was made of";
    BACKUP_NOT_RESTORABLE = 400, "2005", "the backup cannot be restored in its present state";
    SERVER_FAULTY = 400, "2008", "the server cannot be restored in its present state";
    BEING_RESTORED = 400, "2010", "the resource is being restored";
    DISK_IN_USE = 400, "2011", "the disk must be detached before it is restored";
    PART_OF_BACKUP = 400, "2012", "the backup is a part of that of its server";
    DATA_TO_SYSTEM_DISK = 400, "2013", "a data disk cannot be restored to a system disk";
    NO_POLICY = 404, "6000", "the policy does not exist";
    TOO_MANY_POLICIES = 400, "6001", "there are as many policies of this kind as there may be";
    NOT_APPLIED = 404, "6002", "the policy is not applied to the vault";
    REGION_IN_USE = 400, "6003", "the policy is applied to a vault, its region cannot be changed";
    TOO_MANY_RESOURCES = 400, "6100", "a vault takes 256 resources and no more";
    WRONG_SIZE = 400, "6101", "the vault cannot have this size";
    WRONG_KIND = 400, "6102", "the vault does not take resources of this kind";
    IN_OTHER_VAULT = 400, "6103", "the resource is in another vault";
    IN_VAULT_ALREADY = 400, "6104", "the resource is in the vault already";
    NO_VAULT = 404, "6105", "the vault does not exist";
    TAKES_NO_RESOURCES = 400, "6108", "the vault takes no resources";
    NO_ROOM_FOR_RESOURCE = 400, "6108", "the resources are larger than what is left of the vault";
    LOCKED_FOR_GOOD = 400, "6110", "the lock of a vault cannot be taken off";
    PAID_IN_ADVANCE = 400, "6111", "a vault that is paid for in advance cannot be deleted";
    VAULT_STATE = 400, "6112", "the vault is not in a state that allows it";
    VAULT_CANNOT_BACK_UP = 400, "6113", "the vault is not in a state that allows backups";
    VAULT_FULL = 400, "6114", "the backups do not fit into what is left of the vault";
    REMOVAL_FAILED = 400, "6115", "the sandbox was told to fail it";
    UNSUPPORTED_KIND = 400, "6116", "there are no vaults of this kind for replication";
    DESTINATION_STATE = 400, "6118", "the destination vault is not in a state that allows copies";
    NOT_FOR_REPLICATION = 400, "6119", "the destination vault is not one for replication";
    NO_DESTINATION = 400, "6120", "the destination vault does not exist";
    VAULT_DELETION_FAILED = 400, "6121", "the sandbox was told to fail it";
    KIND_NOT_REPLICATED = 400, "6122", "only servers with their system disk can be replicated";
    BEING_ENLARGED = 400, "6123", "the vault is being enlarged";
    NOT_FOR_BACKUPS = 400, "6124", "the vault takes copies from other regions and no backups";
    POLICY_DOES_NOT_FIT = 400, "6127", "the policy cannot be applied to this vault";
    COPY_OF_COPY = 400, "6128", "a copy cannot be copied on";
    DESTINATION_FULL = 400, "6129", "the destination vault is full";
    BEING_REPLICATED = 400, "6130", "the vault is being replicated";
    TOO_MANY_VAULTS = 400, "6133", "there are as many vaults as there may be";
    BEING_REMOVED = 400, "6134", "the resource is being taken out of the vault";
    NOT_IN_VAULT = 400, "6135", "the resource is not in the vault";
    HYBRID = 400, "6136", "a vault of a hybrid cloud takes no backup policy";
    NO_BACKUP = 404, "6200", "the backup does not exist";
    NOT_DELETABLE = 400, "6201", "the backup cannot be deleted in its present state";
    DELETION_FAILED = 400, "6201", "the sandbox was told to fail it";
    VAULT_CANNOT_RESTORE = 400, "6202", "the vault is not in a state that allows a restore";
    VAULT_BUSY = 400, "6203", "something is going on in the vault";
    METADATA_STATE = 400, "6206", "the backup has no metadata in its present state";
    IN_USE = 400, "6216", "the backup is in use, the next one builds on it";
    NO_CHECKPOINT = 404, "6217", "the restore point does not exist";
    BACKUPS_LOCKED = 400, "6220", "the automatic backups of a locked vault cannot be taken away";
    NO_RESOURCE = 404, "6302", "the resource does not exist";
    NO_TASK = 404, "6500", "the operation log does not exist";
    NO_DISK = 404, "7000", "the disk does not exist";
    NO_SERVER = 404, "7100", "the server does not exist";
    SERVER_STATE = 400, "7101", "the server is not in a state that allows backups";
    NOT_ATTACHED = 400, "7201", "the disk is not attached to the server";
    TOLD_TO_FAIL = 500, "9910", "the sandbox was told to fail it";
}
