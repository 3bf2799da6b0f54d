"""A life cycle of each service with its vendor's client and with ours, who must read the same."""

import json
import os
import subprocess
import sys
import urllib.request

import databases
import disks
import vaults


class Sandbox:
    """What the sandbox printed, by its labels."""

    def __init__(self, path):
        self.told = {}
        for line in open(path, encoding="utf-8"):
            label, _, value = line.strip().partition("  ")
            self.told.setdefault(label, value.strip())

    def __getitem__(self, label):
        return self.told[label]

    def until(self, look, what):
        """Waits for something to be so. Nothing changes by itself while it is looked at."""
        for _ in range(100):
            found = look()
            if found:
                return found
            body = json.dumps({"advance_seconds": 10}).encode()
            urllib.request.urlopen(f"{self['control']}/clock", body).read()
        raise SystemExit(f"{what} does not happen")

    def ours(self, service, command, value=""):
        """What our client answers."""
        environment = {**os.environ, "SANDBOX": json.dumps(self.told)}
        words = [os.environ["OURS"], service, command, value]
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"our client, {service} {command} {value}: {done.stderr}")
        return json.loads(done.stdout)


def difference(theirs, ours, place=""):
    """Where two readings of the same reply differ. What only one of them knows is no difference."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs.keys() & ours.keys():
            yield from difference(theirs[name], ours[name], f"{place}/{name}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield f"{place}: {len(theirs)} and {len(ours)} items"
        for index, (one, other) in enumerate(zip(theirs, ours)):
            yield from difference(one, other, f"{place}/{index}")
    # Some read as a number what others read as its text.
    elif theirs is not None and ours is not None and str(theirs) != str(ours):
        yield f"{place}: {theirs!r} and {ours!r}"


def members(value):
    """How many members a reading has, at any depth."""
    if isinstance(value, dict):
        return sum(1 + members(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(members(inner) for inner in value)
    return 0


class Check:
    """Compares, and counts."""

    def __init__(self, service):
        self.service = service
        self.compared = 0
        self.failed = []

    def same(self, what, theirs, ours):
        self.compared += min(members(theirs), members(ours))
        self.failed += [f"{what}{line}" for line in difference(theirs, ours)]

    def that(self, is_so, what):
        if not is_so:
            self.failed.append(what)




def main():
    sandbox = Sandbox(sys.argv[1])
    failed = False
    for service, live in [
        ("cbr", vaults.live),
        ("rds", databases.rds),
        ("gaussdb-mysql", databases.gaussdb_mysql),
        ("gaussdb-opengauss", databases.gaussdb_opengauss),
        ("vbs", disks.live),
    ]:
        check = Check(service)
        live(sandbox, check, sandbox.until)
        failed = failed or bool(check.failed)
        print(f"{service}: {check.compared} members read the same" if not check.failed else f"{service}:")
        for line in check.failed:
            print(f"  {line}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
