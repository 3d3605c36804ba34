"""The same expressions on this FFI and on PyPI's cffi: the same value, or the same
class of exception.

Where the cffi package is not installed there is nothing to compare with.
"""

import random
import re
import warnings

import pytest
import support
from cffi_like import FFI

cffi = pytest.importorskip("cffi", minversion="2.0")

CDEF = """
typedef struct { int x, y; } pt;
struct big { char c; pt p[3]; double d; char *s; int f:5; unsigned g:3; };
enum col { RED, GREEN=5, BLUE };
typedef enum { K1=-1, K2 } kk;
union un { int i; float f; char c[8]; };
struct flex { int n; short v[]; };
typedef int (*cb)(int, pt*);
struct opq;
typedef struct opq opq_t;
typedef unsigned char byte;
size_t strlen(const char *s);
int abs(int);
double sqrt(double);
int printf(const char *, ...);
char *getenv(const char *);
typedef struct { unsigned char a:1; int b:7; long long c:40; } bf;
typedef struct s1 { struct s1 *next; struct { int in1; union { int u1; float u2; }; }; } s1_t;
int snprintf(char *, size_t, const char *, ...);
typedef struct {long q; long r;} ldiv_t;
ldiv_t ldiv(long, long);
extern char **environ;
void qsort(void*, size_t, size_t, int(*)(const void*, const void*));
int toupper(int);
"""

# One expression a line; `f` is the FFI, `lib` is dlopen(None).  None reads memory
# whose owner is gone, which no rule gives a value to.
EXPRESSIONS = r"""
# new
f.new('pt*',[1,2])
f.new('pt*',[1,2])[0].y
f.new('pt*',{'x':1,'z':2})
f.new('int[3]',[1,2,3])[1:3]
f.new('int[3]')[0:5]
f.new('int[]',[1,2]) + 1
# strings
f.new('char[10]',b'abc')
f.string(f.new('char[10]',b'abc'))
f.string(f.new('char*',b'a'))
f.string(f.new('wchar_t[]','xyz'),2)
f.new('byte[]',b'ab')[1]
f.string(f.new('byte[]',b'ab'))
f.new('signed char[]',b'ab')
f.new('short[]', b'ab')
f.new('char16_t[]','a\U00012345')
f.new('char32_t[]','a\U00012345')[1]
# enums
f.cast('enum col',5)
f.cast('enum col',7)
f.cast('kk',-1)
f.string(f.cast('kk',-1))
int(f.cast('enum col','GREEN'))
f.new('enum col*',5)[0]
f.new('enum col*','GREEN')
f.new('enum col*',-1)
repr(f.cast('kk',3))
# unions
f.new('union un*',[5]).f
f.new('union un*',{'f':1.5}).i
f.new('union un*',{'i':1,'f':2})
f.new('union un*',[b'abc'])
f.new('union un*',{'c':b'abc'}).c
# flexible
f.new('struct flex*',[2,[1,2]]).v
f.new('struct flex*',[2,5]).v
f.sizeof(f.new('struct flex*',[2,5])[0])
f.new('struct flex*')
f.new('struct flex*',[1,2,3])
f.sizeof('struct flex')
f.new('struct flex[2]')
# calls
lib.strlen(b'abc')
lib.strlen('abc')
lib.strlen(5)
lib.strlen(None)
lib.strlen(f.new('char[]',b'abcd'))
lib.strlen()
lib.strlen(b'a',b'b')
lib.abs(-5)
lib.abs(2**31)
lib.abs(1.5)
lib.abs(b'a')
lib.abs('a')
lib.abs(f.cast('int',-7))
lib.abs(f.cast('long',-7))
lib.abs(f.cast('double',-7))
lib.sqrt(4)
lib.sqrt('4')
lib.sqrt(f.cast('int',4))
lib.sqrt(f.cast('float',4))
lib.abs(True)
lib.strlen([b'a',b'b',b'\0'])
lib.strlen((97,0))
lib.strlen(bytearray(b'abc'))
lib.abs(a=5)
# variadic
lib.printf(b'', 5)
lib.printf(b'', f.cast('int',5))
lib.printf(b'', b'x')
lib.printf(b'', f.NULL)
lib.printf(b'',1.5)
lib.printf(b'', f.cast('float',1.5))
lib.printf()
lib.ldiv(17,5).q
lib.ldiv(17,5)
lib.getenv(b'NOPE_NOT')
lib.getenv(b'NOPE_NOT') == f.NULL
lib.toupper(97)
# bit fields
f.new('bf*',[1,-64,5]).b
f.new('bf*',[2])
f.new('bf*',[1,64])
f.new('bf*',[1,2,2**39])
f.new('bf*',[1,2,-2**39]).c
f.typeof('bf').fields[1][1].bitsize
f.typeof('bf').fields[1][1].bitshift
f.typeof('bf').fields[2][1].offset
f.typeof('bf').fields[0][1].flags
f.addressof(f.new('bf*')[0],'b')
f.offsetof('bf','b')
# ctypes
f.typeof('pt').fields[0][1].type
f.typeof('cb').args
f.typeof('cb').result
f.typeof('cb').ellipsis
f.typeof('cb').abi
f.typeof('int').fields
f.typeof('int*').item
f.typeof('int[3]').length
f.typeof('int[]').length
f.typeof('int').kind
f.typeof('cb').kind
f.typeof('enum col').kind
f.typeof('void').kind
f.typeof('union un').kind
f.typeof('int').cname
f.typeof('opq_t').fields
f.typeof('opq_t')
f.typeof('s1_t').fields[0] [0]
[x[0] for x in f.typeof('s1_t').fields]
hash(f.typeof('int'))==hash(f.typeof('int'))
f.typeof('int') == f.typeof('long')
f.typeof('int') < f.typeof('long')
str(f.typeof('cb'))
# casts
f.cast('int*',5)
f.cast('char',65)
f.cast('char',300)
int(f.cast('char',300))
f.cast('char',b'a')
f.cast('wchar_t',65)
f.cast('float',1.1)
float(f.cast('float',1.1))
f.cast('double',f.cast('int',3))
f.cast('int',f.cast('double',3.7))
f.cast('_Bool',2)
bool(f.cast('_Bool',0))
f.cast('long double',1.5)
float(f.cast('long double',1.5))
f.cast('pt*',0)
f.cast('int',f.NULL)
f.cast('float',f.NULL)
f.cast('int*',-1)
f.cast('uint8_t',-1)
f.cast('int64_t',2**64+5)
f.cast('int', b'ab')
f.cast('int*', 2**65)
# arithmetic
f.NULL == None
f.NULL == 0
bool(f.NULL)
f.cast('int*',0) == f.NULL
f.cast('int',5) == 5
f.cast('int',5) == f.cast('long',5)
f.cast('int',5)+1
f.cast('int',5) < 6
hash(f.cast('int',5)) == hash(5)
f.new('int*') == f.new('int*')
f.cast('int*',8) < f.cast('int*',16)
f.cast('int*',8) < f.cast('char*',16)
f.cast('int*',8) < 16
f.cast('int*',8)+2
f.cast('int*',8)-f.cast('int*',16)
f.cast('int*',8)-f.cast('char*',16)
f.cast('void*',8)+1
f.cast('opq_t*',8)+1
2+f.cast('int*',8)
f.cast('int*',8)-2
f.cast('int*',8)+1.5
# indexing
len(f.new('int[4]'))
len(f.new('int*'))
len(f.new('pt*'))
iter(f.new('int*'))
list(f.new('char[3]',b'ab'))
f.new('int[3]')[3]
f.new('int*')[1]
f.new('int[3]')[-1]
f.new('int[3]')['a']
f.new('int[3]')[1.0]
f.new('int[2][3]')[1]
f.new('int[2][3]')[1][3]
f.new('pt[2]')[1]
f.new('pt*')[0]
f.new('pt*').x.y
f.new('pt*').nope
dir(f.new('pt*'))
f.new('int**')[0]
f.new('cb*')[0]
# unpack
f.unpack(f.new('int[3]',[1,2,3]),2)
f.unpack(f.new('char[3]',b'abc'),2)
f.unpack(f.new('wchar_t[3]','abc'),3)
f.unpack(f.new('double[2]'),2)
f.unpack(f.new('int*'),1)
f.unpack(5,1)
f.unpack(f.new('int[3]'),-1)
f.unpack(f.cast('void*',8),1)
f.unpack(f.new('enum col[2]'),2)
f.string(f.new('int[2]'))
f.string(f.cast('int',5))
f.string(f.cast('char',65))
f.string(f.NULL)
f.string(f.new('char[3]',b'ab'),1)
# buffer
f.buffer(f.new('int[2]'))[:]
len(f.buffer(f.new('pt*')))
f.buffer(f.new('pt*'),4)[:]
f.buffer(f.new('int[2]'))[0]
f.buffer(f.NULL)
f.buffer(f.new('int*')) == b'\0\0\0\0'
bytes(f.buffer(f.new('int*',5)))
f.buffer(b'abc')
f.buffer(f.new('int[2]'),-2)
repr(f.buffer(f.new('int*')))[:20]
f.buffer(f.new('int[2]'))[1:3]
f.buffer(f.new('int[2]'))[8]
f.buffer(f.new('int[2]'))[-1]
# from buffer
f.from_buffer(bytearray(5))
f.from_buffer('int[]',bytearray(9))
f.from_buffer('int[2]',bytearray(9))
f.from_buffer('int[3]',bytearray(9))
f.from_buffer('pt*',bytearray(9))
f.from_buffer('pt*',bytearray(4))
f.from_buffer(u'abc')
f.from_buffer(5)
f.from_buffer(memoryview(bytearray(8))[::2])
f.from_buffer('pt[]',b'12345678')
f.from_buffer('int',b'abcd')
f.from_buffer('opq_t*',b'abcd')
# ownership
f.gc(f.new('int*'),None)
f.gc(5,len)
f.gc(f.new('int*'),5)
f.gc(f.new('int*'),lambda x:0)
f.release(f.new('int*'))
f.release(f.cast('int*',8))
f.release(5)
f.new_handle(5)
f.from_handle(f.new_handle(7))
f.from_handle(5)
f.memmove(f.new('int*'),b'abcd',4)
f.memmove(b'abcd',b'x',1)
f.memmove(5,b'x',1)
f.memmove(f.new('int*'),b'abcd',-1)
# addresses
f.addressof(f.new('pt*'))
f.addressof(f.new('pt*')[0])
f.addressof(f.new('pt*')[0],'y')
f.addressof(f.new('pt*')[0],'z')
f.addressof(f.new('int[3]'),1)
f.addressof(f.new('int[3]'))
f.addressof(f.new('pt[2]'),1,'y')
f.addressof(f.new('pt*'),1)
f.addressof(f.new('pt*'),'y')
f.addressof(f.cast('int',1))
f.addressof(5)
f.addressof(f.new('s1_t*')[0],'u2')
f.offsetof('s1_t','u2')
f.offsetof('struct big','p',1,'y')
f.offsetof('struct big','f')
f.offsetof('pt[]',1,'y')
f.offsetof('pt*','y')
f.offsetof('pt',0)
# callbacks
f.callback('int(int)',lambda x:x)(3)
f.callback('int(int)',5)
f.callback('int',len)
f.callback('int(int,...)',len)
f.callback('pt(int)',lambda x:[1,2])(3).y
f.callback('int(pt*)',lambda p:p.y)(f.new('pt*',[1,2]))
f.callback('int(int)',lambda x:x,error='x')
f.callback('void(int)',lambda x:x)(1)
f.callback('int(int)',lambda x:x)(1,2)
f.callback('int(opq_t)',len)
f.callback('opq_t(int)',len)
f.callback('int(int)', lambda x:x, 42, onerror=5)
# initialisers
f.typeof('pt')
f.typeof('pt*')
f.typeof('struct big').fields[1][1].type
f.sizeof('struct big')
f.alignof('struct big')
f.sizeof('opq_t')
f.new('opq_t*')
f.new('void*')
f.new('int(*)(int)')
f.new('cb')
f.new('cb*')
f.new('int[]')
f.new('int[]',-1)
f.new('int[]',5.5)
f.new('int[2]',5)
f.new('int[2]',None)
f.new('int[2][]')
f.new('pt*',5)
f.new('pt*',f.new('pt*'))
f.new('pt*',f.new('pt*')[0])
f.new('int*',f.new('int*'))
f.new('int*',True)
f.new('float*',True)
f.new('float*',b'a')
f.new('char*',65)
f.new('char*','a')
f.new('wchar_t*',b'a')
f.new('_Bool*',1.0)
f.new('int*',b'a')
f.new('long double*',1)[0]
f.new('int**',f.new('int*'))
f.new('int**',f.new('int[2]'))
f.new('int**',f.new('long*'))
f.new('char**',b'abc')
f.new('void**',f.new('int*'))[0]
f.new('int**',0)
f.new('int**',None)
f.new('double _Complex*',1+2j)[0]
f.new('float _Complex*', 'x')
# names
f.getctype('pt*','x')
f.getctype('cb')
f.getctype('cb','x')
f.getctype('int[3]','[2]')
f.getctype('int','()')
f.getctype(5)
f.typeof(5)
f.typeof('zork')
f.sizeof(5)
f.sizeof(f.new('int[3]'))
f.sizeof(f.new('pt*'))
f.sizeof(f.cast('char',1))
f.alignof(5)
f.list_types()
# libraries
lib.environ[0] != f.NULL
lib.ldiv
lib.abs == lib.abs
f.typeof(lib.abs)
bool(lib.abs)
f.addressof(lib,'abs') == lib.abs
f.addressof(lib,'environ')[0] == lib.environ
lib.nope
f.cast('void*',lib.abs) != f.NULL
f.cast('cb',0)
f.cast('cb',0)(1,f.NULL)
lib.qsort(1,2,3,4)
"""


def make(factory):
    ffi = factory()
    ffi.cdef(CDEF)
    return {"f": ffi, "lib": ffi.dlopen(None)}


@pytest.fixture(scope="module")
def both():
    return make(cffi.FFI), make(FFI)


def outcome(expression, names):
    """The repr of a value without addresses, or the name of an exception's class."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = repr(eval(expression, dict(names)))
    except Exception as error:
        return type(error).__name__
    value = re.sub(r" at 0x[0-9a-f]+", "", value)
    value = re.sub(r"0x[0-9a-f]+", "ADDRESS", value)
    return re.sub(r"(_cffi_backend|cffi_like\._backend|cffi_like)\.", "", value)


@pytest.mark.skipif(support.IS_PYPY, reason="PyPy brings an older cffi")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("expression", [
    line for line in EXPRESSIONS.splitlines() if line and not line.startswith("#")])
def test_expression(expression, both):
    """A script that ran on CFFI sees no difference."""
    theirs, ours = (outcome(expression, names) for names in both)
    assert ours == theirs


BASES = ("int", "char", "struct s", "T", "enum e", "fn", "arr", "void", "struct o", "const int",
         "double", "long double", "_Bool", "uint8_t", "unsigned long")


def random_type(chance, depth):
    """(text before, text behind) the place of a name."""
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        return chance.choice(BASES), ""
    before, behind = random_type(chance, depth - 1)
    kind = chance.random()
    if kind < 0.45:
        return before + "*" + chance.choice(("", "const ")), behind
    if kind < 0.6:
        return before + "(*", ")" + chance.choice(
            ("(int)", "(void)", "()", "(char, T*)", "(int,...)", "[3]", "[]")) + behind
    if kind < 0.8:
        return before, chance.choice(("[2]", "[]", "[0]", "[1+1]")) + behind
    if kind < 0.9:
        inside = ", ".join("".join(random_type(chance, 1)) for _ in range(chance.randint(0, 2)))
        return before, "(%s)%s" % (inside, behind)
    return "%s %s " % (before, chance.choice(("const", "volatile"))), behind


@pytest.mark.skipif(support.IS_PYPY, reason="PyPy brings an older cffi")
@pytest.mark.filterwarnings("ignore")
def test_random_type_strings():
    """A thousand type strings, sensible or not: both accept and name them, or both refuse."""
    ffis = cffi.FFI(), FFI()
    for ffi in ffis:
        ffi.cdef("typedef struct { int x; } T; struct s { int y; }; enum e { E1 }; struct o;"
                 "typedef int fn(int); typedef int arr[3];")
    chance = random.Random(11)
    accepted = 0
    for _ in range(1000):
        text = "".join(random_type(chance, 4))
        answers = []
        for ffi in ffis:
            try:
                found = ffi.typeof(text)
                answers.append((found.cname, found.kind))
            except Exception:
                answers.append(None)
        accepted += answers[0] is not None
        assert answers[0] == answers[1], text
    assert 300 < accepted < 1000
