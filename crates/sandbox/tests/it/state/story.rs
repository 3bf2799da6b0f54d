//! A life in all services that leaves something of every kind behind, and all that can be seen of it.

use cloudbackup_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use super::{DAY, MADE};
use crate::support::call;

/// Sends a request with a token for the home region, which is answered with success.
async fn done(sandbox: &Sandbox, service: &str, request: (&str, String), body: Value) -> Value {
    let (method, target) = request;
    let token = sandbox.token("eu-de").unwrap();
    let headers = [
        ("X-Auth-Token", token.expose()),
        ("Content-Type", "application/json"),
    ];
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let endpoint = sandbox.endpoint(service).unwrap();
    let reply = call(&endpoint, method, &target, &headers, &body).await;
    let told = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(
        (200..300).contains(&reply.status),
        "{method} {target}: {told}"
    );
    match reply.body.is_empty() {
        true => Value::Null,
        false => reply.json(),
    }
}

/// Lives it.
pub(super) async fn story(sandbox: &Sandbox) {
    disks(sandbox).await;
    servers(sandbox).await;
    databases(sandbox).await;
    // The policies do something.
    sandbox.advance(2 * DAY);
    sandbox.fault(Fault::failed_job().times(2));
    let home = sandbox.project_id("eu-de").unwrap();
    let there = sandbox.inventory();
    let backup = json!({"backup": {"volume_id": there.vbs_volume, "name": "failed"}});
    let create = ("POST", format!("/v2/{home}/cloudbackups"));
    done(sandbox, "vbs", create, backup).await;
    let body = json!({"instance_id": there.rds_instance, "name": "failed"});
    done(
        sandbox,
        "rds",
        ("POST", format!("/v3/{home}/backups")),
        body,
    )
    .await;
    sandbox.advance(10 * MADE);
}

async fn disks(sandbox: &Sandbox) {
    let home = sandbox.project_id("eu-de").unwrap();
    let there = sandbox.inventory();
    let policies = format!("/v2/{home}/backuppolicy");
    let schedule = json!({
        "start_time": "12:00,18:00", "week_frequency": ["SUN", "TUE", "WED", "THU"],
        "rentention_day": 30, "remain_first_backup_of_curMonth": "Y", "status": "ON",
    });
    let policy = json!({
        "backup_policy_name": "story", "scheduled_policy": schedule, "time_zone": "UTC+02:00",
        "tags": [{"key": "for", "value": "state"}],
    });
    let policy = done(sandbox, "vbs", ("POST", policies.clone()), policy).await;
    let id = policy["backup_policy_id"].as_str().unwrap();
    let disk = json!({"resource_id": there.vbs_volume, "resource_type": "volume"});
    let body = json!({"backup_policy_id": id, "resources": [disk]});
    let target = format!("/v2/{home}/backuppolicyresources");
    done(sandbox, "vbs", ("POST", target), body).await;
    let run = ("POST", format!("{policies}/{id}/action"));
    done(sandbox, "vbs", run, Value::Null).await;
    sandbox.advance(2 * MADE);
    let target = format!("/v2/{home}/cloudbackups/{}/restore", there.vbs_backup);
    let body = json!({"restore": {"volume_id": there.vbs_volume}});
    done(sandbox, "vbs", ("POST", target), body).await;
    sandbox.advance(MADE);
}

async fn servers(sandbox: &Sandbox) {
    let home = sandbox.project_id("eu-de").unwrap();
    let there = sandbox.inventory();
    let (vault, url) = (&there.cbr_vault, format!("/v3/{home}"));
    let trigger = json!({"properties": {
        "pattern": ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=14;BYMINUTE=00"],
    }});
    let policy = json!({"policy": {
        "name": "story", "operation_type": "backup", "trigger": trigger,
        "operation_definition": {"max_backups": 20, "day_backups": 1, "timezone": "UTC+00:00"},
    }});
    let policy = done(sandbox, "cbr", ("POST", format!("{url}/policies")), policy).await;
    let target = format!("{url}/vaults/{vault}/associatepolicy");
    let body = json!({"policy_id": policy["policy"]["id"]});
    done(sandbox, "cbr", ("POST", target), body).await;
    let body = json!({"checkpoint": {"vault_id": vault, "parameters": {"name": "story"}}});
    done(sandbox, "cbr", ("POST", format!("{url}/checkpoints")), body).await;
    sandbox.advance(2 * MADE);
    let body = json!({"replicate": {
        "destination_project_id": sandbox.project_id("eu-nl"), "destination_region": "eu-nl",
        "destination_vault_id": there.cbr_replication_vault, "name": "story-copy",
    }});
    let target = format!("{url}/backups/{}/replicate", there.cbr_backup);
    done(sandbox, "cbr", ("POST", target), body).await;
    let vault = json!({"vault": {
        "name": "story", "resources": [], "description": "kept", "auto_bind": true,
        "bind_rules": {"tags": [{"key": "name", "value": "other"}]},
        "tags": [{"key": "for", "value": "state"}],
        "billing": {"object_type": "server", "protect_type": "backup", "size": 100,
                    "consistent_level": "crash_consistent"},
    }});
    done(sandbox, "cbr", ("POST", format!("{url}/vaults")), vault).await;
    sandbox.advance(2 * MADE);
}

async fn databases(sandbox: &Sandbox) {
    let home = sandbox.project_id("eu-de").unwrap();
    let away = sandbox.project_id("eu-nl").unwrap();
    let there = sandbox.inventory();
    let (url, mysql) = (format!("/v3/{home}"), &there.gaussdb_mysql_instance);
    let offsite = json!({"policy_para": {
        "backup_type": "auto", "keep_days": 9,
        "destination_region": "eu-nl", "destination_project_id": away,
    }});
    let target = format!(
        "{url}/instances/{}/backups/offsite-policy",
        there.rds_instance
    );
    done(sandbox, "rds", ("PUT", target), offsite).await;
    let offsite = json!({"backup_policy": {
        "open_auto_backup": true, "open_incremental_backup": false, "keep_days": 5,
        "destination_region": "eu-nl", "destination_project_id": away,
    }});
    let target = format!("{url}/instances/{mysql}/backups/offsite-policy");
    done(sandbox, "gaussdb-mysql", ("PUT", target), offsite).await;
    for (service, path, instance) in [
        ("rds", "backups", &there.rds_instance),
        ("gaussdb-mysql", "backups/create", mysql),
        (
            "gaussdb-opengauss",
            "backups",
            &there.gaussdb_opengauss_instance,
        ),
    ] {
        let body = json!({"instance_id": instance, "name": "story", "description": "kept"});
        done(sandbox, service, ("POST", format!("{url}/{path}")), body).await;
    }
    sandbox.advance(2 * MADE);
    let policy = json!({"backup_policy": {
        "keep_days": 7, "start_time": "19:00-20:00", "period": "1,2,3", "differential_period": "30",
        "rate_limit": 80,
    }});
    let instance = &there.gaussdb_opengauss_instance;
    let target = format!("/v3.1/{home}/instances/{instance}/backups/policy");
    done(sandbox, "gaussdb-opengauss", ("PUT", target), policy).await;
    let times = format!("{url}/instances/{}/restore-time", there.rds_instance);
    let times = done(sandbox, "rds", ("GET", times), Value::Null).await;
    let time = times["restore_time"][0]["end_time"].as_i64().unwrap();
    let restore = json!({
        "source": {"instance_id": there.rds_instance, "type": "timestamp", "restore_time": time},
        "target": {"instance_id": there.rds_spare_instance},
    });
    let target = format!("{url}/instances/recovery");
    done(sandbox, "rds", ("POST", target), restore).await;
    tables(sandbox, mysql).await;
    sandbox.advance(4 * MADE);
}

/// Restores a table under another name.
async fn tables(sandbox: &Sandbox, instance: &str) {
    let home = sandbox.project_id("eu-de").unwrap();
    let url = format!("/v3/{home}/instances/{instance}");
    let times = ("GET", format!("{url}/restore-time"));
    let times = done(sandbox, "gaussdb-mysql", times, Value::Null).await;
    let time = times["restore_times"][0]["end_time"].as_i64().unwrap();
    let table = json!({"old_name": "orders", "new_name": "orders_before"});
    let restore = json!({
        "restore_time": time.to_string(), "last_table_info": "true",
        "restore_tables": [{"database": "shop", "tables": [table]}],
    });
    let target = ("POST", format!("{url}/backups/restore/tables"));
    done(sandbox, "gaussdb-mysql", target, restore).await;
}

/// The lists and shows of all services, and what they answer.
pub(super) async fn seen(sandbox: &Sandbox) -> Vec<(String, Value)> {
    let there = sandbox.inventory();
    let mut seen = Vec::new();
    for region in ["eu-de", "eu-nl"] {
        let (v3, v2) = ("/v3", "/v2");
        let project = sandbox.project_id(region).unwrap();
        let token = sandbox.token(region).unwrap();
        let (rds, opengauss) = (&there.rds_instance, &there.gaussdb_opengauss_instance);
        let mut targets = vec![
            ("vbs", format!("{v2}/{project}/backuppolicy")),
            ("vbs", format!("{v3}/{project}/backups/detail")),
            ("vbs", format!("{v2}/{project}/cloudbackups/quota")),
            ("cbr", format!("{v3}/{project}/vaults")),
            ("cbr", format!("{v3}/{project}/policies")),
            ("cbr", format!("{v3}/{project}/backups")),
            ("cbr", format!("{v3}/{project}/operation-logs")),
            (
                "cbr",
                format!("{v3}/{project}/protectables/server/instances"),
            ),
            ("gaussdb-mysql", format!("{v3}/{project}/backups")),
            ("gaussdb-opengauss", format!("/v3.2/{project}/backups")),
            ("gaussdb-opengauss", format!("{v3}/{project}/tasks")),
        ];
        if region == "eu-de" {
            let instance = format!("{v3}/{project}/instances");
            targets.extend([
                ("rds", format!("{v3}/{project}/backups?instance_id={rds}")),
                ("rds", format!("{instance}/{rds}/backups/policy")),
                (
                    "gaussdb-opengauss",
                    format!("{instance}/{opengauss}/backups/policy"),
                ),
            ]);
        }
        for (service, target) in targets {
            let endpoint = sandbox.endpoint(service).unwrap();
            let headers = [("X-Auth-Token", token.expose())];
            let reply = call(&endpoint, "GET", &target, &headers, "").await;
            assert_eq!(reply.status, 200, "{target}: {reply:?}");
            seen.push((format!("{service} {target}"), reply.json()));
        }
    }
    seen
}

/// The ids of all backups that were seen.
pub(super) fn overview(seen: &[(String, Value)]) -> Vec<String> {
    let lists = seen
        .iter()
        .filter(|(target, _)| target.contains("/backups"));
    let items = lists.filter_map(|(_, body)| body["backups"].as_array());
    let ids = items.flatten().filter_map(|backup| backup["id"].as_str());
    ids.map(str::to_owned).collect()
}
