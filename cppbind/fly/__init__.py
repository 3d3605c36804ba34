"""C++ on the fly: what no dictionary has is reflected and compiled when it is first used.

    on_demand ─► session ─┬─► toolchain   compiler, standard, paths; the precompiled standard library
                          ├─► cache       what was made before, in this process or another
                          ├─► clang/      parse, rewrite, look names up
                          └─► unit ─► emit_dictionary, build ─► compiler ─► loader

`session` holds the C++ that was given so far.  Nothing here is imported before C++ is given, or a name of std is used
that no dictionary has.
"""
