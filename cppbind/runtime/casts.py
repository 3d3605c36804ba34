"""How to get from an object to each of its base subobjects.

A base reached by one path is a list of steps (offset, upcast function): the
offset is a constant of the layout, the function finds a virtual base at run
time.  Several subobjects of one class make a conversion to it ambiguous
(C++ [class.member.lookup]); a virtual base is one subobject however it is
reached.
"""


def base_paths(direct):
    """The casts of a class to all its bases: [(class, ambiguous, ((offset, upcast), ...)), ...], nearest first.

    `direct` lists its direct bases: (class, offset, upcast address or 0, that class's own result of `subobjects`).
    """
    found = {}
    order = []
    for cls, key, steps in subobjects(direct):
        if cls not in found:
            order.append(cls)
            found[cls] = {}
        found[cls].setdefault(key, steps)
    return [(cls, len(found[cls]) > 1, next(iter(found[cls].values()))) for cls in order]


def subobjects(direct):
    """[(class, identity of the subobject, steps)], breadth first, every path of it."""
    levels = []
    for position, (cls, offset, upcast, inner) in enumerate(direct):
        step = (0, upcast) if upcast else (offset, 0)
        # A virtual base is known by its class alone; what lies in another base by the way there.
        own = ("virtual", cls) if upcast else (position, cls)
        levels.append((0, cls, (own,), (step,)))
        for depth, (base, key, steps) in enumerate(inner):
            whole = key if key[0][0] == "virtual" else (own,) + key
            levels.append((depth + 1, base, whole, _join(step, steps)))
    levels.sort(key=lambda item: (len(item[3]), item[0]))
    return [(cls, key, steps) for _depth, cls, key, steps in levels]


def _join(first, rest):
    if not first[1] and rest:
        return ((first[0] + rest[0][0], rest[0][1]),) + rest[1:]
    return (first,) + rest
