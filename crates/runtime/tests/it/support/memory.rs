//! How far the memory of this process has grown at its highest. All tests of a process share that,
//! so measure in a child process with one test.

use std::fs;

/// The state before the work that is measured.
pub(crate) struct Growth {
    before: u64,
}

impl Growth {
    /// None where the system does not tell, or does not let the peak be set back.
    pub(crate) fn start() -> Option<Self> {
        let set_back = fs::write("/proc/self/clear_refs", "5");
        let before = kib("VmHWM:");
        if set_back.is_err() || before.is_none() {
            eprintln!("memory is not measured here: {set_back:?}, {before:?}");
        }
        set_back.ok()?;
        Some(Self { before: before? })
    }

    /// Bytes at the highest point since the start, beyond those at the start. Kernels count in
    /// batches for each processor, so leave some hundred KiB.
    pub(crate) fn peak(&self) -> u64 {
        kib("VmHWM:").unwrap().saturating_sub(self.before) * 1024
    }
}

fn kib(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
