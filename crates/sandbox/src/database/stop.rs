//! Stopping backups that are being made.

use super::backup::Progress;
use super::job::{Job, Task};
use super::problem::Problem;
use super::store::Store;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

impl Store {
    /// Stops the backups of an instance for which that was asked, as far as they are still made.
    pub(super) fn stop(&mut self, at: Moment, place: usize, fails: bool) {
        let stopped: Vec<u64> = self
            .backups
            .iter_mut()
            .filter(|(_, it)| it.instance.number == place && it.stops)
            .filter(|(_, it)| it.progress == Progress::Running)
            .map(|(number, it)| {
                it.stops = false;
                it.fails |= !fails;
                *number
            })
            .collect();
        for number in stopped.into_iter().filter(|_| !fails) {
            self.finish(at, number, Some("the backup was stopped"));
        }
    }

    /// Asks to stop the backups of an instance that are being made; the task that does it.
    pub(crate) fn stop_backups(&mut self, call: &Call, instance_id: &str) -> Result<Job, Refusal> {
        let place = self.place(call, instance_id)?;
        let mut found = false;
        for backup in self.backups.values_mut() {
            let is_own = backup.instance.number == place && !backup.is_copy;
            if is_own && backup.progress == Progress::Running && !backup.stops {
                backup.stops = true;
                found = true;
            }
        }
        if !found {
            return Err(self.refusal(Problem::NothingToStop));
        }
        let instance = self.instances[place].identity.clone();
        Ok(self.start(call, Task::StopBackup, &instance, None).clone())
    }
}
