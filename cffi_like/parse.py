"""Parses the declarations of a cdef into the model.

`parse_cdef` returns a table of what is new and leaves the tables it reads
untouched, so a failed cdef leaves nothing behind; `merge` adds the result.
The grammar of types is in declarator.py, comments and directives in
preprocess.py.  Knows nothing of engines.

Everything is one pass over one list of tokens, the dots of CFFI included:
they are ordinary tokens here, so every error has its true line and column.
"""

import os
import warnings

from . import common_types, model
from .const_eval import parse_integer
from .errors import CDefError, FFIError
from .lexer import Source, Tokens, describe
from .preprocess import Define, define_syntax, preprocess
from .record_parser import RecordParser


def parse_cdef(text, resolver, override=False, pack=0, release_gil=True, size_of=None,
               defines=None):
    """Parse `text` on top of what `resolver` knows.

    Returns a `model.Declarations` with the new declarations only, and the count
    of anonymous records and enums so far (for `resolver.anonymous_count`).  `pack` is
    the largest alignment of members in bytes (0: natural).  `size_of(type,
    declarations, alignment)` answers sizeof in constant expressions, with
    `declarations` those of this cdef so far.  Raises CDefError with the place,
    FFIError for a declaration that conflicts with another one.

    A text that this grammar refuses is given to pycparser, if that is installed;
    what it accepts is accepted.  `defines` are the names for `#if` (conditions.py).
    CFFI_LIKE_PARSER=builtin|pycparser, in the
    environment, forces one.
    """
    source, directives = preprocess(text, pack=pack, defines=defines)
    tokens = Tokens(source)

    def run(kind):
        parser = kind(tokens, resolver, directives)
        parser.override = override
        parser.pack = pack
        parser.release_gil = release_gil
        parser.record_size = size_of
        parser.parse(parser.translation_unit)
        return parser.new, parser.anonymous

    forced = os.environ.get("CFFI_LIKE_PARSER", "")
    if forced == "pycparser":
        return _run_pycparser(run)
    if forced not in ("", "builtin"):
        raise ImportError("CFFI_LIKE_PARSER=%r: expected 'builtin' or 'pycparser'" % forced)
    try:
        return run(CDefParser)
    except CDefError as refusal:
        if forced:
            raise
        return _second_opinion(run, refusal)


def _run_pycparser(run):
    """Only pycparser; the own grammar is asked why it refuses what pycparser refuses,
    because it places its errors better."""
    from .pycparser_ast import AstReader, SyntaxRefused
    try:
        return run(AstReader)
    except SyntaxRefused as problem:
        run(CDefParser)
        raise problem.error from None


def _second_opinion(run, refusal):
    """What pycparser makes of a text that was refused, else the refusal."""
    try:
        from .pycparser_ast import AstReader, SyntaxRefused
    except ImportError:
        raise refusal from None
    try:
        return run(AstReader)
    except (FFIError, SyntaxRefused, RecursionError):
        raise refusal from None


def merge(declarations, new):
    """Add the tables of `new` to `declarations` (a model.Declarations)."""
    tables = ("functions", "variables", "constants", "extern_python")
    for name in tables:
        added = getattr(new, name)
        for key in added:
            # With override, a name may have been something else before.
            for other in tables:
                if other != name:
                    getattr(declarations, other).pop(key, None)
    for name in tables + ("records", "enums", "typedefs"):
        getattr(declarations, name).update(getattr(new, name))


_ASM = frozenset(("asm", "__asm__", "__asm"))
_INLINE = frozenset(("inline", "__inline", "__inline__"))


class CDefParser(RecordParser):
    """The grammar of declarations (C11 6.7) with CFFI's dots."""

    #: How far the caller of cdef() is from the warning about his text.
    stack_level = 10

    def __init__(self, tokens, scope, directives):
        super().__init__(tokens, scope)
        self.directives = directives
        self.next_directive = 0
        self.defines = {event.name: event for event in directives
                        if isinstance(event, Define)}
        self.release_gil = True
        self.symbol = ""         # of an asm label
        self.extern = None       # None, "Python", "Python+C" or "C"

    # ---- names ------------------------------------------------------------

    def constant(self, name):
        """Also finds a #define that stands further down, as in CFFI."""
        value = self.constants.get(name)
        if value is None:
            define = self.defines.get(name)
            if define is not None and define.value != "...":
                del self.defines[name]  # so that a cycle is an unknown name
                try:
                    value = self.define_value(define)
                finally:
                    self.defines[name] = define
        return self.scope.constant(name) if value is None else value

    # ---- declaring --------------------------------------------------------

    def conflict(self, what, name, index):
        place = self.tokens.location(index)
        return FFIError("%s: multiple declarations of %s %s (for interactive usage, "
                        "try cdef(xx, override=True))" % (place, what, name))

    def declare(self, table, what, declaration, index, same):
        """Add a declaration of an ordinary identifier.  Repeating it with the
        same meaning is allowed, as in C; `same(old)` decides."""
        name = declaration.name
        if not self.override:
            for other in ("functions", "variables", "constants", "extern_python"):
                old = getattr(self.new, other).get(name)
                if old is None:
                    old = getattr(self.scope.declarations, other).get(name)
                if old is not None and not (other == table and same(old)):
                    raise self.conflict(what, name, index)
        getattr(self.new, table)[name] = declaration

    def declare_constant(self, declaration, index):
        """A named value; equal values may be declared again."""
        name, value = declaration.name, declaration.value
        known = self.constants.get(name)
        if known is None:
            known = self.scope.constant(name)
        if known is not None and known != value and not self.override:
            raise FFIError("%s: multiple declarations of constant: %s"
                           % (self.tokens.location(index), name))
        self.declare("constants", "constant", declaration, index,
                     lambda old: old.type == declaration.type)
        if value is not model.DOTS:
            self.constants[name] = value

    def declare_typedef(self, name, node, index):
        if not self.override:
            old = self.new.typedefs.get(name)
            if old is None:
                old = self.scope.declarations.typedefs.get(name)
            if old is not None and old != node:
                raise self.conflict("typedef", name, index)
        self.new.typedefs[name] = node

    # ---- directives -------------------------------------------------------

    def run_directives(self, offset):
        """Obey the directives that stand before `offset`."""
        while self.next_directive < len(self.directives):
            event = self.directives[self.next_directive]
            if event.offset > offset:
                break
            self.next_directive += 1
            if isinstance(event, Define):
                self.define(event)
            else:
                self.pack = event.pack

    def define(self, event):
        value = model.DOTS if event.value == "..." else self.define_value(event)
        place = self.tokens.source.location(event.offset)
        known = self.constants.get(event.name)
        if known is None:
            known = self.scope.constant(event.name)
        if known is not None and known != value and not self.override:
            raise FFIError("%s: multiple declarations of constant: %s"
                           % (place, event.name))
        declared = model.ConstantDeclaration(event.name, value, location=place)
        if event.name in self.new.functions or event.name in self.new.variables:
            if not self.override:
                raise FFIError("%s: multiple declarations of %s" % (place, event.name))
            self.new.functions.pop(event.name, None)
            self.new.variables.pop(event.name, None)
        self.new.constants[event.name] = declared
        if value is not model.DOTS:
            self.constants[event.name] = value

    def define_value(self, event):
        """The value of `#define name value`; errors point into the line."""
        try:
            simple = parse_integer(event.value)
        except ValueError:
            simple = None  # too large: the long way says where
        if simple is not None:
            return simple[0]
        source = self.tokens.source
        piece = Source(event.value, parent=source.parent or source,
                       base=event.offset)
        sub = CDefParser(Tokens(piece), self.scope, ())
        sub.new, sub.constants, sub.defines = self.new, self.constants, self.defines
        sub.record_size = self.record_size
        value = sub.parse_constant()
        if sub.words[sub.position]:
            raise sub.error("unexpected %s; %s" % (
                describe(sub.words[sub.position]),
                define_syntax(event.name, event.value)))
        return value

    # ---- external declarations --------------------------------------------

    def translation_unit(self):
        """external-declaration*"""
        words = self.words
        while words[self.position]:
            if self.next_directive < len(self.directives):
                self.run_directives(self.tokens.offset(self.position))
            self.external_declaration()
        self.run_directives(len(self.tokens.source.text))

    def directives_before_member(self):
        if self.next_directive < len(self.directives):
            self.run_directives(self.tokens.offset(self.position))

    def external_declaration(self):
        """; | typedef ... | extern "..." ... | _Static_assert ... | declaration"""
        word = self.words[self.position]
        if word == ";":
            self.position += 1
        elif word == "extern" and self.words[self.position + 1][-1:] == '"':
            self.extern_block()
        elif word in ("_Static_assert", "static_assert"):
            self.static_assert()
        else:
            self.declaration()

    def static_assert(self):
        """_Static_assert ( constant [ , string ] ) ;   (C11 6.7.10)"""
        start = self.position
        self.position += 1
        self.expect("(")
        holds = self.parse_constant()
        message = ""
        if self.words[self.position] == ",":
            self.position += 1
            message = ": " + self.words[self.position]
            self.parse_constant()
        self.expect(")")
        self.expect(";")
        if not holds:
            raise self.error("static assertion failed" + message, start)

    def extern_block(self):
        """extern "Python" ( declaration | { declaration* } )"""
        self.position += 1
        language = "".join(self.words[self.position][1:-1].split())
        if language == "C+Python":
            language = "Python+C"
        if language not in ("Python", "Python+C", "C"):
            raise self.error('extern "%s": expected "Python" or "Python+C"' % language)
        if self.extern is not None:
            raise self.error('extern "%s" inside extern "%s"' % (language, self.extern))
        self.position += 1
        self.extern = language
        if self.words[self.position] == "{":
            opening = self.position
            self.position += 1
            while self.words[self.position] != "}":
                if not self.words[self.position]:
                    raise self.error("'{' is never closed", opening)
                self.external_declaration()
            self.position += 1
        else:
            self.declaration()
        self.extern = None

    def check_typedef_alignment(self, name, index):
        """The model's types have no alignment of their own, but a record without a tag
        that this declaration defines may have it, as its name is the only one."""
        named = self.new.records.get(("struct", "$" + name)) or self.new.records.get(("union", "$" + name))
        if self.alignment and not self.packed_attribute and named is not None and named.fields is not None:
            self.new.records[named.kind, named.tag] = model.replace(
                named, align=max(named.align, self.alignment))
            return
        if self.alignment or self.packed_attribute:
            raise self.error("the typedef '%s' has an alignment of its own, which is not "
                             "supported: give it to the struct, behind its '}'" % name, index)

    def declaration(self):
        """specifiers [ declarator [ = initialiser ] ( , ... )* ] ;"""
        words, start = self.words, self.position
        self.storage = ()
        self.packed_attribute, self.alignment = False, 0
        self.in_typedef = words[start] == "typedef"
        node = self.specifiers()
        storage = self.storage
        typedef = "typedef" in storage
        self.in_typedef = False
        if words[self.position] == ";":
            if typedef:
                raise self.error("typedef without a name", start)
            if not isinstance(node, (model.RecordRef, model.EnumRef)):
                raise self.error("this declares nothing: a name is missing", start)
            self.position += 1
            return
        while True:
            self.parameter_names = ()
            name, whole = self.declarator(node)
            index = self.name_index
            if not name:
                raise self.unexpected("a name")
            self.symbol = ""
            self.attributes()
            while words[self.position] in _ASM:
                self._asm_label()
                self.attributes()
            if self.mode is not None:
                whole = self.with_mode(whole, index)
            if typedef:
                self.check_typedef_alignment(name, index)
                self.declare_typedef(name, self._named_dots(name, whole), index)
            else:
                self._declare_object(name, whole, storage, index)
            if words[self.position] == ";":
                self.position += 1
                return
            if words[self.position] != ",":
                if words[self.position] == "{" and isinstance(whole, model.Function):
                    if not _INLINE.isdisjoint(storage):
                        self._skip_body()
                        return
                    raise self.error("'%s' has a body: a function definition is valid C, "
                                     "but not in cdef(); end it with ';'" % name, index)
                raise self.unexpected("',' or ';'")
            self.position += 1

    def _asm_label(self):
        """asm ( string+ ): the name that the library has for it"""
        self.position += 1
        self.expect("(")
        pieces = []
        while self.words[self.position][:1] == '"':
            pieces.append(self.words[self.position][1:-1])
            self.position += 1
        if not pieces:
            raise self.unexpected("the symbol as a string")
        self.expect(")")
        self.symbol = "".join(pieces)

    def _skip_body(self):
        """{ ... } of an inline function: what it does is the compiler's business."""
        opening, depth = self.position, 0
        while True:
            word = self.words[self.position]
            if not word:
                raise self.error("'{' is never closed", opening)
            depth += (word == "{") - (word == "}")
            self.position += 1
            if not depth:
                return

    def dots(self, base):
        """`typedef ... x`, `typedef int... x`, `typedef float... x`"""
        if not self.in_typedef:
            raise self.error("'...' cannot be used here")
        if not base:
            return model.DOTS
        if "_Complex" in base or "void" in base or "_Bool" in base:
            raise self.error("'%s...' is neither an integer nor a float type"
                             % " ".join(base))
        if "double" in base and "long" in base:
            raise self.error("'long double...' is not supported: only float and double are")
        if "float" in base or "double" in base:
            return model.UnknownFloat("")
        return model.UnknownInteger("")

    def _named_dots(self, name, node):
        """Gives the dots of a typedef the name that it declares."""
        if isinstance(node, (model.UnknownInteger, model.UnknownFloat)):
            return type(node)(name)
        if node is model.DOTS:
            self.new.records["struct", "$" + name] = model.Record(
                "struct", "$" + name, name, location=self.tokens.location(self.name_index))
            return model.RecordRef("struct", "$" + name)
        bare, wrappers = node, []
        while isinstance(bare, (model.Pointer, model.Qualified, model.Array, model.Function)):
            wrappers.append(bare)
            bare = (bare.target if isinstance(bare, model.Pointer) else
                    bare.item if isinstance(bare, model.Array) else
                    bare.result if isinstance(bare, model.Function) else bare.type)
        if bare is model.DOTS:
            tag = "$$" + name
            self.new.records["struct", tag] = model.Record(
                "struct", tag, "struct " + tag,
                location=self.tokens.location(self.name_index))
            node = model.RecordRef("struct", tag)
            for wrapper in reversed(wrappers):
                field = {model.Pointer: "target", model.Array: "item",
                         model.Function: "result", model.Qualified: "type"}[type(wrapper)]
                node = model.replace(wrapper, **{field: node})
        elif isinstance(bare, (model.UnknownInteger, model.UnknownFloat)) and not bare.name:
            raise self.error("'int...' and 'float...' need a plain name: "
                             "typedef int... %s;" % name)
        return node

    def _declare_object(self, name, node, storage, index):
        """A function, variable or constant, with its initialiser if any."""
        location = self.tokens.location(index)
        if isinstance(node, model.Function):
            if self.extern in ("Python", "Python+C"):
                declared = model.ExternPython(name, node, self.extern == "Python+C", location)
                self.declare("extern_python", 'extern "Python" function', declared, index,
                             lambda old: old.type == node)
                return
            declared = model.FunctionDeclaration(
                name, node, self.parameter_names, self.release_gil, location, self.symbol)
            self.declare("functions", "function", declared, index,
                         lambda old: old.type == node)
            return
        if self.extern in ("Python", "Python+C"):
            raise self.error('\'%s\' is a variable: extern "Python" takes functions' % name,
                             index)
        value = self._initialiser()
        if isinstance(node, model.Qualified) and isinstance(node.type, model.Void) \
                or node is common_types.VOID:
            raise self.error("variable '%s' has type void" % name, index)
        if isinstance(value, int) and common_types.is_integer(node):
            self.declare_constant(
                model.ConstantDeclaration(name, value, node, location), index)
        elif isinstance(node, model.Qualified) and "const" in node.qualifiers:
            value = model.DOTS if value is None else value
            self.declare_constant(
                model.ConstantDeclaration(name, value, node, location), index)
        else:
            if not storage and self.extern is None:
                warnings.warn("Global variable '%s' in cdef(): for consistency with C it "
                              "should have a storage class specifier (usually 'extern')"
                              % name, stacklevel=self.stack_level)
            self.declare("variables", "variable",
                         model.VariableDeclaration(name, node, location, self.symbol), index,
                         lambda old: old.type == node)

    def _initialiser(self):
        """[ = initialiser ]: its value if that is a constant, else None."""
        if self.words[self.position] != "=":
            return None
        self.position += 1
        start = self.position
        if self.words[start] not in ("{", "&"):
            return self.parse_constant()
        self._skip_initialiser()
        return None


    def _skip_initialiser(self):
        """{ initialiser ( , initialiser )* [ , ] } | expression (C11 6.7.9); what it
        says is the library's business, but it must be there."""
        words = self.words
        if words[self.position] == "{":
            self.position += 1
            while True:
                self._skip_initialiser()
                if words[self.position] == ",":
                    self.position += 1
                    if words[self.position] != "}":
                        continue
                if words[self.position] != "}":
                    raise self.unexpected("',' or '}'")
                self.position += 1
                return
        start, depth = self.position, 0
        while depth or words[self.position] not in (",", ";", "}", "{"):
            word = words[self.position]
            if not word:
                raise self.error("the initialiser never ends", start)
            depth += (word in "([") - (word in ")]")
            self.position += 1
            if words[self.position - 1] == "=" and words[self.position] == "{" and not depth:
                self._skip_initialiser()    # .member = { ... }
                return
        if self.position == start or words[self.position - 1] in ("&", "*", "=", "+", "-"):
            raise self.unexpected("an expression")


def parse_definition(text, resolver, size_of=None):
    """A type that may define its tags, such as "struct { int x; } *".

    Returns (type, the new tables, count of anonymous records)."""
    source, directives = preprocess(text, "'%s'" % text)
    parser = CDefParser(Tokens(source), resolver, directives)
    parser.record_size = size_of
    node = parser.parse(parser.type_name)
    if parser.words[parser.position]:
        raise parser.unexpected("the end of the type")
    return node, parser.new, parser.anonymous
