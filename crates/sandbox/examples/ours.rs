//! Our clients on the command line, for the script that lays them beside the vendors' clients
//! (`.ci/vendor-clients`): makes a thing of a service, prints the list of them as JSON, or deletes
//! one.
//!
//! `ours SERVICE create NAME | list | delete ID`, with `SANDBOX` as a JSON object of what the
//! sandbox printed, by its labels.

use std::error::Error;

use cloudbackup_cbr_client as cbr;
use cloudbackup_gaussdb_mysql_client as gaussdb_mysql;
use cloudbackup_gaussdb_opengauss_client as gaussdb_opengauss;
use cloudbackup_rds_client as rds;
use cloudbackup_runtime::auth::{AccessKeys, Credentials, PasswordLogin};
use cloudbackup_runtime::{ClientBuilder, ServiceClient};
use cloudbackup_vbs_client as vbs;
use serde_json::{Value, json};

type Done = Result<Value, Box<dyn Error>>;

/// What the sandbox printed.
struct Told(Value);

impl Told {
    fn value(&self, label: &str) -> Result<String, Box<dyn Error>> {
        let value = self.0.get(label).and_then(Value::as_str);
        let value = value.ok_or_else(|| format!("SANDBOX has no `{label}`"))?;
        Ok(value.to_owned())
    }

    /// A client that signs its requests; for VBS, whose users log in, one that does so.
    fn client<C: ServiceClient>(&self) -> Result<C, Box<dyn Error>> {
        let service = C::SERVICE.name();
        let builder = ClientBuilder::new().endpoint(self.value(service)?);
        let builder = builder.project_id(self.value("eu-de")?);
        let credentials = match service {
            "vbs" => {
                let (domain, user) = (self.value("domain")?, self.value("user")?);
                let login = PasswordLogin::new(domain, user, self.value("password")?);
                Credentials::password(login)
            }
            _ => {
                let keys = AccessKeys::new(self.value("access key")?, self.value("secret key")?);
                Credentials::access_keys(keys)
            }
        };
        let builder = builder.iam_endpoint(self.value("iam")?).region("eu-de");
        Ok(builder.credentials(credentials).build()?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().unwrap_or_default();
    let (service, command, value) = (argument(), argument(), argument());
    let told = Told(serde_json::from_str(&std::env::var("SANDBOX")?)?);
    let done = match service.as_str() {
        "cbr" => vaults(&told, &command, &value).await,
        "vbs" => policies(&told, &command, &value).await,
        "rds" => rds_backups(&told, &command, &value).await,
        "gaussdb-mysql" => mysql_backups(&told, &command, &value).await,
        "gaussdb-opengauss" => opengauss_backups(&told, &command, &value).await,
        other => Err(format!("there is no service `{other}`").into()),
    };
    println!("{}", done?);
    Ok(())
}

fn unknown(command: &str) -> Done {
    Err(format!("there is no command `{command}`: create, list, delete").into())
}

async fn vaults(told: &Told, command: &str, value: &str) -> Done {
    let client: cbr::Client = told.client()?;
    match command {
        "create" => {
            let billing = cbr::model::NewVaultBilling::builder()
                .consistent_level("crash_consistent")
                .object_type("server")
                .protect_type("backup")
                .size(100)
                .build();
            let vault = cbr::model::NewVault::builder().billing(billing).name(value);
            let vault = vault.resources(Vec::<cbr::model::Resource>::new()).build();
            let reply = client.create_vault().vault(vault).send().await?;
            Ok(serde_json::to_value(reply)?)
        }
        "list" => Ok(serde_json::to_value(client.list_vaults().send().await?)?),
        "delete" => {
            client.delete_vault(value).send().await?;
            Ok(json!({}))
        }
        other => unknown(other),
    }
}

async fn policies(told: &Told, command: &str, value: &str) -> Done {
    let client: vbs::Client = told.client()?;
    match command {
        "create" => {
            let schedule = vbs::model::ScheduledPolicy::builder()
                .start_time("12:00")
                .frequency(2)
                .retention_num(7)
                .status(vbs::model::PolicyStatus::On)
                .build();
            let call = client.create_backup_policy().backup_policy_name(value);
            let reply = call.scheduled_policy(schedule).send().await?;
            Ok(serde_json::to_value(reply)?)
        }
        "list" => {
            let policies = client.list_backup_policies().send().await?;
            let backups = client.list_backup_details().send().await?;
            Ok(json!({
                "backup_policies": policies.backup_policies,
                "backups": backups.backups,
            }))
        }
        "delete" => {
            client.delete_backup_policy(value).send().await?;
            Ok(json!({}))
        }
        other => unknown(other),
    }
}

macro_rules! backups {
    ($function:ident, $client:ident, $service:literal) => {
        async fn $function(told: &Told, command: &str, value: &str) -> Done {
            let client: $client::Client = told.client()?;
            let instance = told.value(concat!($service, " instance"))?;
            match command {
                "create" => {
                    let call = client.create_backup().instance_id(instance).name(value);
                    Ok(serde_json::to_value(call.send().await?)?)
                }
                "list" => {
                    let call = client.list_backups().instance_id(instance);
                    Ok(serde_json::to_value(call.send().await?)?)
                }
                "delete" => {
                    client.delete_backup(value).send().await?;
                    Ok(json!({}))
                }
                other => unknown(other),
            }
        }
    };
}

backups!(rds_backups, rds, "rds");
backups!(mysql_backups, gaussdb_mysql, "gaussdb-mysql");
backups!(opengauss_backups, gaussdb_opengauss, "gaussdb-opengauss");
