"""Backups of database instances: each service with the vendor's client and with ours."""

import huaweicloudsdkgaussdb.v3 as mysql
import huaweicloudsdkgaussdbforopengauss.v3 as opengauss
import huaweicloudsdkrds.v3 as postgres_and_mysql

from vendor import read, signed


def life(sandbox, check, until, service, calls):
    """Creates by both, lists by both, waits by both, deletes what the other one has made."""
    instance = sandbox[f"{service} instance"]
    create, list_all, delete = calls

    def done(name):
        def look():
            theirs = read(list_all(instance))
            ours = sandbox.ours(service, "list")
            check.same("list", theirs, ours)
            found = [it for it in theirs["backups"] if it["name"] == name]
            check.that(len(found) == 1, f"{name} is there {len(found)} times")
            return found[0]["status"] == "COMPLETED" and found[0]["id"]

        return until(look, f"{name} is completed")

    made = read(create(instance, "by-theirs"))
    by_theirs = done("by-theirs")
    check.that(made["backup"]["id"] == by_theirs, "the id in the list is the one that was told")
    made = sandbox.ours(service, "create", "by-ours")
    by_ours = done("by-ours")
    check.that(made["backup"]["id"] == by_ours, "the id in the list is the one that was told")
    read(delete(by_ours))
    sandbox.ours(service, "delete", by_theirs)

    def gone():
        theirs, ours = read(list_all(instance)), sandbox.ours(service, "list")
        check.same("list", theirs, ours)
        left = {it["id"] for it in theirs["backups"]}
        return not left & {by_ours, by_theirs}

    until(gone, "both are gone")


def rds(sandbox, check, until):
    sdk = postgres_and_mysql
    client = signed(sandbox, sdk.RdsClient, "rds")

    def create(instance, name):
        body = sdk.CreateManualBackupRequestBody(instance_id=instance, name=name)
        return client.create_manual_backup(sdk.CreateManualBackupRequest(body=body))

    def list_all(instance):
        return client.list_backups(sdk.ListBackupsRequest(instance_id=instance))

    def delete(backup):
        return client.delete_manual_backup(sdk.DeleteManualBackupRequest(backup_id=backup))

    life(sandbox, check, until, "rds", (create, list_all, delete))


def gaussdb_mysql(sandbox, check, until):
    client = signed(sandbox, mysql.GaussDBClient, "gaussdb-mysql")

    def create(instance, name):
        body = mysql.MysqlCreateBackupRequest(instance_id=instance, name=name)
        return client.create_gauss_my_sql_backup(mysql.CreateGaussMySqlBackupRequest(body=body))

    def list_all(instance):
        request = mysql.ShowGaussMySqlBackupListRequest(instance_id=instance)
        return client.show_gauss_my_sql_backup_list(request)

    def delete(backup):
        request = mysql.DeleteGaussMySqlBackupRequest(backup_id=backup)
        return client.delete_gauss_my_sql_backup(request)

    life(sandbox, check, until, "gaussdb-mysql", (create, list_all, delete))


def gaussdb_opengauss(sandbox, check, until):
    client = signed(sandbox, opengauss.GaussDBforopenGaussClient, "gaussdb-opengauss")

    def create(instance, name):
        body = opengauss.CreateManualBackupRequestBody(instance_id=instance, name=name)
        return client.create_manual_backup(opengauss.CreateManualBackupRequest(body=body))

    def list_all(instance):
        request = opengauss.ListBackupsDetailsRequest(instance_id=instance)
        return client.list_backups_details(request)

    def delete(backup):
        request = opengauss.DeleteManualBackupRequest(backup_id=backup)
        return client.delete_manual_backup(request)

    life(sandbox, check, until, "gaussdb-opengauss", (create, list_all, delete))
