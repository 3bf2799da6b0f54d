"""Vaults and the backups in them, with the vendor's client of CBR and with ours."""

import huaweicloudsdkcbr.v1 as cbr

from vendor import read, signed


def live(sandbox, check, until):
    client = signed(sandbox, cbr.CbrClient, "cbr")

    def vaults():
        theirs, ours = read(client.list_vault(cbr.ListVaultRequest())), sandbox.ours("cbr", "list")
        check.same("list", theirs, ours)
        return {it["name"]: it["id"] for it in theirs["vaults"]}

    billing = cbr.BillingCreate(
        consistent_level="crash_consistent", object_type="server", protect_type="backup", size=100
    )
    vault = cbr.VaultCreate(billing=billing, name="by-theirs", resources=[])
    request = cbr.CreateVaultRequest(body=cbr.VaultCreateReq(vault=vault))
    made = read(client.create_vault(request))
    check.that(vaults().get("by-theirs") == made["vault"]["id"], "the vendor's vault is listed")
    made = sandbox.ours("cbr", "create", "by-ours")
    check.that(vaults().get("by-ours") == made["vault"]["id"], "our vault is listed")

    back_up(sandbox, client, check, until)

    found = vaults()
    client.delete_vault(cbr.DeleteVaultRequest(vault_id=found["by-ours"]))
    sandbox.ours("cbr", "delete", found["by-theirs"])
    until(lambda: not vaults().keys() & {"by-ours", "by-theirs"}, "both vaults are gone")


def back_up(sandbox, client, check, until):
    """Backs up the first vault's server, and deletes that backup again."""
    order = cbr.VaultBackup(vault_id=sandbox["cbr vault"], parameters=cbr.CheckpointParam(name="sdk"))
    request = cbr.CreateCheckpointRequest(body=cbr.VaultBackupReq(checkpoint=order))
    checkpoint = read(client.create_checkpoint(request))["checkpoint"]
    listed = cbr.ListBackupsRequest(checkpoint_id=checkpoint["id"])

    def made():
        backups = read(client.list_backups(listed))["backups"]
        check.that(len(backups) == 1, "a server makes one backup")
        return backups[0]["status"] == "available" and backups[0]["id"]

    backup = until(made, "the backup is available")
    shown = read(client.show_backup(cbr.ShowBackupRequest(backup_id=backup)))["backup"]
    check.that(shown["id"] == backup, "it is the one that is shown")
    client.delete_backup(cbr.DeleteBackupRequest(backup_id=backup))
    until(lambda: not read(client.list_backups(listed))["backups"], "the backup is gone")
