//! Where an example runs: in a sandbox of its own, or in a real cloud.
//!
//! The sandbox is the default and needs nothing. A real cloud is used when `CLOUDBACKUP_REGION` is
//! set. Credentials are then looked for as the vendor's SDK does: variables such as
//! `HUAWEICLOUD_SDK_AK`, the file `~/.huaweicloud/credentials`, the metadata of the server. What each
//! example needs besides stands at its top. Backups in a real cloud cost money.

use std::env;
use std::error::Error;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloudbackup::ServiceClient;
use cloudbackup::auth::{Credentials, default_chain};
use cloudbackup_sandbox::{Inventory, Sandbox};

/// Any error: an example prints it and ends.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How often the state of something is asked for.
const PAUSE: Duration = Duration::from_secs(15);
/// After so many questions an example gives up.
const MOST_PAUSES: u32 = 400;

/// Where an example runs.
pub(crate) enum Stage {
    /// A cloud on this machine.
    Sandbox(Sandbox),
    /// A real one.
    Cloud,
}

impl Stage {
    /// The stage that the environment asks for.
    pub(crate) async fn from_environment() -> Result<Self, Failure> {
        match env::var_os("CLOUDBACKUP_REGION") {
            Some(_) => Ok(Self::Cloud),
            None => Ok(Self::Sandbox(Sandbox::start().await?)),
        }
    }

    /// A client for the project that the example works in.
    pub(crate) fn client<C: ServiceClient>(&self) -> Result<C, Failure> {
        Ok(match self {
            Self::Sandbox(sandbox) => sandbox.client()?,
            Self::Cloud => cloudbackup::ClientBuilder::new()
                .region(variable("CLOUDBACKUP_REGION")?)
                .credentials(Credentials::source(default_chain()))
                .build()?,
        })
    }

    /// The region that copies go to.
    pub(crate) fn target_region(&self) -> Result<String, Failure> {
        match self {
            Self::Sandbox(sandbox) => Ok(sandbox.regions().nth(1).unwrap_or_default().to_owned()),
            Self::Cloud => variable("CLOUDBACKUP_TARGET_REGION"),
        }
    }

    /// The project there.
    pub(crate) fn target_project(&self) -> Result<String, Failure> {
        match self {
            Self::Sandbox(sandbox) => {
                let region = self.target_region()?;
                Ok(sandbox.project_id(&region).unwrap_or_default().to_owned())
            }
            Self::Cloud => variable("CLOUDBACKUP_TARGET_PROJECT_ID"),
        }
    }

    /// A client for the project there.
    pub(crate) fn target_client<C: ServiceClient>(&self) -> Result<C, Failure> {
        let region = self.target_region()?;
        Ok(match self {
            Self::Sandbox(sandbox) => sandbox
                .configure_in::<C>(&region)
                .ok_or("the sandbox has no second region")?
                .build()?,
            Self::Cloud => cloudbackup::ClientBuilder::new()
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
        match self {
            Self::Sandbox(sandbox) => Ok(of(sandbox.inventory()).to_owned()),
            Self::Cloud => variable(name),
        }
    }

    /// A name that is not taken yet.
    pub(crate) fn new_name(&self, start: &str) -> String {
        match self {
            Self::Sandbox(_) => format!("{start}-1"),
            Self::Cloud => {
                let time = SystemTime::now().duration_since(UNIX_EPOCH);
                format!("{start}-{}", time.unwrap_or_default().as_secs())
            }
        }
    }

    /// Waits until it makes sense to ask again. The clock of a sandbox is moved instead.
    async fn pause(&self, time: Duration) {
        match self {
            Self::Sandbox(sandbox) => sandbox.advance(time),
            Self::Cloud => tokio::time::sleep(time).await,
        }
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
