"""What schemathesis does not know of our specs: the forms of texts, and ids that are there."""

import json
import os

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format(
    "basic-offset-time",
    st.sampled_from(["2018-08-06T10:41:14+0800", "2018-08-16T10:41:14+0800", "2099-01-01T00:00:00+0000"]),
)
schemathesis.openapi.format("full-hours", st.sampled_from(["12:00", "22:00,23:00", "23:00,01:00"]))
schemathesis.openapi.format("utc-offset", st.sampled_from(["UTC+00:00", "UTC+08:00", "UTC-02:00"]))

# Name of a member or parameter to an id of the sandbox.
IDS = json.loads(os.environ["SANDBOX_IDS"])


def known(context, values):
    """Every other request is about things that are there; the rest shows what becomes of others."""
    if not isinstance(values, dict) or len(json.dumps(values, default=str)) % 2:
        return values
    named = {}
    for name, value in values.items():
        if isinstance(value, dict):
            named[name] = known(context, value)
        else:
            named[name] = IDS.get(name, value)
    return named


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(context, path_parameters)


@schemathesis.hook
def map_query(context, query):
    return known(context, query)


@schemathesis.hook
def map_body(context, body):
    return known(context, body)
