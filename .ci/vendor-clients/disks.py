"""Policies of VBS with the client of Open Telekom Cloud, which logs in and asks the catalog where VBS
is, and with ours."""

import openstack
from otcextensions import sdk


def live(sandbox, check, until):
    connection = openstack.connect(
        auth_url=f"{sandbox['iam']}/v3",
        username=sandbox["user"],
        password=sandbox["password"],
        user_domain_name=sandbox["domain"],
        project_name="eu-de",
        project_domain_name=sandbox["domain"],
        region_name="eu-de",
    )
    sdk.register_otc_extensions(connection)
    vbs = connection.volume_backup

    def policies():
        theirs = [wire(it) for it in vbs.backup_policies()]
        ours = sandbox.ours("vbs", "list")["backup_policies"]
        check.same("list", theirs, ours)
        return {it["backup_policy_name"]: it for it in theirs}

    schedule = {
        "remain_first_backup_of_curMonth": "Y", "rentention_num": 10, "frequency": 1,
        "start_time": "12:00", "status": "ON",
    }
    made = vbs.create_backup_policy(name="by-theirs", scheduled_policy=schedule)
    check.that(policies()["by-theirs"]["backup_policy_id"] == made.id, "their policy is listed")
    told = sandbox.ours("vbs", "create", "by-ours")
    found = policies()["by-ours"]["backup_policy_id"]
    check.that(told["backup_policy_id"] == found, "our policy is listed")

    # Their `find` asks for a single policy, which VBS cannot show.
    ours = next(it for it in vbs.backup_policies() if it.name == "by-ours")
    # Their call for it leaves the days out, which the service wants with every change.
    try:
        vbs.disable_policy(ours)
        check.that(False, "a change without days is refused")
    except openstack.exceptions.BadRequestException as refused:
        check.that("week_frequency" in str(refused), f"the refusal names the days: {refused}")
    vbs.update_backup_policy(ours.id, scheduled_policy={"status": "OFF", "frequency": 2})
    check.that(policies()["by-ours"]["scheduled_policy"]["status"] == "OFF", "it is switched off")
    link_and_run(sandbox, vbs, made, check, until)
    vbs.delete_backup_policy(ours, ignore_missing=False)
    sandbox.ours("vbs", "delete", made.id)
    check.that(not policies(), "both are gone")


def link_and_run(sandbox, vbs, policy, check, until):
    """Backs a disk up by a policy."""
    volume = sandbox["vbs volume"]
    linked = vbs.link_resources_to_policy(policy.id, [volume])
    check.that([it.resource_id for it in linked.success_resources] == [volume], "it is linked")
    before = len(sandbox.ours("vbs", "list")["backups"])
    vbs.execute_policy(policy)

    # Their `tasks` does not get as far as a request with the library that it is installed with.
    def made():
        backups = sandbox.ours("vbs", "list")["backups"]
        return len(backups) == before + 1 and all(it["status"] == "available" for it in backups)

    until(made, "our client sees the backup that their call has made")
    unlinked = vbs.unlink_resources_of_policy(policy.id, [volume])
    check.that([it.resource_id for it in unlinked.success_resources] == [volume], "and unlinked")


def wire(policy):
    """A policy by the names on the wire."""
    schedule = policy.scheduled_policy
    names = ["remain_first_backup_of_curMonth", "rentention_num", "frequency", "start_time", "status"]
    return {
        "backup_policy_id": policy.id,
        "backup_policy_name": policy.name,
        "policy_resource_count": policy.policy_resource_count,
        "tags": policy.tags,
        "scheduled_policy": {name: getattr(schedule, name) for name in names},
    }
