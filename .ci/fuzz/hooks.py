"""What schemathesis does not know of our specs: the forms of texts, and ids that are there."""

import json
import os
import random
import urllib.request

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format(
    "basic-offset-time",
    st.sampled_from(["2018-08-06T10:41:14+0800", "2018-08-16T10:41:14+0800", "2099-01-01T00:00:00+0000"]),
)
schemathesis.openapi.format("full-hours", st.sampled_from(["12:00", "22:00,23:00", "23:00,01:00"]))
schemathesis.openapi.format("utc-offset", st.sampled_from(["UTC+00:00", "UTC+08:00", "UTC-02:00"]))

SERVICE = os.environ["SANDBOX_SERVICE"]
# What can be backed up goes by this name in some calls.
RESOURCES = ["server", "disk", "system", "volume"]
# More of a kind than these are of no use; the latest ones stay.
MOST = 20


class Known:
    """Ids by the names of members: those that are there from the start, and those of replies."""

    def __init__(self):
        self.ids = {}
        with urllib.request.urlopen(os.environ["SANDBOX_CONTROL"]) as told:
            told = json.load(told)
        there = told["inventory"]
        for name, value in there.items():
            if name.startswith(SERVICE.replace("-", "_") + "_"):
                kind = name.rpartition("_")[2]
                self.add(f"{kind}_id", value)
                if kind in RESOURCES:
                    self.add("resource_id", value)
                    self.add("instance_id", value)
        # A replication goes to the other region; everything else is at home.
        self.ids["vault_id"] = [i for i in self.ids.get("vault_id", []) if i != there["cbr_replication_vault"]]
        self.ids["destination_vault_id"] = [there["cbr_replication_vault"]]
        self.ids["destination_region"] = ["eu-nl"]
        self.ids["destination_project_id"] = [told["projects"]["eu-nl"]]
        self.ids["target_instance_id"] = self.ids.get("instance_id", [])

    def add(self, name, value):
        ids = self.ids.setdefault(name, [])
        if isinstance(value, str) and value and value not in ids:
            ids.append(value)
            del ids[:-MOST]

    def learn(self, value, kind=None):
        """Takes the ids from a reply. `{"vaults": [{"id": …}]}` holds a `vault_id`."""
        if isinstance(value, list):
            for item in value:
                self.learn(item, kind)
        if not isinstance(value, dict):
            return
        for name, inner in value.items():
            if name == "id" and kind:
                self.add(f"{kind}_id", inner)
            elif name.endswith("_id") and not name.startswith(("project", "destination")):
                self.add(name, inner)
            singular = name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
            self.learn(inner, singular)


KNOWN = Known()


def placed(values, choice, kind=None):
    """The values with ids that are there in the place of those that were made up."""
    if isinstance(values, list):
        return [placed(item, choice, kind) for item in values]
    if not isinstance(values, dict):
        return values
    found = {}
    for name, value in values.items():
        ids = KNOWN.ids.get(f"{kind}_id" if name == "id" and kind else name)
        if ids and not isinstance(value, (dict, list)):
            found[name] = choice.choice(ids)
        else:
            found[name] = placed(value, choice, name.removesuffix("s"))
    return found


def known(values):
    """Most requests are about things that are there; the rest shows what becomes of others."""
    choice = random.Random(json.dumps(values, default=str))
    if not isinstance(values, dict) or choice.random() < 0.25:
        return values
    return placed(values, choice)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(path_parameters)


@schemathesis.hook
def map_query(context, query):
    return known(query)


@schemathesis.hook
def map_body(context, body):
    return known(body)


@schemathesis.hook
def after_call(context, case, response):
    try:
        KNOWN.learn(response.json())
    except ValueError:
        pass
