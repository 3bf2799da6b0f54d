//! Where an example runs: in a sandbox of its own, or in a real cloud.
//!
//! The sandbox is the default and needs nothing. A real cloud is used when `CLOUDBACKUP_REGION` is
//! set. Credentials are then looked for as the vendor's SDK does: variables such as
//! `HUAWEICLOUD_SDK_AK`, the file `~/.huaweicloud/credentials`, the metadata of the server. What each
//! example needs besides stands at its top. Backups in a real cloud cost money.

mod clock;
pub(crate) mod meter;

use std::env;
use std::error::Error;
use std::io::{IsTerminal, Write, stdout};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloudbackup::ServiceClient;
use cloudbackup::auth::{Credentials, default_chain};
use cloudbackup::waiting::{WaitHandle, Waiter};
use cloudbackup_core::waiting::Waits;
use cloudbackup_sandbox::{Inventory, Sandbox};
use tokio::sync::mpsc;

use self::clock::SandboxClock;
use self::meter::{Meter, Step as Reading};

/// Any error: an example prints it and ends.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How often the state of something is asked for.
const PAUSE: Duration = Duration::from_secs(15);
/// After so many questions an example gives up.
const MOST_PAUSES: u32 = 400;

/// Where an example runs, and how it shows what it waits for.
pub(crate) struct Stage {
    /// A cloud on this machine; a real one where there is none.
    pub(crate) sandbox: Option<Arc<Sandbox>>,
    /// What an earlier run has printed when it was stopped.
    pub(crate) resumed: Option<String>,
    /// Waiting is given up after so many readings, as if somebody had pressed Ctrl-C.
    pub(crate) stop_after: Option<usize>,
    is_terminal: bool,
}

impl Stage {
    /// The stage that the environment asks for.
    pub(crate) async fn from_environment() -> Result<Self, Failure> {
        let is_cloud = env::var_os("CLOUDBACKUP_REGION").is_some();
        let sandbox = match is_cloud {
            true => None,
            false => Some(Sandbox::start().await?),
        };
        Ok(Self {
            sandbox: sandbox.map(Arc::new),
            resumed: env::var("CLOUDBACKUP_RESUME").ok(),
            stop_after: None,
            is_terminal: stdout().is_terminal(),
        })
    }

    /// A sandbox whose output is no terminal.
    pub(crate) fn in_sandbox(sandbox: Sandbox) -> Self {
        Self {
            sandbox: Some(Arc::new(sandbox)),
            resumed: None,
            stop_after: None,
            is_terminal: false,
        }
    }

    /// A client for the project that the example works in.
    pub(crate) fn client<C: ServiceClient>(&self) -> Result<C, Failure> {
        Ok(match &self.sandbox {
            Some(sandbox) => sandbox
                .configure()
                .clock(SandboxClock::new(sandbox))
                .build()?,
            None => cloudbackup::ClientBuilder::new()
                .region(variable("CLOUDBACKUP_REGION")?)
                .credentials(Credentials::source(default_chain()))
                .build()?,
        })
    }

    /// The region that copies go to.
    pub(crate) fn target_region(&self) -> Result<String, Failure> {
        match &self.sandbox {
            Some(sandbox) => Ok(sandbox.regions().nth(1).unwrap_or_default().to_owned()),
            None => variable("CLOUDBACKUP_TARGET_REGION"),
        }
    }

    /// The project there.
    pub(crate) fn target_project(&self) -> Result<String, Failure> {
        match &self.sandbox {
            Some(sandbox) => {
                let region = self.target_region()?;
                Ok(sandbox.project_id(&region).unwrap_or_default().to_owned())
            }
            None => variable("CLOUDBACKUP_TARGET_PROJECT_ID"),
        }
    }

    /// A client for the project there.
    pub(crate) fn target_client<C: ServiceClient>(&self) -> Result<C, Failure> {
        let region = self.target_region()?;
        Ok(match &self.sandbox {
            Some(sandbox) => sandbox
                .configure_in::<C>(&region)
                .ok_or("the sandbox has no second region")?
                .build()?,
            None => cloudbackup::ClientBuilder::new()
                .region(region)
                .project_id(self.target_project()?)
                .credentials(Credentials::source(default_chain()))
                .build()?,
        })
    }

    /// The id of something that must be there: in a real cloud, what a variable says.
    pub(crate) fn id(
        &self,
        name: &str,
        of: impl Fn(&Inventory) -> &str,
    ) -> Result<String, Failure> {
        match &self.sandbox {
            Some(sandbox) => Ok(of(sandbox.inventory()).to_owned()),
            None => variable(name),
        }
    }

    /// A name that is not taken yet.
    pub(crate) fn new_name(&self, start: &str) -> String {
        match &self.sandbox {
            Some(_) => format!("{start}-1"),
            None => {
                let time = SystemTime::now().duration_since(UNIX_EPOCH);
                format!("{start}-{}", time.unwrap_or_default().as_secs())
            }
        }
    }

    /// Waits until it makes sense to ask again. The clock of a sandbox is moved instead.
    async fn pause(&self, time: Duration) {
        match &self.sandbox {
            Some(sandbox) => sandbox.advance(time),
            None => tokio::time::sleep(time).await,
        }
    }

    /// What an earlier run was waiting for.
    pub(crate) fn handle<O: Waits>(&self) -> Result<Option<WaitHandle<O>>, Failure> {
        let text = self.resumed.as_deref();
        Ok(text.map(str::parse).transpose()?)
    }

    /// Waits, and shows how far it is. On Ctrl-C there is nothing, and what is needed to go on
    /// later is printed.
    pub(crate) async fn wait<O: Waits>(
        &self,
        out: &mut impl Write,
        waiter: Waiter<O>,
    ) -> Result<Option<O::Done>, Failure> {
        let handle = waiter.handle().to_string();
        let (sender, mut readings) = mpsc::unbounded_channel();
        let waiter = waiter.on_progress(move |progress| {
            // Nobody looks any more when waiting is over.
            let _ = sender.send(Reading::of(progress));
        });
        let mut meter = Meter::new(out, self.is_terminal);
        let mut waiting = pin!(waiter.into_future());
        let mut shown = 0;
        let done = loop {
            if self.stop_after == Some(shown) {
                break None;
            }
            tokio::select! {
                biased;
                Some(reading) = readings.recv() => {
                    meter.show(&reading)?;
                    shown += 1;
                }
                done = &mut waiting => break Some(done),
                _ = tokio::signal::ctrl_c() => break None,
            }
        };
        while let Ok(reading) = readings.try_recv() {
            meter.show(&reading)?;
        }
        meter.end()?;
        let Some(done) = done else {
            writeln!(out, "it goes on without us; to wait again, set")?;
            writeln!(out, "CLOUDBACKUP_RESUME='{handle}'")?;
            return Ok(None);
        };
        Ok(Some(done?))
    }

    /// Asks until there is an answer, and tells how far it has got in between. Every step takes
    /// `pause`, by default a quarter of a minute.
    pub(crate) async fn until<T>(
        &self,
        out: &mut impl Write,
        pause: Option<Duration>,
        mut ask: impl AsyncFnMut() -> Result<Step<T>, Failure>,
    ) -> Result<T, Failure> {
        let pause = pause.unwrap_or(PAUSE);
        for asked in 1..=MOST_PAUSES {
            match ask().await? {
                Step::Done(answer) => return Ok(answer),
                Step::NotYet(state) => {
                    let waited = pause * (asked - 1);
                    writeln!(out, "  {:>6} s  {state}", waited.as_secs())?;
                }
            }
            self.pause(pause).await;
        }
        Err("it takes too long; look again later".into())
    }
}

/// What an example learns when it asks.
pub(crate) enum Step<T> {
    /// The answer that it waits for.
    Done(T),
    /// The state of things until then.
    NotYet(String),
}

/// A member of a reply as text; a reply may leave it out.
pub(crate) fn shown<T: ToString>(member: Option<T>) -> String {
    member.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| format!("set {name}, or leave CLOUDBACKUP_REGION unset").into())
}
