"""cdef text to model: functions, variables, typedefs, and every way to spell a type."""

import pytest
from cffi_like import CDefError, FFIError, model
from cffi_like.model import Array, Function, Pointer, Primitive, Qualified, RecordRef, Void
from cffi_like.parse import merge, parse_cdef
from cffi_like.resolve import Resolver
from parsing import CHAR, INT, parse


def type_of(declaration):
    """The model type that `typedef DECLARATION;` gives the name x."""
    return parse("typedef %s;" % declaration).typedefs["x"]


@pytest.mark.parametrize("spelling, name", [
    ("char", "char"), ("signed char", "signed char"), ("char unsigned", "unsigned char"),
    ("short", "short"), ("short int", "short"), ("signed short", "short"),
    ("unsigned short int", "unsigned short"), ("int", "int"), ("signed", "int"),
    ("signed int", "int"), ("unsigned", "unsigned int"), ("long", "long"),
    ("int long", "long"), ("long unsigned int", "unsigned long"), ("long long", "long long"),
    ("long int long", "long long"), ("unsigned long long int", "unsigned long long"),
    ("float", "float"), ("double", "double"), ("long double", "long double"),
    ("_Bool", "_Bool"), ("float _Complex", "_cffi_float_complex_t"),
    ("_Complex double", "_cffi_double_complex_t"), ("bool", "_Bool"), ("size_t", "size_t"),
    ("uint8_t", "uint8_t"), ("int_fast16_t", "int_fast16_t"), ("wchar_t", "wchar_t"),
    ("char16_t", "char16_t"), ("char32_t", "char32_t"), ("intmax_t", "intmax_t"),
    ("DWORD", "unsigned int"), ("WORD", "unsigned short"), ("LPARAM", "intptr_t"),
])
def test_every_spelling_of_an_arithmetic_type(spelling, name):
    """Keywords in any order and the names everybody expects mean one primitive."""
    assert type_of(spelling + " x") == Primitive(name)


@pytest.mark.parametrize("spelling", [
    "long float", "unsigned double", "short long", "long long long", "signed unsigned",
    "unsigned float", "int int", "void int"])
def test_impossible_combinations_are_refused(spelling):
    """C11 6.7.2 lists the combinations; no other is a type."""
    with pytest.raises(CDefError, match=r"cdef:1:9: '.*' is not a type"):
        type_of(spelling + " x")


@pytest.mark.parametrize("declaration, expected", [
    ("int *x", Pointer(INT)),
    ("int **x", Pointer(Pointer(INT))),
    ("int x[3]", Array(INT, 3)),
    ("int x[]", Array(INT, None)),
    ("int x[2][3]", Array(Array(INT, 3), 2)),
    ("int *x[3]", Array(Pointer(INT), 3)),
    ("int (*x)[3]", Pointer(Array(INT, 3))),
    ("int x(void)", Function(INT, ())),
    ("int (x)(void)", Function(INT, ())),
    ("int (*x)(char)", Pointer(Function(INT, (CHAR,)))),
    ("int (*x[4])(void)", Array(Pointer(Function(INT, ())), 4)),
    ("int (*(*x)(char))(int)", Pointer(Function(Pointer(Function(INT, (INT,))), (CHAR,)))),
    ("int (*x(char))[2]", Function(Pointer(Array(INT, 2)), (CHAR,))),
    ("char *x(int, ...)", Function(Pointer(CHAR), (INT,), ellipsis=True)),
    ("void *x", Pointer(Void())),
    ("struct s *x", Pointer(RecordRef("struct", "s"))),
    ("union u x[2]", Array(RecordRef("union", "u"), 2)),
    ("enum e *x", Pointer(model.EnumRef("e"))),
])
def test_declarators_read_inside_out(declaration, expected):
    """Suffixes bind tighter than stars, and parentheses group (C11 6.7.6)."""
    assert type_of(declaration) == expected


@pytest.mark.parametrize("declaration, expected", [
    ("const int x", Qualified(INT, ("const",))),
    ("int const x", Qualified(INT, ("const",))),
    ("volatile const int x", Qualified(INT, ("const", "volatile"))),
    ("const char *x", Pointer(Qualified(CHAR, ("const",)))),
    ("char *const x", Qualified(Pointer(CHAR), ("const",))),
    ("char *restrict x", Qualified(Pointer(CHAR), ("restrict",))),
    ("char *__restrict x", Qualified(Pointer(CHAR), ("restrict",))),
    ("const char *const *x",
     Pointer(Qualified(Pointer(Qualified(CHAR, ("const",))), ("const",)))),
])
def test_qualifiers_stay_where_they_stand(declaration, expected):
    """The C emitter needs them, in one fixed order."""
    assert type_of(declaration) == expected


def test_attributes_of_parameters():
    """They say nothing about the type."""
    found = parse("int f(int a __attribute__((unused)), char *__restrict b);").functions["f"]
    assert found.parameter_names == ("a", "b") and found.type.parameters[0] == INT


def test_the_declaration_of_signal():
    """The classic: a function returning a pointer to function, with its own names."""
    found = parse("void (*signal(int sig, void (*func)(int)))(int);").functions["signal"]
    handler = Pointer(Function(Void(), (INT,)))
    assert found.type == Function(handler, (INT, handler))
    assert found.parameter_names == ("sig", "func")


def test_parameters_are_adjusted():
    """Arrays and functions become pointers (C11 6.7.6.3 p7-8); names are kept."""
    found = parse("void f(int a[5], int cb(char), const char *, int m[][4]);").functions["f"]
    assert found.type.parameters == (
        Pointer(INT), Pointer(Function(INT, (CHAR,))), Pointer(Qualified(CHAR, ("const",))),
        Pointer(Array(INT, 4)))
    assert found.parameter_names == ("a", "cb", "", "m")


@pytest.mark.parametrize("parameters", ["", "void", " void ", "nothing"])
def test_no_parameters(parameters):
    """`()`, `(void)` and a typedef of void all mean an empty list."""
    found = parse("typedef void nothing; int f(%s);" % parameters)
    assert found.functions["f"].type == Function(INT, ())


def test_functions_of_a_typedef():
    """A function may be declared by the typedef of a function type."""
    found = parse("typedef int fn(char); fn f, g; fn *p(void);", "extern fn *q;")
    assert found.functions["f"].type == found.functions["g"].type == Function(INT, (CHAR,))
    assert found.functions["p"].type.result == Pointer(Function(INT, (CHAR,)))
    assert found.variables["q"].type == Pointer(Function(INT, (CHAR,)))


def test_a_list_of_declarators():
    """One declaration may declare a function, a variable and an array at once."""
    found = parse("extern int a, *b, c[2], d(void);")
    assert [found.variables[name].type for name in "abc"] == [
        INT, Pointer(INT), Array(INT, 2)]
    assert found.functions["d"].type == Function(INT, ())


@pytest.mark.parametrize("text", [
    "static inline int f(void);", "extern int f(void);", "_Noreturn int f(void);",
    "__extension__ extern int f(void);",
    "extern int f(void) __attribute__((pure, nothrow));",
    "int f(void) __attribute__ ((__nonnull__ (1, 2)));", "int (f)(void);"])
def test_storage_and_harmless_attributes_are_accepted(text):
    """Text pasted from a preprocessed header keeps working."""
    assert parse(text).functions["f"].type == Function(INT, ())


def test_an_attribute_that_changes_layout_is_not_ignored():
    """A wrong layout must never be the result of something that was skipped."""
    with pytest.raises(CDefError, match=r"cdef:1:35: attribute 'vector_size' is not supported"):
        parse("struct s { int x __attribute__((  vector_size(16))); };")


def test_calling_conventions():
    """__stdcall and WINAPI belong to the function type wherever they stand."""
    found = parse("int __stdcall f(int); extern int (WINAPI *g)(int); int __cdecl h(int);"
                  "typedef int (__stdcall *callback)(void);")
    assert found.functions["f"].type.abi == "__stdcall"
    assert found.variables["g"].type.target.abi == "__stdcall"
    assert found.functions["h"].type.abi is None
    assert found.typedefs["callback"].target.abi == "__stdcall"


def test_a_typedef_hides_a_common_name():
    """What the user declares wins over the names that exist by themselves."""
    assert type_of("unsigned char DWORD; typedef DWORD x") == Primitive("unsigned char")


def test_a_parameter_may_have_the_name_of_a_type():
    """Behind the specifiers an identifier is a name, even that of a type."""
    found = parse("typedef int count; void f(long count, count n);").functions["f"]
    assert found.parameter_names == ("count", "n")
    assert found.type.parameters == (Primitive("long"), INT)


def test_variables_and_constants():
    """A const object is a constant; one with an integer value carries it."""
    found = parse("extern int a; extern const char *b; extern const int c;"
                  "static const int d = 5; static const double e = 1.5; extern char *const g;"
                  "extern const int h[2];")
    assert set(found.variables) == {"a", "b", "h"}
    assert {name: item.value for name, item in found.constants.items()} == {
        "c": model.DOTS, "d": 5, "e": 1.5, "g": model.DOTS}
    assert found.constants["d"].type == Qualified(INT, ("const",))


def test_a_variable_without_extern_warns():
    """In C it would define the variable, which is rarely meant."""
    with pytest.warns(UserWarning, match="Global variable 'x' in cdef"):
        parse("int x;")


def test_the_gil_choice_is_kept():
    """release_gil is a property of the functions of one cdef."""
    assert parse("int f(void);").functions["f"].release_gil is True
    assert parse("int f(void);", release_gil=False).functions["f"].release_gil is False


def test_extern_python():
    """Functions answered in Python, one by one or in a block."""
    found = parse('extern "Python" int a(int); extern "Python" { void b(void); int c(char); }'
                  ' extern "Python+C" int d(void); int e(void);')
    assert set(found.extern_python) == {"a", "b", "c", "d"}
    assert [found.extern_python[name].plus_c for name in "abcd"] == [False, False, False, True]
    assert set(found.functions) == {"e"}


@pytest.mark.parametrize("text, message", [
    ('extern "Java" int f(void);', "cdef:1:8: .*expected \"Python\" or \"Python\\+C\""),
    ('extern "Python" { int f(void);', "cdef:1:17: .* is never closed"),
    ('extern "Python" { extern "Python" int f(void); }', "cdef:1:26: .* inside extern"),
    ('extern "Python" int x;', "cdef:1:21: 'x' is a variable"),
])
def test_extern_python_mistakes(text, message):
    """Each names the place and what would be right."""
    with pytest.raises(CDefError, match=message):
        parse(text)


# ---- several cdefs -----------------------------------------------------------

def test_a_cdef_sees_the_one_before():
    """Names of an earlier cdef are known; so are tags and constants."""
    found = parse("typedef struct s s_t; enum { N = 3 };", "struct s { s_t *next; int a[N]; };")
    fields = found.records["struct", "s"].fields
    assert fields[0].type == Pointer(RecordRef("struct", "s"))
    assert fields[1].type == Array(INT, 3)


@pytest.mark.parametrize("first, second", [
    ("int f(int);", "int f(long);"), ("extern int f;", "int f(int);"),
    ("typedef int t;", "typedef long t;"), ("extern int v;", "extern char v;"),
    ("#define A 3", "#define A 4"), ("#define A 3", "enum e { A };"),
    ("enum e { A };", "enum f { B, A };")])
def test_conflicting_declarations(first, second):
    """The second meaning of a name is refused, unless override says otherwise."""
    with pytest.raises(FFIError, match="cdef:1:.*multiple declarations of"):
        parse(first, second)
    with pytest.raises(FFIError, match="multiple declarations of"):
        parse(first + "\n" + second)
    parse(first)
    resolver = Resolver(parse(first))
    new, _ = parse_cdef(second, resolver, override=True)
    merge(resolver.declarations, new)
    assert "f" not in resolver.declarations.variables or "f" not in \
        resolver.declarations.functions


@pytest.mark.parametrize("text", ["int f(int a);", "typedef int t;", "extern int v;",
                                  "#define A 3\n", "struct s; struct s;",
                                  "enum { A = 3 }; "])
def test_the_same_declaration_again_is_no_conflict(text):
    """C allows it, and headers do it."""
    if "enum" in text:
        parse(text, "#define A 3")
    else:
        parse(text, text)


@pytest.mark.parametrize("text, message", [
    ("struct s { int x; };", "cdef:1:1: duplicate declaration of struct s"),
    ("union s { int x; };", "cdef:1:1: duplicate declaration of union s"),
    ("enum s { X };", "cdef:1:1: duplicate declaration of enum s")])
def test_a_second_definition_is_refused(text, message):
    """Even an equal one, as in C; the message tells where the first is."""
    with pytest.raises(CDefError, match=message + r" \(the first is at cdef:1:1\)"):
        parse(text, text)
