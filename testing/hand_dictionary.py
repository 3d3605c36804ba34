"""A small dictionary of MyClass, its records written by hand.

Shows the format by example, and lets the reader be tested without libclang and without the
upper half of the emitter:

    python testing/hand_dictionary.py out.cpp
    g++ -fPIC -shared -I testing/fixtures/cpp out.cpp -o libExample.so
"""

import sys

from cppbind import format as fmt
from cppbind.emit_tables import DictionaryTables

CODE = """
#include "MyClass.h"
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
namespace {
template <class T> void put(std::uintptr_t *out, T value) {
    out[0] = out[1] = 0;
    std::memcpy(out, &value, sizeof value);
}
const int limit = MyClass::s_limit;
int get_signed(const MyClass *self) { return self->m_signed; }
void set_signed(MyClass *self, int value) { self->m_signed = value; }
void get_name(std::string *result, const MyClass *self) {
    ::new (static_cast<void *>(result)) std::string(self->GetName());
}
void construct(void *storage, int i) { ::new (storage) MyClass(i); }
void construct_default(void *storage) { ::new (storage) MyClass(); }
void destroy(MyClass *self) { self->~MyClass(); }
void destroy_and_free(MyClass *self) { delete self; }
void cppbind_fill_1(std::uintptr_t *out) {
    put(out, &get_signed);
    put(out + 2, &set_signed);
    put(out + 4, &MyClass::s_instances);
    put(out + 6, &limit);
    put<int (MyClass::*)() const>(out + 8, &MyClass::GetMyInt);
    put(out + 10, &get_name);
    put(out + 12, &construct);
    put(out + 14, &construct_default);
    put<void (MyClass::*)(int)>(out + 16, &MyClass::SetMyInt);
    put<int (*)(int)>(out + 18, &MyClass::Twice);
    put<int (MyClass::*)(int)>(out + 20, &MyClass::Which);
    put<int (MyClass::*)(double)>(out + 22, &MyClass::Which);
    put(out + 24, &destroy);
    put(out + 26, &destroy_and_free);
}
}
"""
ROOT, MYCLASS = 0, 1


class _Example:
    def __init__(self):
        self.tables = DictionaryTables()
        self.types = {}

    def type(self, spelling, kind, size=True, **values):
        if size:
            values["size"] = self.tables.number("sizeof(%s)" % spelling)
        self.types[spelling] = self.tables.add("types", kind=kind, spelling=spelling, **values)

    def member(self, name, type_, flags=0, **values):
        if not flags & (fmt.MEMBER_BIT_FIELD | fmt.MEMBER_STATIC):
            values["offset"] = self.tables.number("offsetof(MyClass, %s)" % name)
        self.tables.add("members", name=name, scope=MYCLASS, type=self.types[type_], flags=flags, file="MyClass.h",
                        **values)

    def params(self, *params):
        """The fields of a function for parameters given as (name, type[, default])."""
        first = self.tables.count("params")
        for name, type_, *default in params:
            self.tables.add("params", name=name, type=self.types[type_], default=default[0] if default else "")
        return {"params_first": first, "params_count": len(params),
                "required": sum(len(param) == 2 for param in params)}

    def function(self, signature, slot, kind, params, result="void", call=fmt.CALL_DIRECT, flags=0):
        name = signature.split("MyClass::", 1)[1].split("(")[0]
        self.tables.add("functions", name=name, scope=MYCLASS, kind=kind, call=call, address=slot, signature=signature,
                        result=self.types[result], flags=flags, file="MyClass.h", **params)


def hand_dictionary():
    """The C++ source of the example."""
    example = _Example()
    tables = example.tables
    example.type("void", fmt.TYPE_VOID, size=False)
    example.type("int", fmt.TYPE_INT)
    example.type("double", fmt.TYPE_DOUBLE)
    example.type("std::string", fmt.TYPE_CLASS, name="std::string")
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE, children_first=MYCLASS, children_count=1)
    tables.add("scopes")
    example.type("MyClass", fmt.TYPE_CLASS, name="MyClass", scope=MYCLASS)
    example.member("m_myint", "int")
    example.member("m_const", "int", fmt.MEMBER_CONST)
    example.member("m_ratio", "double")
    example.member("m_signed", "int", fmt.MEMBER_BIT_FIELD, getter=0, setter=1)
    example.member("s_instances", "int", fmt.MEMBER_STATIC, address=2)
    example.member("s_limit", "int", fmt.MEMBER_STATIC | fmt.MEMBER_CONST, address=3)
    _functions(example)
    flags = fmt.SCOPE_DESTRUCTIBLE | fmt.SCOPE_DEFAULT_CONSTRUCTIBLE | fmt.SCOPE_COPY_CONSTRUCTIBLE
    tables.set("scopes", MYCLASS, name="MyClass", simple_name="MyClass", kind=fmt.SCOPE_CLASS, parent=ROOT, flags=flags,
               size=tables.number("sizeof(MyClass)"), align=tables.number("alignof(MyClass)"),
               members_count=tables.count("members"), functions_count=tables.count("functions"), destructor=12,
               delete=13, fill=tables.fill("cppbind_fill_1"), slot_count=14, doc="Holds an int.", file="MyClass.h",
               line=9)
    tables.name("MyClass", fmt.NAME_SCOPE, MYCLASS)
    return CODE + tables.source()


def _functions(example):
    method, static, constructor = fmt.FUNCTION_METHOD, fmt.FUNCTION_STATIC, fmt.FUNCTION_CONSTRUCTOR
    example.function("int MyClass::GetMyInt() const", 4, method, example.params(), "int", flags=fmt.FUNCTION_CONST)
    example.function("std::string MyClass::GetName() const", 5, method, example.params(), "std::string",
                     fmt.CALL_WRAPPER, fmt.FUNCTION_CONST | fmt.FUNCTION_RETURNS_CLASS)
    one = example.params(("i", "int", "5"))
    example.function("MyClass::MyClass(int i = 5)", 6, constructor, one, call=fmt.CALL_WRAPPER)
    example.function("MyClass::MyClass()", 7, constructor, dict(one, params_count=0), call=fmt.CALL_WRAPPER,
                     flags=fmt.FUNCTION_DEFAULTED)
    example.function("void MyClass::SetMyInt(int i)", 8, method, example.params(("i", "int")))
    example.function("static int MyClass::Twice(int i) noexcept", 9, static, example.params(("i", "int")), "int",
                     flags=fmt.FUNCTION_NOEXCEPT)
    example.function("int MyClass::Which(int)", 10, method, example.params(("", "int")), "int")
    example.function("int MyClass::Which(double)", 11, method, example.params(("", "double")), "int")


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        file.write(hand_dictionary())
