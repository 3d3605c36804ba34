"""Promises of the emitted dictionary: what its tables say, and that its addresses work when called."""

import subprocess

import pytest
from cpp_dictionaries import CPP_FIXTURES, build_tables, fixture_library, fixture_tables, parse

from cppbind import format as fmt
from cppbind.clang.cursor import TranslationUnit
from cppbind.compiler import Options, find_compiler, system_include_dirs
from cppbind.emit_dictionary import emit_dictionary
from cppbind.selection import select

FIXTURES = ["MyClass", "Diamond", "Globals", "Histogram", "Shapes"]


@pytest.fixture
def myclass():
    return fixture_tables("MyClass")


@pytest.fixture
def shapes():
    return fixture_tables("Shapes")


def flag_names(value, names):
    return {name.split("_", 1)[1] for bit, name in names.items() if value & bit}


# ---- the file as a whole -----------------------------------------------------------

def test_header_says_what_it_is(myclass):
    """Magic, version, byte order and sizes are those of the format, and the ABI tag names this machine."""
    assert myclass.magic == fmt.MAGIC and myclass.version == fmt.VERSION
    assert myclass.byte_order == fmt.BYTE_ORDER
    assert myclass.header_size == fmt.HEADER_SIZE + len(fmt.TABLES) * fmt.DESCRIPTOR_SIZE
    assert myclass.abi.split(":")[0] == "itanium" and len(myclass.abi.split(":")) >= 4
    assert myclass.generator.startswith("cppbind ")


@pytest.mark.parametrize("name", FIXTURES)
def test_every_reference_is_in_bounds(name):
    """A reader that checks every index finds nothing to object to."""
    tables = fixture_tables(name)
    for table in fmt.TABLES:
        if not table.fields:
            continue
        for record in getattr(tables, table.name):
            values = vars(record)
            for position, field in enumerate(table.fields):
                value = values[field.name]
                if field.role == "index" and field.table != "numbers":
                    size = len(tables.fills) if field.table == "fills" else len(getattr(tables, field.table))
                    assert value is None or value < size, (table.name, field.name)
                elif field.role == "first":
                    count = values[table.fields[position + 1].name]
                    assert value + count <= len(getattr(tables, field.table)), (table.name, field.name)
                elif field.role == "slot" and value is not None:
                    owner = record if table.name == "scopes" else None
                    if owner is None and "scope" in values and table.name != "bases":
                        owner = tables.scopes[record.scope]
                    assert owner is None or value < owner.slot_count


@pytest.mark.parametrize("name", FIXTURES)
def test_every_name_is_found_by_its_hash(name):
    """Scopes, enums and typedefs, and functions and variables of namespaces, are found without a search."""
    tables = fixture_tables(name)
    for index, scope in enumerate(tables.scopes[1:len(tables.scopes) - len(tables.directors)], 1):
        assert tables.lookup(scope.name) == (fmt.NAME_SCOPE, index)
    for index, enum in enumerate(tables.enums):
        if enum.name:
            assert tables.lookup(enum.name) == (fmt.NAME_ENUM, index)
    assert tables.lookup("no::such::name") is None
    assert tables.lookup("") is None


@pytest.mark.parametrize("name", FIXTURES)
def test_compiles_without_warnings(name, tmp_path):
    """The generated source is clean under -Wall -Wextra -pedantic, in the oldest standard its header allows."""
    headers = _chosen(name)
    source = tmp_path / "dictionary.cpp"
    source.write_text(emit_dictionary(headers).source)
    standard = "c++17" if name in ("MyClass", "Globals") else "c++11"
    done = subprocess.run(
        find_compiler() + ["-std=" + standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-fPIC",
                           "-I", str(CPP_FIXTURES), str(source)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout.decode() == "" and done.returncode == 0


@pytest.mark.parametrize("name", FIXTURES)
def test_clang_accepts_it_too(name, tmp_path):
    """The generated source is no dialect of one compiler: clang has neither errors nor warnings for it."""
    arguments = ["-x", "c++", "-std=c++17", "-Wall", "-Wextra", "-pedantic", "-nostdinc", "-nostdinc++",
                 "-I" + str(CPP_FIXTURES)]
    for path in system_include_dirs():
        arguments += ["-isystem", path]
    unit = TranslationUnit("dictionary.cpp", emit_dictionary(_chosen(name)).source, arguments, skip_bodies=False)
    assert [(place.line, text) for severity, place, text in unit.diagnostics()] == []


@pytest.mark.parametrize("name", FIXTURES)
def test_two_runs_give_the_same_text(name):
    """The output depends on the headers alone, so builds can be cached and compared."""
    assert emit_dictionary(_chosen(name)).source == emit_dictionary(_chosen(name)).source


def _chosen(name):
    from cppbind.clang.parse import parse_headers
    headers = parse_headers([name + ".h"], Options(include_dirs=(str(CPP_FIXTURES),)))
    return select(headers)[0]


def test_needs_no_symbol_of_the_emitter():
    """A dictionary of inline code is self-contained and exports one data symbol of its own, beside the class of the
    exceptions that dictionaries throw and catch for each other."""
    listed = subprocess.run(["nm", "-D", "--defined-only", fixture_library("Histogram")], stdout=subprocess.PIPE,
                            check=True).stdout.decode()
    names = [line.split()[-1] for line in listed.splitlines()]
    assert [name for name in names if "cppbind" in name and not name.endswith("cppbind_raised")] == [fmt.SYMBOL]


# ---- scopes --------------------------------------------------------------------------

def test_children_of_a_scope_are_consecutive():
    """The global namespace is scope 0; children follow each other, sorted by name."""
    tables = fixture_tables("Globals")
    root = tables.scopes[0]
    assert root.name == "" and root.parent is None
    assert [scope.name for scope in tables.range(root, "children", "scopes")] == ["Counter", "outer"]
    outer = tables.scope("outer")
    assert [scope.name for scope in tables.range(outer, "children", "scopes")] == ["outer::Current", "outer::inner"]
    assert all(tables.scopes[scope.parent] is outer for scope in tables.range(outer, "children", "scopes"))


def test_a_scope_says_what_it_is(myclass, shapes):
    """sizeof and alignof come from the C++ compiler; kind, place and documentation from the header."""
    corner = shapes.scope("shapes::Polygon::Corner")
    assert (corner.size, corner.align, corner.kind) == (24, 8, fmt.SCOPE_STRUCT)
    scope = myclass.scope("MyClass")
    assert scope.kind == fmt.SCOPE_CLASS and scope.file.endswith("MyClass.h") and scope.line == 9
    assert scope.doc == "Holds an int, and shows the plain ways of getting at it."


def test_class_flags(shapes):
    """Abstract, polymorphic, aggregate, copyable: the compiler's own answers."""
    def flags(name):
        return flag_names(shapes.scope(name).flags, fmt.SCOPE_FLAGS)
    assert {"ABSTRACT", "POLYMORPHIC", "VIRTUAL_DESTRUCTOR"} <= flags("shapes::Shape")
    assert "DEFAULT_CONSTRUCTIBLE" not in flags("shapes::Shape")
    assert {"FINAL", "COPY_CONSTRUCTIBLE"} <= flags("shapes::Square") and "ABSTRACT" not in flags("shapes::Square")
    assert {"AGGREGATE", "TRIVIALLY_COPYABLE", "STANDARD_LAYOUT", "DEFAULT_CONSTRUCTIBLE"} <= flags("shapes::Point")
    assert "COPY_CONSTRUCTIBLE" not in flags("shapes::MoveOnly") and "MOVE_CONSTRUCTIBLE" in flags("shapes::MoveOnly")
    assert not {"DESTRUCTIBLE", "COPY_CONSTRUCTIBLE", "DEFAULT_CONSTRUCTIBLE"} & flags("shapes::Singleton")


def test_bases_have_offsets_or_upcasts():
    """A plain base lies at a constant offset; a virtual one is found by a compiled cast on the live object."""
    tables = fixture_tables("Diamond")
    plain, virtual = tables.range(tables.scope("E"), "bases")
    assert (plain.name, plain.upcast) == ("Plain", None)
    # The polymorphic base comes first in memory (Itanium C++ ABI 2.4), so the plain one is moved.
    assert plain.offset > 0 and virtual.offset == 0
    b, c = tables.range(tables.scope("D"), "bases")
    assert b.flags & fmt.BASE_VIRTUAL and b.offset is None and b.upcast is not None
    assert tables.scope("D").flags & fmt.SCOPE_HAS_VIRTUAL_BASE
    assert tables.scope("E").flags & fmt.SCOPE_HAS_VIRTUAL_BASE
    assert not tables.scope("A").flags & fmt.SCOPE_HAS_VIRTUAL_BASE


def test_diamond_members_are_reached_through_upcasts():
    """The virtual bases of a live D, converted by the upcasts, hold the members where the offsets say."""
    tables = fixture_tables("Diamond")
    ffi = tables.ffi
    storage = tables.new("D")
    tables.call("D::D()", "void(*)(void *)", storage)
    for base, name, value in (("B", "m_b", 2), ("C", "m_c", 3)):
        record, = [entry for entry in tables.range(tables.scope("D"), "bases") if entry.name == base]
        address = ffi.cast("void *(*)(void *)", tables.slot("D", record.upcast)[0])(storage)
        inner = ffi.cast("char *", address) + tables.member(base, name).offset
        assert ffi.cast("int *", inner)[0] == value
        to_a, = tables.range(tables.scope(base), "bases")
        top = ffi.cast("void *(*)(void *)", tables.slot(base, to_a.upcast)[0])(address)
        inner = ffi.cast("char *", top) + tables.member("A", "m_a").offset
        assert ffi.cast("int *", inner)[0] == 1
    assert tables.call("int D::Sum() const", "int(*)(void *)", storage) == 10


def test_ambiguous_base_is_marked(tmp_path):
    """A base that C++ cannot convert to is listed, flagged, and does not stop the compiler."""
    built, tables = build_tables(
        "struct A { int a; }; struct B : A {}; struct C : B, A { int c; };", tmp_path, flags=["-w"])
    flags = {base.name: base.flags for base in tables.range(tables.scope("C"), "bases")}
    assert flags["A"] & fmt.BASE_AMBIGUOUS and not flags["B"] & fmt.BASE_AMBIGUOUS


def test_private_base_is_flagged(tmp_path):
    """Inheritance that is nobody's business is told, but not usable."""
    _, tables = build_tables("struct A { int a; }; class B : A { }; class C : protected A { };", tmp_path)
    assert tables.range(tables.scope("B"), "bases")[0].flags == fmt.BASE_PRIVATE
    assert tables.range(tables.scope("C"), "bases")[0].flags == fmt.BASE_PROTECTED
    assert tables.range(tables.scope("B"), "bases")[0].offset is None


# ---- members ---------------------------------------------------------------------------

def test_member_offsets(shapes):
    """Offsets of plain members, of members of an anonymous union, of references and arrays, are offsetof's."""
    offsets = {name: shapes.member("shapes::Layout", name).offset
               for name in ("plain", "whole", "bytes", "reference", "matrix", "cache")}
    assert offsets["plain"] == 0 and offsets["whole"] == offsets["bytes"] == 4
    assert offsets["reference"] == 16 and offsets["matrix"] == 24 and offsets["cache"] == 72


def test_members_are_in_declaration_order_and_public(myclass):
    """Aggregates are constructed in order; what is protected or private is not listed."""
    names = [member.name for member in myclass.range(myclass.scope("MyClass"), "members")]
    assert names == ["m_myint", "m_const", "m_ratio", "m_low", "m_signed", "s_instances", "s_limit"]


def test_unnamed_classes_are_reached_through_their_variables(tmp_path):
    """A member or global of an unnamed class has a type with layout, also in arrays, nested, and inside unions."""
    built, tables = build_tables("""
        struct X {
            char before;
            struct { int a; struct { double b; } inner; } part;
            union { struct { short low, high; } halves; int whole; };
            struct { int v; } list[3], *pointer;
            int size() const { return sizeof(list[0]); }
        private:
            struct { int hidden; } secret;
        };
        static struct { int g; } global_struct;
        """, tmp_path)
    part = tables.member("X", "part")
    scope = tables.scopes[tables.types[part.type].scope]
    assert (scope.name, scope.simple_name, scope.size) == ("X::(unnamed type of part)", "", 16)
    assert tables.lookup(scope.name) and part.offset == 8
    inner = tables.member(scope.name, "inner")
    assert inner.offset == 8
    assert tables.member(scope.name + "::(unnamed type of inner)", "b").offset == 0
    halves = tables.scopes[tables.types[tables.member("X", "halves").type].scope]
    assert tables.member(halves.name, "high").offset == 2
    array = tables.types[tables.member("X", "list").type]
    item = tables.types[array.target]
    assert (array.size, item.size, item.kind) == (12, 4, fmt.TYPE_CLASS)
    pointer = tables.types[tables.member("X", "pointer").type]
    assert pointer.kind == fmt.TYPE_POINTER and tables.types[pointer.target].scope == item.scope
    assert tables.types[tables.member("", "global_struct").type].name == "(unnamed type of global_struct)"
    assert [name for kind, name in built.names if kind == "class"] == ["X"]


def test_bit_fields_are_read_and_written_by_functions(shapes):
    """A bit-field has no address: a getter and a setter stand for it, none to set a const one."""
    ffi, name = shapes.ffi, "shapes::Layout"
    storage, target = shapes.new(name), shapes.ffi.new("int *", 9)
    shapes.call("shapes::Layout::Layout(int &target)", "void(*)(void *, int *)", storage, target)
    high = shapes.member(name, "high")
    assert high.flags & fmt.MEMBER_BIT_FIELD and high.offset is None
    read = ffi.cast("int(*)(void *)", shapes.slot(name, high.getter)[0])
    write = ffi.cast("void(*)(void *, int)", shapes.slot(name, high.setter)[0])
    assert read(storage) == -1
    write(storage, 7)
    assert read(storage) == 7
    low = ffi.cast("unsigned(*)(void *)", shapes.slot(name, shapes.member(name, "low").getter)[0])
    assert low(storage) == 3        # its neighbour is untouched
    fixed = shapes.member(name, "fixed")
    assert fixed.setter is None and fixed.flags & fmt.MEMBER_CONST


def test_static_members(myclass):
    """A static member has an address; one that is only a value is a constant with a copy."""
    ffi = myclass.ffi
    instances = myclass.member("MyClass", "s_instances")
    address, adjustment = myclass.slot("MyClass", instances.address)
    assert instances.flags & fmt.MEMBER_STATIC and adjustment == 0
    before = ffi.cast("int *", address)[0]
    storage = myclass.new("MyClass")
    myclass.call("MyClass::MyClass(int i = 5)", "void(*)(void *, int)", storage, 1)
    assert ffi.cast("int *", address)[0] == before + 1
    limit = myclass.member("MyClass", "s_limit")
    assert limit.flags & fmt.MEMBER_CONST
    assert ffi.cast("int *", myclass.slot("MyClass", limit.address)[0])[0] == 100


def test_globals_are_sorted_and_live():
    """Variables of a namespace have addresses, so both sides see what is assigned."""
    tables = fixture_tables("Globals")
    ffi = tables.ffi
    members = tables.range(tables.scopes[0], "members")
    assert [member.name for member in members] == sorted(member.name for member in members)
    pointer = ffi.cast("void **", tables.slot("", tables.member("", "gCounterPtr").address)[0])
    other = tables.slot("", tables.member("", "gOtherCounter").address)[0]
    tables.call("void PointTo(Counter *counter)", "void(*)(void *)", ffi.cast("void *", other))
    assert int(ffi.cast("uintptr_t", pointer[0])) == other
    pointer[0] = ffi.NULL
    assert tables.call("Counter *PointedTo()", "void *(*)(void)") == ffi.NULL
    assert tables.member("", "gConst").flags & fmt.MEMBER_CONST
    assert not tables.member("", "gText").flags & fmt.MEMBER_CONST       # const char *, not char *const


def test_static_references_are_their_referents(tmp_path):
    """A global reference has the type and the address of what it refers to."""
    _, tables = build_tables("inline int number = 3; inline const int &reference = number;", tmp_path)
    reference, number = tables.member("", "reference"), tables.member("", "number")
    assert tables.type_of(reference.type) == "const int" and reference.flags & fmt.MEMBER_CONST
    assert tables.slot("", reference.address) == tables.slot("", number.address)


def test_what_is_defined_elsewhere_is_found_by_symbol():
    """Declarations without definition do not keep a dictionary from loading: they carry their mangled name."""
    tables = fixture_tables("Globals")
    function = tables.function("int never_defined(int x)")
    assert function.call == fmt.CALL_SYMBOL and function.address is None
    assert function.mangled == "_Z13never_definedi" and function.flags & fmt.FUNCTION_EXTERNAL
    variable = tables.member("", "declared_only")
    assert variable.flags & fmt.MEMBER_EXTERNAL and variable.mangled == "declared_only" and variable.address is None


# ---- functions -------------------------------------------------------------------------

def test_functions_are_sorted_and_overloads_consecutive(myclass):
    """A reader finds an overload set by bisection; inside, declaration order holds."""
    names = [function.name for function in myclass.functions_of("MyClass")]
    assert names == sorted(names)
    which = [function.signature for function in myclass.functions_of("MyClass", "Which")]
    assert which == ["int MyClass::Which(int)", "int MyClass::Which(double)", "int MyClass::Which(const char *)",
                     "int MyClass::Which(const MyClass &)"]


def test_direct_methods_are_called_by_address(myclass):
    """An inline member function is called at its own address, `this` first."""
    storage = myclass.new("MyClass")
    myclass.call("MyClass::MyClass(int i = 5)", "void(*)(void *, int)", storage, 42)
    assert myclass.function("int MyClass::GetMyInt() const").call == fmt.CALL_DIRECT
    assert myclass.call("int MyClass::GetMyInt() const", "int(*)(void *)", storage) == 42
    myclass.call("void MyClass::SetMyInt(int i)", "void(*)(void *, int)", storage, 7)
    assert myclass.call("int MyClass::GetMyInt() const", "int(*)(void *)", storage) == 7
    assert myclass.call("static int MyClass::Twice(int i) noexcept", "int(*)(int)", 21) == 42


def test_each_overload_has_its_own_address(myclass):
    """Taking the address picks exactly the overload of the record."""
    storage = myclass.new("MyClass")
    myclass.call("MyClass::MyClass()", "void(*)(void *)", storage)
    assert myclass.call("int MyClass::Which(int)", "int(*)(void *, int)", storage, 1) == 1
    assert myclass.call("int MyClass::Which(double)", "int(*)(void *, double)", storage, 1.0) == 2
    text = myclass.ffi.new("char[]", b"x")
    assert myclass.call("int MyClass::Which(const char *)", "int(*)(void *, char *)", storage, text) == 3


def test_default_arguments_are_the_compilers(myclass):
    """For each argument that may be left out there is a record whose wrapper lets C++ supply the default."""
    storage = myclass.new("MyClass")
    myclass.call("MyClass::MyClass()", "void(*)(void *)", storage)
    assert myclass.call("int MyClass::GetMyInt() const", "int(*)(void *)", storage) == 5
    records = myclass.functions_of("MyClass", "Add")
    assert [(record.params_count, bool(record.flags & fmt.FUNCTION_DEFAULTED)) for record in records] \
        == [(3, False), (2, True), (1, True)]
    assert {record.params_first for record in records} == {records[0].params_first}
    assert records[0].required == 1
    assert [param.default for param in myclass.range(records[0], "params")] == ["", "1", "2."]
    assert myclass.call("int MyClass::Add(int i)", "int(*)(void *, int)", storage, 4) == 5 + 10
    assert myclass.call("int MyClass::Add(int i, int j)", "int(*)(void *, int, int)", storage, 4, 2) == 5 + 12


def test_virtual_functions_are_vtable_offsets():
    """A virtual function's slot is its place in the vtable, so a call through a base reaches the override."""
    tables = fixture_tables("Diamond")
    function = tables.function("int A::Who() const")
    assert function.flags & fmt.FUNCTION_VIRTUAL
    made = tables.call("A *MakeD()", "void *(*)(void)")
    assert tables.call("int A::Who() const", "int(*)(void *)", made) == 4
    assert tables.call("int WhoIs(const A &a)", "int(*)(void *)", made) == 4
    delete, _ = tables.slot("A", tables.scope("A").delete)
    tables.ffi.cast("void(*)(void *)", delete)(made)


def test_pure_virtual_functions_are_listed(shapes):
    """A pure virtual function is callable on a derived object, and its class cannot be constructed."""
    area = shapes.function("double shapes::Shape::Area() const")
    assert {"PURE", "VIRTUAL", "CONST"} <= flag_names(area.flags, fmt.FUNCTION_FLAGS)
    assert area.call == fmt.CALL_DIRECT
    constructor = shapes.function("shapes::Shape::Shape(const std::string &name)")
    assert constructor.call == fmt.CALL_UNAVAILABLE and constructor.reason == "'shapes::Shape' is abstract"


def test_values_come_through_wrappers(shapes):
    """A class by value is constructed in the storage that the caller gives; arguments arrive as pointers."""
    ffi = shapes.ffi
    a, b, result = (ffi.new("double[2]", value) for value in ([1, 2], [10, 20], [0, 0]))
    shapes.call("shapes::Point shapes::operator+(const shapes::Point &a, const shapes::Point &b)",
                "void(*)(void *, void *, void *)", result, a, b)
    assert list(result) == [11, 22]
    polygon, corner = shapes.new("shapes::Polygon"), ffi.new("struct { int index; double x, y; } *")
    shapes.call("shapes::Polygon::Polygon()", "void(*)(void *)", polygon)
    shapes.call("shapes::Polygon::Corner shapes::Polygon::MakeCorner(int index, shapes::Point at) const",
                "void(*)(void *, void *, int, void *)", corner, polygon, 3, b)
    assert (corner.index, corner.x, corner.y) == (3, 10, 20)


def test_long_double_goes_through_pointers(shapes):
    """`long double` has no register of its own kind in the engine: pointers carry it."""
    ffi = shapes.ffi
    argument, result = ffi.new("long double *", 1.5), ffi.new("long double *")
    shapes.call("long double shapes::Longer(long double x)", "void(*)(void *, void *)", result, argument)
    assert float(result[0]) == 3.0


def test_references_are_pointers(shapes):
    """lvalue, rvalue and array references arrive as pointers, with no wrapper between."""
    ffi = shapes.ffi
    number = ffi.new("int *", 5)
    shapes.call("void shapes::Increment(int &x)", "void(*)(int *)", number)
    assert number[0] == 6
    assert shapes.call("int shapes::Moved(int &&x)", "int(*)(int *)", number) == 6
    array = ffi.new("int[3]", [1, 2, 3])
    assert shapes.call("int shapes::Sum(const int (&numbers)[3])", "int(*)(void *)", array) == 6


def test_move_only_classes(shapes):
    """A class that cannot be copied is moved from where it arrives, and returned by value."""
    ffi = shapes.ffi
    storage = ffi.new("void *[1]")
    shapes.call("shapes::MoveOnly shapes::MakeMoveOnly(int i)", "void(*)(void *, int)", storage, 9)
    assert shapes.call("int shapes::MoveOnly::Get() const", "int(*)(void *)", storage) == 9
    assert shapes.call("int shapes::Consume(shapes::MoveOnly object)", "int(*)(void *)", storage) == 9
    assert storage[0] == ffi.NULL


def test_special_members_answered_by_the_compiler(shapes):
    """Implicit constructors are listed, callable only where C++ allows it."""
    def implicit(name):
        return {function.signature.split("(", 1)[1]: function.call for function in shapes.functions_of(name)
                if function.flags & fmt.FUNCTION_IMPLICIT and function.kind == fmt.FUNCTION_CONSTRUCTOR}
    assert implicit("shapes::Point") == {")": fmt.CALL_WRAPPER, "const shapes::Point &other)": fmt.CALL_WRAPPER}
    assert implicit("shapes::MoveOnly") == {"const shapes::MoveOnly &other)": fmt.CALL_UNAVAILABLE}
    assert implicit("shapes::Singleton") == {}
    assert shapes.slot("shapes::Singleton", shapes.scope("shapes::Singleton").destructor) == (0, 0)


def test_copy_and_destroy(myclass):
    """Constructors write into given storage, the destructor leaves it; nothing is allocated."""
    ffi = myclass.ffi
    count = ffi.cast("int *", myclass.slot("MyClass", myclass.member("MyClass", "s_instances").address)[0])
    before = count[0]
    first, second = myclass.new("MyClass"), myclass.new("MyClass")
    myclass.call("MyClass::MyClass(int i = 5)", "void(*)(void *, int)", first, 3)
    myclass.call("MyClass::MyClass(const MyClass &other)", "void(*)(void *, void *)", second, first)
    assert count[0] == before + 2
    assert myclass.call("int MyClass::GetMyInt() const", "int(*)(void *)", second) == 3
    destroy = ffi.cast("void(*)(void *)", myclass.slot("MyClass", myclass.scope("MyClass").destructor)[0])
    destroy(first)
    destroy(second)
    assert count[0] == before


def test_class_with_its_own_operator_new(shapes):
    """Construction in place works although the class allocates its own way; its allocator has a slot."""
    ffi, name = shapes.ffi, "shapes::OwnStorage"
    scope = shapes.scope(name)
    allocations = ffi.cast("int *", shapes.call("static int &shapes::OwnStorage::Allocations()", "void *(*)(void)"))
    storage = ffi.cast("void *(*)(void)", shapes.slot(name, scope.storage)[0])()
    assert allocations[0] == 1
    shapes.call("shapes::OwnStorage::OwnStorage()", "void(*)(void *)", storage)
    assert ffi.cast("int *", storage)[0] == 3
    ffi.cast("void(*)(void *)", shapes.slot(name, scope.delete)[0])(storage)
    assert allocations[0] == 0
    assert shapes.scope("shapes::Point").storage is None


def test_operators_and_conversions(shapes):
    """Operators keep their C++ names and flag; conversions are named after their type; friends are found."""
    ffi = shapes.ffi
    two, three = shapes.new("shapes::Square"), shapes.new("shapes::Square")
    for storage, side in ((two, 2.0), (three, 3.0)):
        shapes.call("shapes::Square::Square(double side)", "void(*)(void *, double)", storage, side)
    less = shapes.function("bool shapes::Square::operator<(const shapes::Square &other) const")
    assert less.flags & fmt.FUNCTION_OPERATOR and less.name == "operator<"
    assert shapes.call(less.signature, "_Bool(*)(void *, void *)", two, three)
    assert shapes.call("bool shapes::operator!=(const shapes::Square &a, const shapes::Square &b)",
                       "_Bool(*)(void *, void *)", two, three)
    conversion, = shapes.functions_of("shapes::Square", "operator double")
    assert conversion.kind == fmt.FUNCTION_CONVERSION and not conversion.flags & fmt.FUNCTION_EXPLICIT
    assert shapes.call(conversion.signature, "double(*)(void *)", two) == 2.0
    to_bool, = shapes.functions_of("shapes::Square", "operator bool")
    assert to_bool.flags & fmt.FUNCTION_EXPLICIT
    changed = shapes.call("shapes::Square &shapes::Square::operator*=(double factor)", "void *(*)(void *, double)",
                          two, 2.5)
    assert changed == ffi.cast("void *", two)
    assert shapes.call(conversion.signature, "double(*)(void *)", two) == 5.0


def test_reference_qualified_methods(shapes):
    """`&&` methods are called on an rvalue; the flag tells them apart."""
    consume, = shapes.functions_of("shapes::Polygon", "Consume")
    clone, = shapes.functions_of("shapes::Polygon", "Clone")
    assert consume.flags & fmt.FUNCTION_RVALUE_THIS and clone.flags & fmt.FUNCTION_LVALUE_THIS
    source, target = shapes.new("shapes::Polygon"), shapes.new("shapes::Polygon")
    shapes.call("shapes::Polygon::Polygon()", "void(*)(void *)", source)
    shapes.call(consume.signature, "void(*)(void *, void *)", target, source)
    assert shapes.call("double shapes::Polygon::Area() const", "double(*)(void *)", target) == 0


def test_what_cannot_be_called_is_listed_with_the_reason(shapes):
    """Nothing vanishes: a signature that cannot be named says why; deleted functions are none.

    Of member templates the name is there.
    """
    leak, = shapes.functions_of("shapes::Polygon", "Leak")
    assert leak.call == fmt.CALL_UNAVAILABLE and leak.address is None
    assert leak.reason == "it returns the private type 'shapes::Polygon::Secret'"
    assert shapes.functions_of("shapes::Polygon", "Removed") == []
    template, = shapes.functions_of("shapes::Polygon", "Convert")
    assert template.flags == fmt.FUNCTION_TEMPLATE and template.call == fmt.CALL_UNAVAILABLE
    assert template.reason == "it is a template, and this dictionary has no such instance of it"
    draw, = shapes.functions_of("shapes::Shape", "Draw")
    assert draw.call == fmt.CALL_DIRECT and "shapes::Canvas &" in draw.signature     # a reference needs no definition


def test_using_declarations_bring_functions(shapes):
    """`using Base::f` makes f a function of the derived class."""
    name, = shapes.functions_of("shapes::Polygon", "Name")
    assert name.signature == "const std::string &shapes::Polygon::Name() const noexcept"
    assert name.call == fmt.CALL_WRAPPER


def test_ambiguous_default_is_left_out(tmp_path):
    """f(int) beside f(int, int = 0): the short call of the second is ambiguous in C++, so it is not offered."""
    _, tables = build_tables("inline int f(int x) { return x; } inline int f(int x, int y = 0) { return x + y; }\n"
                             "inline int g(double x) { return 1; } inline int g(int x, int y = 0) { return 2; }",
                             tmp_path)
    assert [record.signature for record in tables.functions_of("", "f")] == ["int f(int x)", "int f(int x, int y = 0)"]
    assert len(tables.functions_of("", "g")) == 3
    assert tables.call("int g(int x)", "int(*)(int)", 1) == 2


# ---- types, enums, typedefs ------------------------------------------------------------

def test_types_tell_their_structure(shapes):
    """A type leads to its parts: pointee, items, result and parameters."""
    call, = shapes.functions_of("shapes", "Call")
    function = shapes.types[shapes.range(call, "params")[0].type]
    assert function.kind == fmt.TYPE_POINTER and function.spelling == "int (*)(int)"
    prototype = shapes.types[function.target]
    assert prototype.kind == fmt.TYPE_FUNCTION and shapes.type_of(prototype.target) == "int"
    assert [shapes.type_of(entry.type) for entry in shapes.range(prototype, "list", "type_lists")] == ["int"]
    matrix = shapes.types[shapes.member("shapes::Layout", "matrix").type]
    assert (matrix.kind, matrix.extent, matrix.size) == (fmt.TYPE_ARRAY, 2, 48)
    row = shapes.types[matrix.target]
    assert (row.extent, shapes.types[row.target].kind) == (3, fmt.TYPE_DOUBLE)


def test_int8_is_an_integer(shapes):
    """int8_t is told from signed char, which is a character."""
    tiny = shapes.types[shapes.member("shapes::Layout", "tiny").type]
    letter = shapes.types[shapes.member("shapes::Layout", "letter").type]
    assert tiny.kind == letter.kind == fmt.TYPE_SCHAR
    assert tiny.flags & fmt.TYPE_AS_INTEGER and not letter.flags & fmt.TYPE_AS_INTEGER


def test_class_types_name_their_class(shapes):
    """A class type leads to its scope if it is described here, and has its name if not."""
    set_sides, = shapes.functions_of("shapes::Polygon", "SetSides")
    reference = shapes.types[shapes.range(set_sides, "params")[0].type]
    vector = shapes.types[reference.target]
    assert (vector.kind, vector.flags, vector.name) == (fmt.TYPE_CLASS, fmt.TYPE_CONST, "std::vector<double>")
    assert shapes.scopes[vector.scope].name == "std::vector<double>"
    get_sides, = shapes.functions_of("shapes::Polygon", "GetSides")
    assert shapes.types[get_sides.result].size == 24
    plus, = shapes.functions_of("shapes", "operator+")
    point = shapes.types[plus.result]
    assert shapes.scopes[point.scope].name == "shapes::Point"


def test_strings_are_std_string(myclass):
    """std::string has that name, whatever the library calls the template behind it."""
    result = myclass.types[myclass.function("std::string MyClass::GetName() const").result]
    assert (result.kind, result.name, result.spelling) == (fmt.TYPE_CLASS, "std::string", "std::string")


def test_enumerators_have_the_compilers_values():
    """Values, the underlying type and the scope rules of enums."""
    tables = fixture_tables("Globals")
    enums = {enum.name: enum for enum in tables.enums}
    def values(name):
        return {entry.name: entry.value for entry in tables.range(enums[name], "enumerators")}
    assert values("Color") == {"kRed": 0, "kGreen": 5, "kBlue": 6}
    assert values("Level") == {"low": 1, "high": 200}
    assert enums["Level"].flags == fmt.ENUM_SCOPED | fmt.ENUM_UNSIGNED
    assert tables.type_of(enums["Level"].underlying) == "unsigned char"
    assert values("Wide")["kWide"] == -1 and enums["Wide"].flags & fmt.ENUM_UNSIGNED     # 2**64 - 1, as 64 bits
    assert values("") == {"kAnonymous": 99} and enums[""].flags & fmt.ENUM_ANONYMOUS
    assert tables.lookup("kGreen")[0] == tables.lookup("kAnonymous")[0] == fmt.NAME_ENUMERATOR
    assert tables.lookup("low") is None
    of_scopes = {scope.name: [enum.name for enum in tables.range(scope, "enums")] for scope in tables.scopes}
    assert of_scopes[""] == ["Color", "Level", "", "Wide"] and of_scopes["outer"] == []
    assert of_scopes["outer::inner::Deep"] == ["outer::inner::Deep::Kind"]
    assert enums["Color"].doc == "Colours without a scope of their own."


def test_namespaces_are_merged_and_aliased():
    """A reopened namespace is one scope; aliases and inline namespaces lead to the same."""
    tables = fixture_tables("Globals")
    names = {function.name for function in tables.functions_of("outer")}
    assert {"Square", "Half", "Versioned"} <= names
    inner = tables.lookup("outer::inner")
    assert tables.lookup("alias") == inner and inner[0] == fmt.NAME_SCOPE
    assert tables.lookup("outer::v1") == tables.lookup("outer")
    assert tables.lookup("outer::Current")[0] == fmt.NAME_SCOPE
    assert tables.lookup("hidden") is None and tables.lookup("useHidden") is None
    kind, index = tables.lookup("outer::DeepAlias")
    assert kind == fmt.NAME_TYPEDEF and tables.type_of(tables.typedefs[index].type) == "outer::inner::Deep"


def test_function_lookup_leads_to_the_overload_set():
    """The hash entry of a function is the first record of its overloads."""
    tables = fixture_tables("Globals")
    kind, index = tables.lookup("outer::Square")
    assert kind == fmt.NAME_FUNCTION
    assert [tables.functions[index + i].signature for i in (0, 1)] == ["int outer::Square(int x)",
                                                                      "int outer::Square(int x, int y)"]
    assert tables.call("int outer::Square(int x, int y)", "int(*)(int, int)", 6, 7) == 42


def test_strings_survive_any_character(tmp_path):
    """Documentation and defaults with quotes, trigraphs, digits after NUL escapes and other scripts come back whole."""
    text = 'Grüße "quoted" ??= \\ back\\slash 1'
    _, tables = build_tables('/// %s\ninline int f(const char *s = "a\\t\\"b??/") { return 0; }' % text, tmp_path)
    function, = [record for record in tables.functions_of("", "f") if not record.flags & fmt.FUNCTION_DEFAULTED]
    assert function.doc == text
    assert tables.range(function, "params")[0].default == '"a\\t\\"b??/"'


def test_empty_header(tmp_path):
    """A header without declarations gives a dictionary with nothing but the global namespace."""
    built, tables = build_tables("// nothing\n", tmp_path)
    assert [scope.name for scope in tables.scopes] == [""] and built.names == []


def test_emitting_needs_no_compiler():
    """The emitter works on the model alone; nothing is asked of the machine."""
    emitted = emit_dictionary(parse("struct S { int a; void f() {} };"))
    assert ("class", "S") in emitted.names and "__builtin_offsetof(::S, a)" in emitted.source
