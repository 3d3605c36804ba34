"""A pytest plugin that leaves out the tests named in LEAVE_OUT (pytest's --deselect takes any prefix).

A name is that of a test with or without its parameters, of a class or of a file.
"""

import os


def _parts(nodeid):
    yield nodeid
    nodeid = nodeid.partition("[")[0]
    while nodeid:
        yield nodeid
        nodeid = nodeid.rpartition("::")[0]


def pytest_collection_modifyitems(config, items):
    names = set(os.environ.get("LEAVE_OUT", "").split())
    left = [item for item in items if not names.isdisjoint(_parts(item.nodeid))]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if names.isdisjoint(_parts(item.nodeid))]
