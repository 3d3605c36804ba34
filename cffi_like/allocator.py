"""ffi.new_allocator() for an engine that has no allocator of its own.

The engine works out size and initial bytes by building the value once in its
own memory; the bytes are then copied to what the user's function returned.
"""


def make_allocator(engine, alloc, free, should_clear_after_alloc):
    """A function (ctype, init=None) -> owning cdata.

    `alloc(size)` must return a non-null pointer cdata, else TypeError or
    MemoryError; `free(pointer)` gets it back, once.
    """
    if free is not None and alloc is None:
        raise TypeError("cannot pass 'free' without 'alloc'")
    own = getattr(engine, "new_allocator", None)
    if own is not None:
        return own(alloc, free, should_clear_after_alloc)
    if alloc is None:
        return engine.newp
    void_pointer = engine.new_pointer_type(engine.new_void_type())

    def allocate(ctype, init=None):
        model_value = engine.newp(ctype, init)
        is_array = ctype.kind == "array"
        size = engine.sizeof(model_value if is_array else model_value[0])
        memory = alloc(size)
        if not isinstance(memory, engine.CData):
            raise TypeError("alloc() must return a cdata object (got %s)"
                            % type(memory).__name__)
        if engine.typeof(memory).kind not in ("pointer", "array"):
            raise TypeError("alloc() must return a cdata pointer, not '%s'"
                            % engine.typeof(memory).cname)
        if not engine.cast(void_pointer, memory):
            raise MemoryError("alloc() returned NULL")
        if should_clear_after_alloc or init is not None:
            engine.memmove(memory, model_value, size)
        if is_array:
            item = engine.cast(engine.new_pointer_type(engine.typeof(model_value)), memory)
            result = item[0]
        else:
            result = engine.cast(ctype, memory)
        return engine.gcp(result, _release(free, memory))

    return allocate


def _release(free, memory):
    """A destructor that keeps `memory` alive and gives it back."""
    def release(_, free=free, memory=memory):
        if free is not None:
            free(memory)
    return release
