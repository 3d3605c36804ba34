"""Parses types: declaration specifiers and declarators (C11 6.7.2, 6.7.6, 6.7.7).

`TypeParser` is what type strings ("int(*)(char *, size_t)") and cdef have in
common.  parse.py extends it with definitions and declarations.  The scope it
is given (see resolve.py) says what a name means.
"""

from . import common_types, model
from .common_types import SPECIFIERS, SPECIFIER_WORDS, VOID
from .const_eval import ConstantExpressions
from .errors import CDefError, ImpossibleType
from .hints import about_token, about_type
from .lexer import describe, is_identifier

QUALIFIERS = {
    "const": "const", "__const": "const", "__const__": "const",
    "volatile": "volatile", "__volatile__": "volatile",
    "restrict": "restrict", "__restrict": "restrict", "__restrict__": "restrict",
}
_QUALIFIER_ORDER = ("const", "volatile", "restrict")
STORAGE = frozenset((
    "typedef", "extern", "static", "register", "auto", "inline", "__inline",
    "__inline__", "_Noreturn", "_Thread_local", "__thread", "__extension__"))
#: What a member or parameter may have of these.
_NO_STORAGE = frozenset(("__extension__", "register"))
CONVENTIONS = {"__stdcall": "__stdcall", "WINAPI": "__stdcall",
               "__cdecl": None}
TAGS = frozenset(("struct", "union", "enum"))
_OTHER_KEYWORDS = frozenset((
    "break case continue default do else for goto if return sizeof switch while"
    " _Alignas _Alignof _Atomic _Generic _Imaginary _Static_assert"
    " __attribute__ __asm__ asm").split())
# Other spellings of the words of a type.
_SPELLINGS = {"__signed__": "signed", "__signed": "signed", "__complex__": "_Complex",
              "__complex": "_Complex"}
KEYWORDS = (SPECIFIER_WORDS | frozenset(_SPELLINGS) | STORAGE | TAGS | _OTHER_KEYWORDS
            | frozenset(QUALIFIERS))

# Specifiers of one word, for the usual case.  The words that may follow one
# and belong to the same specifiers send the parser on the long way.
_ONE_WORD = {words[0]: node for words, node in SPECIFIERS.items()
             if len(words) == 1}
_CONTINUES = (SPECIFIER_WORDS | frozenset(_SPELLINGS) | STORAGE | TAGS | frozenset(QUALIFIERS)
              | frozenset(("...", "__attribute__", "__attribute", "_Alignas", "alignas")))

#: What `aligned` without a number means: GCC's __BIGGEST_ALIGNMENT__ on these processors.
LARGEST_ALIGNMENT = 16

# Bits of the modes of GCC that integers have.
_MODES = {"QI": 8, "HI": 16, "SI": 32, "DI": 64, "byte": 8, "word": 8 * common_types.POINTER_SIZE,
          "pointer": 8 * common_types.POINTER_SIZE}

# Attributes that change neither layout nor calling convention.
_HARMLESS_ATTRIBUTES = frozenset("""
    access alias alloc_align alloc_size always_inline artificial assume_aligned cdecl cold const
    constructor copy counted_by deprecated designated_init destructor diagnose_if dllexport dllimport
    enum_extensibility error externally_visible fallthrough fd_arg fd_arg_read fd_arg_write flag_enum
    flatten format format_arg gnu_inline hot ifunc leaf malloc may_alias no_instrument_function
    no_reorder no_sanitize no_sanitize_address no_stack_protector noclone noinline noipa nonnull
    nonstring noreturn nothrow null_terminated_string_arg optimize overloadable pure retain
    returns_nonnull returns_twice section sentinel swift_name symver target tls_model
    transparent_union unavailable uninitialized unused used visibility warn_unused_result warning
    warn_if_not_aligned weak weakref""".split())


def qualify(node, names):
    """`node` with qualifiers added, in the order the model wants."""
    if isinstance(node, model.Qualified):
        names = set(names) | set(node.qualifiers)
        node = node.type
    return model.Qualified(node, tuple(name for name in _QUALIFIER_ORDER
                                       if name in names))


class TypeParser(ConstantExpressions):
    """A cursor over tokens with the grammar of types.

    `words[position]` is the current token.  Methods named after a grammar rule
    start at its first token and stop behind its last.
    """

    #: Whether `[...]`, `int...` and other dots may stand here.
    dots_allowed = False

    def __init__(self, tokens, scope):
        self.tokens = tokens
        self.words = tokens.words
        self.position = 0
        self.scope = scope
        self.storage = ()
        self.name_index = 0
        self.parameter_names = ()
        self.packed_attribute = False
        self.mode = None        # bits, of the attribute `mode`
        self.alignment = 0      # of `aligned(n)` and `_Alignas(n)`, the largest

    # ---- the cursor -------------------------------------------------------

    def error(self, message, index=None, kind=CDefError):
        """A CDefError at token `index` (default: the current one)."""
        index = self.position if index is None else index
        return self.tokens.source.error(self.tokens.offset(index), message, kind)

    def unexpected(self, wanted):
        word = self.words[self.position]
        return self.error("unexpected %s, expected %s%s" % (describe(word), wanted, about_token(word)))

    def expect(self, word):
        if self.words[self.position] != word:
            raise self.unexpected("'%s'" % word)
        self.position += 1

    def parse(self, rule):
        """The value of `rule()`; text nested beyond what Python's stack can follow
        is the user's error too."""
        try:
            return rule()
        except RecursionError:
            raise self.error("the text is nested too deeply") from None

    # ---- what the scope knows ---------------------------------------------

    def typedef(self, name):
        """The type a name stands for, or None.  A user's typedef hides the
        names that exist by themselves."""
        node = self.scope.typedef(name)
        return common_types.common_name(name) if node is None else node

    def constant(self, name):
        return self.scope.constant(name)

    def size_of(self, node, index, alignment):
        """The value of sizeof or _Alignof; layouts are the subclass's business."""
        bare = node.type if isinstance(node, model.Qualified) else node
        if isinstance(bare, model.Pointer):
            return common_types.POINTER_SIZE
        if isinstance(bare, model.Primitive):
            return common_types.PRIMITIVES[bare.name][1]
        if isinstance(bare, model.Array) and isinstance(bare.length, int):
            item = self.size_of(bare.item, index, alignment)
            return item if alignment else item * bare.length
        raise self.error("the size of this type is not known here", index)

    def at_type(self):
        """True if a type name begins at the cursor."""
        word = self.words[self.position]
        if word in KEYWORDS:
            return (word in SPECIFIER_WORDS or word in _SPELLINGS or word in QUALIFIERS or word in TAGS
                    or word in STORAGE)
        return is_identifier(word) and self.typedef(word) is not None

    # ---- specifiers -------------------------------------------------------

    def specifiers(self):
        """declaration-specifiers -> type.  Storage classes go to `storage`."""
        words = self.words
        node = _ONE_WORD.get(words[self.position])
        if node is not None and words[self.position + 1] not in _CONTINUES:
            self.position += 1
            return node
        return self._all_specifiers()

    def _all_specifiers(self):
        words, start = self.words, self.position
        node, base, qualifiers, storage = None, [], [], []
        while True:
            word = words[self.position]
            if word in SPECIFIER_WORDS or word in _SPELLINGS:
                if not base:
                    start = self.position
                base.append(_SPELLINGS.get(word, word))
            elif word in QUALIFIERS:
                qualifiers.append(QUALIFIERS[word])
            elif word in STORAGE:
                storage.append(word)
            elif word in TAGS:
                if node is not None or base:
                    break
                node = self.tagged(word)
                continue
            elif word in ("__attribute__", "__attribute"):
                self.attributes()
                continue
            elif word in ("_Alignas", "alignas"):
                self.alignment_specifier()
                continue
            elif word == "...":
                if node is not None:
                    break
                node = self.dots(base)
                base = []
            elif node is None and not base and is_identifier(word):
                if word in KEYWORDS:
                    raise self.error("'%s' is not supported here" % word)
                node = self.typedef(word)
                if node is None:
                    break
            else:
                break
            self.position += 1
        self.storage = tuple(storage)
        if base:
            node = self._combine(base, node, start)
        elif node is None:
            raise self._no_type(start)
        return qualify(node, qualifiers) if qualifiers else node

    def _combine(self, base, node, start):
        found = SPECIFIERS.get(tuple(sorted(base)))
        if found is None or node is not None:
            raise self.error("'%s' is not a type"
                             % " ".join(base if node is None else ["..."] + base), start)
        return found

    def _no_type(self, start):
        word = self.words[self.position]
        if is_identifier(word):
            return self.error("unknown type '%s' (unknown identifier '%s')%s"
                              % (word, word, about_type(word)))
        return self.unexpected("a type")

    def dots(self, base):
        """`...` among the specifiers; only cdef gives it a meaning."""
        raise self.error("'...' cannot be used here")

    def tagged(self, kind):
        """struct-or-union-or-enum identifier"""
        self.position += 1
        self.attributes()
        tag = self.words[self.position]
        if tag == "{":
            raise self.error("a %s cannot be defined in a type string" % kind)
        if not is_identifier(tag) or tag in KEYWORDS:
            raise self.unexpected("the tag of the %s" % kind)
        self.position += 1
        if self.words[self.position] == "{":
            raise self.error("a %s cannot be defined in a type string" % kind)
        return self.reference(kind, tag)

    def reference(self, kind, tag):
        """`struct tag` without a body."""
        index = self.position - 1
        if kind == "enum":
            known = self.scope.enum(tag)
        else:
            known = self.scope.record(kind, tag)
        if known is None and self.scope.strict:
            raise self.error("undefined %s name '%s %s'"
                             % ("enum" if kind == "enum" else "struct/union", kind, tag),
                             index)
        return model.EnumRef(tag) if kind == "enum" else model.RecordRef(kind, tag)

    def attributes(self):
        """[ __attribute__ (( ... )) ]...  Sets `packed_attribute` and `alignment`;
        refuses what would change a layout without being understood."""
        while self.words[self.position] in ("__attribute__", "__attribute"):
            self.position += 1
            self.expect("(")
            self.expect("(")
            while self.words[self.position] != ")":
                word = self.words[self.position]
                name = word.strip("_")
                if name == "packed":
                    self.packed_attribute = True
                elif name == "aligned":
                    self._aligned()
                    continue
                elif name == "mode":
                    self._mode()
                    continue
                elif word != "," and name not in _HARMLESS_ATTRIBUTES:
                    raise self.error("attribute '%s' is not supported" % word)
                self.position += 1
                if self.words[self.position] == "(":
                    self.skip_parentheses()
            self.position += 1
            self.expect(")")

    def _mode(self):
        """mode ( name ): the width of the integer that is declared"""
        self.position += 1
        self.expect("(")
        name = self.words[self.position].strip("_")
        if name not in _MODES:
            raise self.error("mode '%s' is not supported" % self.words[self.position])
        self.mode = _MODES[name]
        self.position += 1
        self.expect(")")

    def with_mode(self, node, index):
        """`node` in the width that the attribute `mode` gave since `self.mode` was None."""
        if self.mode is None:
            return node
        width, self.mode = self.mode, None
        if not common_types.is_integer(node):
            raise self.error("attribute 'mode' is for integers", index)
        bare = node.type if isinstance(node, model.Qualified) else node
        sign = "u" if common_types.PRIMITIVES[bare.name][0] == common_types.UNSIGNED else ""
        found = common_types.PRIMITIVE_NODES["%sint%d_t" % (sign, width)]
        return model.Qualified(found, node.qualifiers) if bare is not node else found

    def _aligned(self):
        """aligned [ ( constant ) ]"""
        self.position += 1
        value = LARGEST_ALIGNMENT
        if self.words[self.position] == "(":
            self.position += 1
            value = self._alignment_constant("aligned")
            self.expect(")")
        self.alignment = max(self.alignment, value)

    def alignment_specifier(self):
        """_Alignas ( type-name | constant ) (C11 6.7.5), which C23 spells `alignas`"""
        self.position += 1
        self.expect("(")
        start = self.position
        if self.at_type():
            value = self.size_of(self.type_name(), start, True)
        else:
            value = self._alignment_constant("_Alignas")
        self.expect(")")
        self.alignment = max(self.alignment, value)

    def _alignment_constant(self, what):
        start = self.position
        value = self.parse_integer_constant("the alignment")
        return self.checked_alignment(what, value, start)

    def checked_alignment(self, what, value, index):
        if value < 0 or value & (value - 1) or value > 0x8000:
            raise self.error("%s(%d) is not a power of two%s" % (
                what, value, " up to 32768" if value > 0x8000 else ""), index)
        return value

    # ---- declarators ------------------------------------------------------

    def type_name(self):
        """type-name: specifiers [ declarator ].  A name in it is ignored."""
        node = self.specifiers()
        return self.declarator(node)[1]

    def declarator(self, node):
        """declarator: pointer* ( name | ( declarator ) ) ( array | parameters )*

        Takes the type so far; returns (name or '', the whole type).  Sets
        `name_index`, and `parameter_names` if it declares a function.
        """
        words = self.words
        abi = None
        while True:
            word = words[self.position]
            if word == "*":
                node = self.pointer(node)
            elif word in QUALIFIERS:
                node = qualify(node, (QUALIFIERS[word],))
            elif word in CONVENTIONS:
                abi = CONVENTIONS[word]
            elif word in ("__attribute__", "__attribute"):
                self.attributes()
                continue
            else:
                break
            self.position += 1
        if word == "(" and self._groups():
            return self._grouped(node, abi)
        name = ""
        if is_identifier(word):
            if word in KEYWORDS:
                raise self.unexpected("a name")
            name, self.name_index = word, self.position
            self.position += 1
            word = words[self.position]
        if word == "[" or word == "(":
            node = self._suffixes(node, abi)
        return name, node

    def pointer(self, node):
        """The type of a pointer to `node`."""
        if node.__class__ is model.Array or node.__class__ is model.Qualified:
            node = self._named_array(node)
        return model.Pointer(node)

    def _named_array(self, node, outer=None):
        """`node`, or if that is an array of unknown length, what says so by a typedef: one
        of `node`, or one of the array `outer` whose items it is."""
        bare = node.type if isinstance(node, model.Qualified) else node
        item = bare
        while isinstance(item, model.Array):
            if item.length is model.DOTS:
                name = self.typedef_of(bare if outer is None else outer)
                if name is None:
                    raise self.error("a pointer to an array of unknown length ('[...]') needs a "
                                     "typedef of the array")
                found = model.UnknownArray(name, 0 if outer is None else 1)
                return found if bare is node else model.Qualified(found, node.qualifiers)
            item = item.item
        return node

    def typedef_of(self, node):
        """The name of a typedef for `node`, or None; the same object goes before an equal one."""
        return self.scope.typedef_of(node)

    def _groups(self):
        """At `(`: whether it groups a declarator, or begins parameters."""
        word = self.words[self.position + 1]
        if word in ("*", "(", "[", "^") or word in CONVENTIONS:
            return True
        return (is_identifier(word) and word not in KEYWORDS
                and self.typedef(word) is None)

    def _grouped(self, node, abi):
        """( declarator ) suffixes: what follows binds before what is inside."""
        first = self.position + 1
        if self.words[first] in CONVENTIONS:
            abi = CONVENTIONS[self.words[first]]
        self.skip_parentheses()
        close = self.position - 1
        if self.words[self.position] in ("[", "("):
            node = self._suffixes(node, abi)
        end = self.position
        self.position = first
        name, node = self.declarator(node)
        if self.position != close:
            raise self.unexpected("')'")
        self.position = end
        return name, node

    def skip_parentheses(self):
        """From `(` to behind its partner."""
        start, depth = self.position, 0
        words = self.words
        while True:
            word = words[self.position]
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if not depth:
                    break
            elif not word:
                raise self.error("'(' is never closed", start)
            self.position += 1
        self.position += 1

    def _suffixes(self, node, abi):
        """( [ length ] )+ | ( parameters )"""
        start = self.position
        bare = node.type if isinstance(node, model.Qualified) else node
        if self.words[start] == "(":
            parameters, ellipsis = self._parameters()
            if isinstance(bare, (model.Function, model.Array)):
                raise self.no_such_result(isinstance(bare, model.Array), start)
            if self.words[self.position] in ("(", "["):
                raise self.no_such_result(self.words[self.position] == "[")
            return model.Function(node, parameters, ellipsis, abi)
        if isinstance(bare, model.Function):
            raise self.error("an array cannot hold functions: it is a function "
                             "type, not a pointer-to-function type", start)
        lengths = []
        while self.words[self.position] == "[":
            self.position += 1
            lengths.append(self._length())
            self.expect("]")
        if self.words[self.position] == "(":
            raise self.error("an array cannot hold functions: it is a function "
                             "type, not a pointer-to-function type")
        for length in reversed(lengths):
            node = model.Array(node, length)
        return node

    def no_such_result(self, array, index=None):
        return self.error("a function cannot return %s" % ("an array" if array else "a function"),
                          index, ImpossibleType)

    def _length(self):
        """[ static | qualifier ]... [ constant | ... | * ]"""
        words = self.words
        static = False
        while words[self.position] in QUALIFIERS or words[self.position] == "static":
            static = static or words[self.position] == "static"
            self.position += 1
        word = words[self.position]
        if word == "]":
            if static:
                raise self.unexpected("the length that 'static' is for")
            return None
        if word == "...":
            if not self.dots_allowed:
                raise self.error("unsupported '[...]' here, cannot derive the actual "
                                 "array length in this context")
            self.position += 1
            return model.DOTS
        if word == "*" and words[self.position + 1] == "]":
            self.position += 1
            return None
        start = self.position
        return self.checked_length(self.parse_integer_constant("the array length"), start)

    def checked_length(self, length, index):
        """In a type string the engine refuses a negative length with ValueError, as
        in CFFI; where everything is declared it is an error of the string."""
        if length < 0 and self.scope.strict:
            raise self.error("negative array length %d" % length, index)
        return length

    def _parameters(self):
        """( [ void | parameter ( , parameter )* [ , ... ] ] )"""
        words = self.words
        start = self.position
        self.position += 1
        if words[self.position] == ")":
            self.position += 1
            self.parameter_names = ()
            return (), False
        if words[self.position] == "void" and words[self.position + 1] == ")":
            self.position += 2
            self.parameter_names = ()
            return (), False
        nodes, names, ellipsis = [], [], False
        storage, name_index = self.storage, self.name_index
        while True:
            if words[self.position] == "...":
                self.position += 1
                ellipsis = True
                break
            nodes.append(self._parameter(names))
            if words[self.position] != ",":
                break
            self.position += 1
        if words[self.position] != ")":
            raise self.unexpected("',' or ')'")
        self.position += 1
        if not nodes:
            raise self.error("a function with only '(...)' as argument is not "
                             "correct C", start)
        self.storage, self.name_index = storage, name_index
        if nodes[0] is None:
            nodes, names = (), ()
        self.parameter_names = tuple(names)
        return tuple(nodes), ellipsis

    def _parameter(self, names):
        """specifiers [ declarator ], adjusted as C11 6.7.6.3 p7-8 says"""
        start = self.position
        self.storage = ()
        node = self.specifiers()
        if self.storage:
            self.refuse_storage("a parameter", start)
        name = ""
        if self.words[self.position] not in (",", ")"):
            name, node = self.declarator(node)
            self.attributes()
            node = self.with_mode(node, start)
        names.append(name)
        # The name of a typedef may stand for the (void) of an empty list.
        alone = not name and len(names) == 1 and self.words[self.position] == ")"
        return self.adjusted_parameter(node, alone, start)

    def refuse_storage(self, what, index):
        """C11 6.7.6.3 p2: a parameter has no storage class but `register`, a member none."""
        for word in self.storage:
            if word not in _NO_STORAGE or word == "register" and what == "a member":
                raise self.error("%s cannot be '%s'" % (what, word), index)

    def adjusted_parameter(self, node, alone, index):
        """The type that a parameter of type `node` has; None for the `void` of an
        empty list, which is `alone` and has no name."""
        if isinstance(node, model.Array):
            return model.Pointer(self._named_array(node.item, node))
        if isinstance(node, model.Function):
            return model.Pointer(node)
        if node is VOID or isinstance(node, model.Qualified) and node.type is VOID:
            if alone:
                return None
            raise self.error("a parameter cannot be void", index)
        return node


