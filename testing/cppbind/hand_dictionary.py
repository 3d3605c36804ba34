"""A small dictionary of MyClass, its records written by hand.

Shows the format by example, and lets the reader be tested without libclang
and without the rest of the emitter:

    python testing/cppbind/hand_dictionary.py out.cpp
    g++ -fPIC -shared -I testing/fixtures/cpp out.cpp -o libExample.so
"""

import sys

from cppbind import format as f
from cppbind.emit_tables import DictionaryTables
t=DictionaryTables()
ty={}
def T(sp,kind,**k):
    ty[sp]=t.add("types",kind=kind,spelling=sp,**k); return ty[sp]
T("void",f.TYPE_VOID); T("int",f.TYPE_INT,size=t.number("sizeof(int)")); T("double",f.TYPE_DOUBLE)
T("std::string",f.TYPE_CLASS,name="std::string",size=t.number("sizeof(std::string)"))
S=t.add("scopes",kind=f.SCOPE_NAMESPACE)
C=t.add("scopes",kind=f.SCOPE_CLASS)
T("MyClass",f.TYPE_CLASS,name="MyClass",scope=C,size=t.number("sizeof(MyClass)"))
mem=[("m_myint","int",dict(offset=t.number("offsetof(MyClass, m_myint)"))),
 ("m_const","int",dict(offset=t.number("offsetof(MyClass, m_const)"),flags=f.MEMBER_CONST)),
 ("m_ratio","double",dict(offset=t.number("offsetof(MyClass, m_ratio)"))),
 ("m_signed","int",dict(getter=0,setter=1,flags=f.MEMBER_BIT_FIELD)),
 ("s_instances","int",dict(address=2,flags=f.MEMBER_STATIC)),
 ("s_limit","int",dict(address=3,flags=f.MEMBER_STATIC|f.MEMBER_CONST))]
for n,typ,k in mem: t.add("members",name=n,scope=C,type=ty[typ],file="MyClass.h",**k)
def P(*ps):
    first=t.count("params")
    for n,typ,*d in ps: t.add("params",name=n,type=ty[typ],default=d[0] if d else "")
    return dict(params_first=first,params_count=len(ps),required=sum(len(p)==2 for p in ps))
def F(name,sig,slot,kind,call,ps,result="void",flags=0):
    t.add("functions",name=name,scope=C,kind=kind,call=call,address=slot,signature=sig,result=ty[result],flags=flags,file="MyClass.h",**ps)
F("GetMyInt","int MyClass::GetMyInt() const",4,f.FUNCTION_METHOD,f.CALL_DIRECT,P(),"int",f.FUNCTION_CONST|f.FUNCTION_INLINE)
F("GetName","std::string MyClass::GetName() const",5,f.FUNCTION_METHOD,f.CALL_WRAPPER,P(),"std::string",f.FUNCTION_CONST|f.FUNCTION_INLINE|f.FUNCTION_RETURNS_CLASS)
p=P(("i","int","5"))
F("MyClass","MyClass::MyClass(int i = 5)",6,f.FUNCTION_CONSTRUCTOR,f.CALL_WRAPPER,p)
F("MyClass","MyClass::MyClass()",7,f.FUNCTION_CONSTRUCTOR,f.CALL_WRAPPER,dict(p,params_count=0),flags=f.FUNCTION_DEFAULTED)
F("SetMyInt","void MyClass::SetMyInt(int i)",8,f.FUNCTION_METHOD,f.CALL_DIRECT,P(("i","int")))
F("Twice","static int MyClass::Twice(int i) noexcept",9,f.FUNCTION_STATIC,f.CALL_DIRECT,P(("i","int")),"int",f.FUNCTION_NOEXCEPT)
F("Which","int MyClass::Which(int)",10,f.FUNCTION_METHOD,f.CALL_DIRECT,P(("","int")),"int")
F("Which","int MyClass::Which(double)",11,f.FUNCTION_METHOD,f.CALL_DIRECT,P(("","double")),"int")
t.set("scopes",S,kind=f.SCOPE_NAMESPACE,children_first=C,children_count=1)
t.set("scopes",C,name="MyClass",simple_name="MyClass",kind=f.SCOPE_CLASS,parent=S,size=t.number("sizeof(MyClass)"),align=t.number("alignof(MyClass)"),
 flags=f.SCOPE_DESTRUCTIBLE|f.SCOPE_DEFAULT_CONSTRUCTIBLE|f.SCOPE_COPY_CONSTRUCTIBLE,members_first=0,members_count=len(mem),
 functions_first=0,functions_count=t.count("functions"),destructor=12,delete=13,fill=t.fill("cppbind_fill_1"),slot_count=14,doc="Holds an int.",file="MyClass.h",line=9)
t.name("MyClass",f.NAME_SCOPE,C)
code='''
#include "MyClass.h"
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
namespace {
template <class T> void put(std::uintptr_t *out, T value) { out[0] = out[1] = 0; std::memcpy(out, &value, sizeof value); }
const int w_limit = MyClass::s_limit;
int w0(const MyClass *c) { return c->m_signed; }
void w1(MyClass *c, int v) { c->m_signed = v; }
void w5(std::string *r, const MyClass *c) { ::new (static_cast<void *>(r)) std::string(c->GetName()); }
void w6(void *s, int i) { ::new (s) MyClass(i); }
void w7(void *s) { ::new (s) MyClass(); }
void w12(MyClass *c) { c->~MyClass(); }
void w13(MyClass *c) { delete c; }
void cppbind_fill_1(std::uintptr_t *out) {
    put(out, &w0); put(out + 2, &w1); put(out + 4, &MyClass::s_instances); put(out + 6, &w_limit);
    put<int (MyClass::*)() const>(out + 8, &MyClass::GetMyInt);
    put(out + 10, &w5); put(out + 12, &w6); put(out + 14, &w7);
    put<void (MyClass::*)(int)>(out + 16, &MyClass::SetMyInt);
    put<int (*)(int)>(out + 18, &MyClass::Twice);
    put<int (MyClass::*)(int)>(out + 20, &MyClass::Which);
    put<int (MyClass::*)(double)>(out + 22, &MyClass::Which);
    put(out + 24, &w12); put(out + 26, &w13);
}
}
'''

if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        file.write(code + t.source())
