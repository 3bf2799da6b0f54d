//! A sandbox that begins with what an earlier one has saved, or saves from its start on.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::file::{About, Contents, StateFile};
use super::rows::{Known, Loader, Part};
use super::{Keeper, Progress};
use crate::builder::SandboxBuilder;
use crate::clock::Clock;
use crate::cloud::{Cloud, IAM, Setup};
use crate::inventory::Inventory;
use crate::start::Services;

/// A state file, and what was in it.
#[derive(Debug)]
pub(crate) struct Restart {
    file: StateFile,
    contents: Option<Contents>,
    progress: Arc<Progress>,
    speed: u32,
    seed: u64,
}

/// Takes out what was saved of a part; `None` where the file is new.
type Saved<'s> = &'s mut dyn FnMut(&str) -> Option<Loader>;

impl Restart {
    pub(crate) fn open(path: &Path, builder: &SandboxBuilder) -> io::Result<Self> {
        let (file, contents) = StateFile::open(path)?;
        if let Some(contents) = &contents {
            contents.about.agrees_with(path, builder)?;
        }
        Ok(Self {
            file,
            contents,
            progress: Arc::new(Progress::new()),
            speed: builder.speed,
            seed: builder.seed.unwrap_or_default(),
        })
    }

    /// What the shared part is made of: what the file says, else what is given.
    pub(crate) fn setup(&self, given: Setup) -> Setup {
        let progress = Some(Arc::clone(&self.progress));
        let Some(Contents { about, now, .. }) = &self.contents else {
            return Setup { progress, ..given };
        };
        let regions = about.regions.iter();
        Setup {
            regions: regions.map(|region| region.name.clone()).collect(),
            seed: about.seed,
            starts: now.starts,
            clock: Clock::continued(now.clock, self.speed),
            progress,
            ..given
        }
    }

    /// Puts what was saved in the place of the services' states, and saves them from now on.
    pub(crate) fn keep(
        self,
        cloud: &Arc<Cloud>,
        services: &Services,
        inventory: Inventory,
    ) -> io::Result<(Keeper, Inventory)> {
        let Self { file, contents, .. } = self;
        let (starts, inventory, parts) = match contents {
            Some(Contents {
                about,
                now,
                parts: mut rows,
            }) => {
                let mut saved =
                    |name: &str| Some(Loader::new(rows.remove(name).unwrap_or_default()));
                let parts = all_parts(&file, cloud, services, &mut saved)?;
                cloud.ids.restore(now.ids);
                (now.starts + 1, about.inventory, parts)
            }
            None => {
                file.describe(&About {
                    seed: self.seed,
                    regions: cloud.regions.clone(),
                    inventory: inventory.clone(),
                })?;
                let parts = all_parts(&file, cloud, services, &mut |_| None)?;
                (1, inventory, parts)
            }
        };
        let keeper = Keeper::start(file, Arc::clone(cloud), self.progress, parts, starts)?;
        Ok((keeper, inventory))
    }
}

impl About {
    /// Whether it is what the builder asks for, as far as it asks.
    fn agrees_with(&self, path: &Path, builder: &SandboxBuilder) -> io::Result<()> {
        let own: Vec<&str> = self.regions.iter().map(|it| it.name.as_str()).collect();
        let problem = match (builder.seed, &builder.regions) {
            (Some(seed), _) if seed != self.seed => {
                format!("seed {}, and not {seed}", self.seed)
            }
            (_, Some(regions)) if *regions != own => {
                format!("regions {}, and not {}", own.join(" "), regions.join(" "))
            }
            _ => return Ok(()),
        };
        let message = format!(
            "the state file {} was begun with {problem}: leave that out, or name another file",
            path.display()
        );
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

fn all_parts(
    file: &StateFile,
    cloud: &Arc<Cloud>,
    services: &Services,
    saved: Saved<'_>,
) -> io::Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut add = |name: &str, part: Result<Part, (String, String)>| {
        let part = part.map_err(|(key, why)| file.damaged_row(name, &key, &why))?;
        parts.push(part);
        io::Result::Ok(())
    };
    add(IAM, accounts(cloud, saved(IAM)))?;
    add("cbr", services.cbr.part(saved("cbr")))?;
    let name = "gaussdb-mysql";
    add(name, services.gaussdb_mysql.part(saved(name)))?;
    let name = "gaussdb-opengauss";
    add(name, services.gaussdb_opengauss.part(saved(name)))?;
    add("rds", services.rds.part(saved("rds")))?;
    add("vbs", services.vbs.part(saved("vbs")))?;
    Ok(parts)
}

/// The accounts. Their keys are tokens, and shown nowhere.
fn accounts(cloud: &Arc<Cloud>, saved: Option<Loader>) -> Result<Part, (String, String)> {
    let known = match saved {
        Some(mut loader) => {
            cloud.iam().archive(&mut loader);
            let masked = |(key, why): (String, String)| {
                let member = key.split('/').next().unwrap_or_default();
                (member.to_owned(), why)
            };
            loader.done().map_err(masked)?
        }
        None => Known::default(),
    };
    let cloud = Arc::clone(cloud);
    Ok(Part {
        name: IAM,
        known,
        archive: Box::new(move |saver| cloud.iam().archive(saver)),
    })
}
