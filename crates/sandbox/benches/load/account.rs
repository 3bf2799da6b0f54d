//! How long calls took, and what was not as it was answered.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cloudbackup_runtime::Error;

/// The account of all clients.
#[derive(Debug, Default)]
pub(crate) struct Account {
    calls: Mutex<BTreeMap<(&'static str, &'static str), Vec<Duration>>>,
    wrong: Mutex<Vec<String>>,
}

impl Account {
    /// Times a call. One that ends without an answer, or with a server error, is wrong.
    pub(crate) async fn timed<T>(
        &self,
        call: (&'static str, &'static str),
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        let done = work.await;
        let took = begun.elapsed();
        self.calls
            .lock()
            .unwrap()
            .entry(call)
            .or_default()
            .push(took);
        if let Err(error) = &done
            && error.status().is_none_or(|status| status.as_u16() >= 500)
        {
            self.note(error.to_string());
        }
        done
    }

    pub(crate) fn note(&self, wrong: String) {
        self.wrong.lock().unwrap().push(wrong);
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    pub(crate) fn print(&self) {
        println!("  calls, latency in ms           count     p50     p90     p99     max");
        let mut calls = self.calls.lock().unwrap();
        let mut count = 0;
        for ((service, call), times) in &mut *calls {
            times.sort_unstable();
            count += times.len();
            let at = |part: usize| times[(times.len() - 1) * part / 1000].as_secs_f64() * 1000.0;
            println!(
                "  {:<28}{:>8}{:>8.1}{:>8.1}{:>8.1}{:>8.1}",
                format!("{service} {call}"),
                times.len(),
                at(500),
                at(900),
                at(990),
                at(1000)
            );
        }
        println!("  {count} calls in all");
    }
}
