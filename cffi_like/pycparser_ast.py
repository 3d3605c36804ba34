"""Turns pycparser's AST of a cdef into the model: the second opinion on C.

The only user of pycparser, imported by parse.py for texts that its own grammar
refuses.  pycparser_text.py spells the text for pycparser; here every node is
traced back to its token, so names, places, definitions and conflicts are
handled by the methods of parse.CDefParser that the fast parser uses as well.
"""

import re
import threading

import pycparser
from pycparser import c_ast

from . import common_types, const_eval, model
from .declarator import CONVENTIONS, TAGS, qualify
from .lexer import describe
from .parse import CDefParser
from .pycparser_text import DOTS_TYPE, DOTS_VALUE, FIRST_LINE, Spelling

_COORDINATES = re.compile(r"cdef(?::(\d+))?(?::\d+)?: (.*)", re.DOTALL)

# pycparser's parsers keep state and, in version 2, are slow to make.
_lock = threading.Lock()
_parsers = []


def _parse_text(text):
    """pycparser's AST.  Raises what pycparser raises."""
    with _lock:
        parser = _parsers.pop() if _parsers else pycparser.CParser()
    tree = parser.parse(text, filename="cdef")
    with _lock:
        _parsers.append(parser)
    return tree


class SyntaxRefused(Exception):
    """pycparser does not accept the text; `error` is the CDefError that says so."""

    def __init__(self, error):
        super().__init__(str(error))
        self.error = error


class AstReader(CDefParser):
    """Walks the AST.  `position` and all indices are those of tokens."""

    stack_level = CDefParser.stack_level + 1

    def __init__(self, tokens, scope, directives):
        super().__init__(tokens, scope, directives)
        self._defined = {}      # id of a record or enum node -> its type
        self._members_of = None
        self._initial_value = None
        self._old_parameters = None
        self._understood = set()    # tokens of calling conventions

    # ---- from text to nodes -------------------------------------------------

    def translation_unit(self):
        """Declares everything in the text, as `CDefParser` does."""
        self.spelling = Spelling(self)
        try:
            tree = _parse_text(self.spelling.text)
        except Exception as problem:
            # Besides ParseError, odd texts make some versions of pycparser raise
            # AssertionError or AttributeError; deep ones RecursionError.
            raise SyntaxRefused(self._syntax_error(problem)) from problem
        for node in tree.ext:
            index = self._first_token(node)
            if index is not None:
                if self.next_directive < len(self.directives):
                    self.run_directives(self.tokens.offset(index))
                self.external_declaration(node, index)
        self.run_directives(len(self.tokens.source.text))
        for index in sorted(self.spelling.conventions - self._understood):
            raise self.error("'%s' belongs to no function here" % self.words[index], index)

    def _syntax_error(self, problem):
        match = _COORDINATES.match(str(problem))
        index = len(self.words) - 2
        message = str(problem) or type(problem).__name__
        if match:
            message = match.group(2)
            if match.group(1):
                index = min(max(int(match.group(1)) - FIRST_LINE, 0), index)
        if message.startswith("before: "):
            message = "unexpected %s" % describe(self.words[index])
        return self.error("%s (pycparser)" % message, index)

    def _token(self, node, default=None):
        """The index of the token that a node says it comes from."""
        if node.coord is None or node.coord.line < FIRST_LINE:
            return default
        return node.coord.line - FIRST_LINE

    def _first_token(self, node):
        """The first token of a node and all below it; None outside the text."""
        index = self._token(node)
        if index is not None and isinstance(node, (c_ast.Struct, c_ast.Union, c_ast.Enum)):
            index = self.spelling.tag_before(index)
        elif index and isinstance(node, c_ast.UnaryOp) and self.words[index - 1] == node.op:
            index -= 1      # the operand's token
        found = [index]
        found += [self._first_token(child) for _, child in node.children()]
        return min((index for index in found if index is not None), default=None)

    def _refused(self, node):
        return self.error("this construct (%s) is valid C, but not in cdef()"
                          % type(node).__name__, self._token(node, self.position))

    # ---- declarations ---------------------------------------------------------

    def external_declaration(self, node, index):
        self.position = index
        self.parameter_names = ()
        if isinstance(node, (c_ast.Decl, c_ast.Typedef)):
            self.declaration(node, index)
        elif isinstance(node, c_ast.FuncDef):
            self._function_definition(node, index)
        elif isinstance(node, c_ast.StaticAssert):
            self._assertion(node, index)
        elif not isinstance(node, c_ast.Pragma):
            raise self._refused(node)

    def declaration(self, node, index):
        """Decl | Typedef: one declarator, or only specifiers"""
        typedef = isinstance(node, c_ast.Typedef)
        self.in_typedef = typedef
        if node.name is None:
            self._only_specifiers(node, index)
            return
        self._check_attached(node)
        whole = self.type_of(node.type)
        self.in_typedef = False
        self.name_index = place = self._name_token(node, index)
        if self.words[place] == "...":
            raise self.error("'...' cannot be used here", place)
        if typedef:
            self._read_attributes(node, place)
            self.check_typedef_alignment(node.name, place)
            self.declare_typedef(node.name, self._named_dots(node.name, whole), place)
            return
        self.extern = self.spelling.language(place)
        self._initial_value = node.init
        storage = tuple(node.storage) + tuple(node.funcspec)
        self._declare_object(node.name, whole, storage, place)
        self.extern = None

    def _only_specifiers(self, node, index):
        if "typedef" in node.storage:
            raise self.error("typedef without a name", index)
        if isinstance(node.type, (c_ast.Struct, c_ast.Union, c_ast.Enum)):
            self.specifier(node.type)
        elif isinstance(node.type, c_ast.TypeDecl):
            self.type_of(node.type)
        else:
            raise self.error("a declaration without a name", index)

    def _check_attached(self, node):
        """_Alignas is no part of a function's or variable's type; its value must be
        a constant all the same."""
        for alignas in getattr(node, "align", None) or ():
            self._alignment(alignas)

    def _alignment(self, alignas):
        """The value of `_Alignas ( type-name | constant )` (C11 6.7.5)."""
        index, what = self._token(alignas, self.position), alignas.alignment
        if isinstance(what, c_ast.Typename):
            return self.size_of(self.type_of(what.type), index, True)
        value = self._integer(what, "the alignment")
        return self.checked_alignment("_Alignas", value, index)

    def _name_token(self, node, index):
        """The token with the name that a declaration declares."""
        inner = node.type
        while not isinstance(inner, c_ast.TypeDecl) and hasattr(inner, "type"):
            inner = inner.type
        return self._token(inner, index)

    def _initialiser(self):
        """The value of the initialiser if it is a constant, else None."""
        value = self._initial_value
        if value is None or isinstance(value, c_ast.InitList) or \
                isinstance(value, c_ast.UnaryOp) and value.op == "&":
            return None
        return self._constant(value)

    def _assertion(self, node, index):
        """StaticAssert (C11 6.7.10)"""
        if not self._constant(node.cond):
            message = ": " + node.message.value if node.message is not None else ""
            raise self.error("static assertion failed" + message, index)

    def _function_definition(self, node, index):
        """FuncDef: an inline function of a header, or the old style, whose
        parameters have their types behind the list.  Only the type counts."""
        declared = node.decl
        if node.param_decls:
            self._old_parameters = {item.name: item for item in node.param_decls}
        elif not declared.funcspec or "inline" not in declared.funcspec:
            raise self.error("'%s' has a body: a function definition is valid C, but not "
                             "in cdef(); end it with ';'" % declared.name,
                             self._token(node.body, index))
        self.declaration(declared, index)
        self._old_parameters = None
        self.position = self._token(node.body, index)
        self._understood.update(range(self.position, self._closing_brace()))

    # ---- types ------------------------------------------------------------------

    def type_of(self, node, star=None):
        """The type of a node.  `star` is the token of the `*` applied to it."""
        if isinstance(node, c_ast.TypeDecl):
            return self._qualified(self.specifier(node.type), node.quals, node.type)
        if isinstance(node, c_ast.PtrDecl):
            target = self.type_of(node.type, self._token(node))
            return self._qualified(self.pointer(target), node.quals, node)
        if isinstance(node, c_ast.ArrayDecl):
            return self._array(node)
        if isinstance(node, c_ast.FuncDecl):
            return self._function(node, star)
        return self.specifier(node)

    def _qualified(self, node, names, place):
        """`node` with qualifiers.  _Atomic leaves size and alignment of a scalar as
        they are on the ABIs supported; for a record they may differ."""
        kept = [name for name in names or () if name != "_Atomic"]
        if len(kept) != len(names or ()):
            bare = node.type if isinstance(node, model.Qualified) else node
            if not isinstance(bare, (model.Primitive, model.Pointer, model.EnumRef)):
                raise self.error("_Atomic is only supported for scalar types",
                                 self._token(place, self.position))
        return qualify(node, kept) if kept else node

    def specifier(self, node):
        """IdentifierType | Struct | Union | Enum"""
        if isinstance(node, c_ast.IdentifierType):
            return self._named_type(node)
        if isinstance(node, (c_ast.Struct, c_ast.Union, c_ast.Enum)):
            found = self._defined.get(id(node))
            if found is None:
                found = self._defined[id(node)] = self._tagged(node)
            return found
        raise self._refused(node)

    def _named_type(self, node):
        names, index = node.names, self._token(node, self.position)
        if names == [DOTS_TYPE]:
            before = self.spelling.words_before_dots(index)
            self.position = index
            return self.dots([self.words[place] for place in before])
        found = common_types.SPECIFIERS.get(tuple(sorted(names)))
        if found is not None and self.words[index] in names:
            return found
        if found is not None:
            # pycparser supplies the `int` that C left out before C99.
            raise self.error("a declaration without a type", index)
        if len(names) == 1:
            found = self.typedef(names[0])
            if found is not None:
                return found
        raise self.error("'%s' is not a type" % " ".join(names), index)

    def _array(self, node):
        item = self.type_of(node.type)
        index = self._first_token(node.dim) if node.dim else self.position
        if isinstance(item, model.Function):
            raise self.error("an array cannot hold functions: it is a function "
                             "type, not a pointer-to-function type", index)
        return model.Array(item, self._array_length(node.dim, index))

    def _array_length(self, dim, index):
        if dim is None or isinstance(dim, c_ast.ID) and dim.name == "*":
            return None
        if isinstance(dim, c_ast.ID) and dim.name == DOTS_VALUE:
            return model.DOTS
        return self.checked_length(self._integer(dim, "the array length"), index)

    def _function(self, node, star):
        index = self._first_token(node)
        index = self.position if index is None else index
        result = self.type_of(node.type)
        bare = result.type if isinstance(result, model.Qualified) else result
        if isinstance(bare, (model.Function, model.Array)):
            raise self.no_such_result(isinstance(bare, model.Array), index)
        place = self._name_token(node, index) if star is None else star
        conventions = self.spelling.conventions_before(place)
        self._understood.update(conventions)
        abi = CONVENTIONS[self.words[conventions[0]]] if conventions else None
        parameters, ellipsis = self._parameter_list(node.args, index)
        return model.Function(result, parameters, ellipsis, abi)

    def _parameter_list(self, args, index):
        """ParamList -> (types, whether there is an ellipsis)"""
        old, self._old_parameters = self._old_parameters, None
        items = list(args.params) if args is not None else []
        ellipsis = bool(items) and isinstance(items[-1], c_ast.EllipsisParam)
        if ellipsis:
            items.pop()
        nodes, names = [], []
        for item in items:
            place = self._first_token(item)
            place = index if place is None else place
            if isinstance(item, c_ast.ID):
                nodes.append(self._old_parameter(item, old, place))
            else:
                alone = len(items) == 1 and not ellipsis and not item.name
                whole = self._parameter_type(item.type, names)
                nodes.append(self.adjusted_parameter(whole, alone, place))
            names.append(item.name or "")
        if nodes and nodes[0] is None:
            nodes, names = [], []
        self.parameter_names = tuple(names)
        return tuple(nodes), ellipsis

    def _parameter_type(self, node, names):
        """`int a[n]` behind a parameter `n` is a pointer, whatever n is (C11 6.7.6.3 p7)."""
        if isinstance(node, c_ast.ArrayDecl) and isinstance(node.dim, c_ast.ID) \
                and node.dim.name in names:
            return model.Pointer(self.type_of(node.type))
        return self.type_of(node)

    def _old_parameter(self, item, declared, index):
        """A name in the list of an old-style definition.  What is passed is promoted
        (C11 6.5.2.2 p6): char, short and float never are."""
        declared = declared.get(item.name) if declared else None
        if declared is None:
            raise self.error("unknown type '%s' (unknown identifier '%s')"
                             % (item.name, item.name), index)
        node = self.adjusted_parameter(self.type_of(declared.type), False, index)
        bare = node.type if isinstance(node, model.Qualified) else node
        if bare == common_types.PRIMITIVE_NODES["float"]:
            return common_types.PRIMITIVE_NODES["double"]
        if common_types.is_integer(bare) and common_types.PRIMITIVES[bare.name][1] < 4:
            return common_types.PRIMITIVE_NODES["int"]
        return node

    # ---- records and enums -----------------------------------------------------

    def _tagged(self, node):
        """Struct | Union | Enum.  The tag, attributes and name are read from the
        tokens by the rule of the fast parser, the inside comes from the node."""
        outer, self._members_of = self._members_of, node
        self.position = self.spelling.tag_before(self._token(node, self.position))
        found = self.tagged(self.words[self.position])
        self._members_of = outer
        return found

    def _closing_brace(self):
        depth, index = 0, self.position
        while self.words[index]:
            depth += (self.words[index] == "{") - (self.words[index] == "}")
            if not depth:
                break
            index += 1
        return index

    def _members(self):
        """{ member* } of the node: (fields, whether there were dots)"""
        node, closing = self._members_of, self._closing_brace()
        assertions = [place for place in self.spelling.assertions
                      if self.position < place < closing]
        fields, names, partial = [], {}, False
        for item in node.decls or ():
            index = self._first_token(item)
            self._assert_before(assertions, index)
            self.position = index
            self.directives_before_member()
            if isinstance(item, c_ast.StaticAssert):
                self._assertion(item, index)
            elif not isinstance(item, c_ast.Decl):
                if not isinstance(item, c_ast.Pragma):
                    raise self._refused(item)
            elif self.words[self._name_token(item, index)] == "..." and item.name:
                partial = True
            else:
                self._member(item, index, fields, names)
        self._assert_before(assertions, closing)
        self.position = closing + 1
        return fields, partial

    def _assert_before(self, assertions, index):
        """Those between the members, which the fast parser reads."""
        while assertions and assertions[0] < index:
            self.position = assertions.pop(0)
            self.static_assert()

    def _member(self, item, index, fields, names):
        """Decl of a struct or union"""
        whole = self.type_of(item.type)
        if item.name is None and item.bitsize is None:
            # C11 6.7.2.1 p13: only a record without a tag brings its members.
            if isinstance(whole, model.RecordRef) and whole.tag[0] == "$":
                self._read_attributes(item, self._closing_of(whole, index))
                fields.append(model.Field("", whole, -1, self.tokens.location(index),
                                          self.member_alignment("", whole, -1, index)))
                self._inherit_partial(whole)
            return
        name, place = item.name or "", self._name_token(item, index)
        bitsize = -1
        if item.bitsize is not None:
            start = self._first_token(item.bitsize)
            bitsize = self.checked_width(
                name, whole, self._integer(item.bitsize, "the width of a bit-field"), start)
            if not name:
                place = self._colon_before(start)
        field = self.checked_field(name, whole, bitsize, place, names)
        self._read_attributes(item, place)
        align = self.member_alignment(name, whole, bitsize, place)
        fields.append(model.replace(field, align=align) if align else field)

    def _colon_before(self, index):
        while index and self.words[index] != ":":
            index -= 1
        return index

    def _closing_of(self, whole, index):
        """The `}` of an anonymous record that begins at token `index`."""
        while self.words[index] != "{":
            index += 1
        position, self.position = self.position, index
        closing = self._closing_brace()
        self.position = position
        return closing

    def _read_attributes(self, item, name):
        """The attributes of a declaration whose name is token `name`, which pycparser
        did not see, and its _Alignas."""
        words, start, position = self.words, name, self.position
        self.packed_attribute, self.alignment = False, 0
        while start and words[start - 1] not in (";", "{", "}"):
            start -= 1
        if words[start - 1] == "}":     # these belong to the record
            self.position = start
            self.attributes()
            start, self.alignment, self.packed_attribute = self.position, 0, False
        depth, end = 0, name
        while words[end] and (depth or words[end] not in (",", ";")):
            depth += (words[end] in ("(", "[", "{")) - (words[end] in (")", "]", "}"))
            end += 1
        place = start
        while place < end:
            if words[place] in ("__attribute__", "__attribute") and \
                    words[place - 1] not in TAGS:
                self.position = place
                self.attributes()
                place = self.position
            else:
                place += 1
        for alignas in getattr(item, "align", None) or ():
            self.alignment = max(self.alignment, self._alignment(alignas))
        self.position = position

    def _enumerators(self):
        """{ name [ = constant | = ... ] ... } of the node: (enumerators, dots)"""
        node, closing = self._members_of, self._closing_brace()
        found, partial, dots, value, implied = [], False, False, 0, []
        for item in node.values.enumerators:
            index = self._token(item)
            if not isinstance(item, c_ast.Enumerator):
                continue
            if self.words[index - 1] == "," and self.words[index - 2] in ("{", ","):
                # Version 2 of pycparser reads over these.
                raise self.error("unexpected ',', expected the name of an enumerator",
                                 index - 1)
            if self.words[index] == "...":
                partial = dots = True
                continue
            if item.value is None:
                implied.append(len(found))
            elif isinstance(item.value, c_ast.ID) and item.value.name == DOTS_VALUE:
                value, partial = None, True
            else:
                value = self._integer(item.value, "the value of an enumerator")
            self.declare_enumerator(item.name, value, index)
            found.append(model.Enumerator(item.name, value))
            value = None if value is None else value + 1
        if dots:
            self.forget_implied(found, implied)
        self.position = closing + 1
        return found, partial

    # ---- constant expressions ------------------------------------------------------

    def _constant(self, node):
        """An int, float or bytes."""
        index = self._first_token(node)
        try:
            return self._value(node)[0]
        except const_eval.NotConstant as problem:
            raise self.error(str(problem), index) from None

    def _integer(self, node, purpose):
        value = self._constant(node)
        if not isinstance(value, int):
            raise self.error("%s must be an integer" % purpose, self._first_token(node))
        return value

    def _value(self, node):
        """(value, type) of an expression, as const_eval.py has it."""
        index = self._token(node, self.position)
        if isinstance(node, c_ast.Constant):
            self.position = index
            return self._primary(self.words[index])
        if isinstance(node, c_ast.ID):
            self.position = index
            return self._name("..." if node.name == DOTS_VALUE else node.name)
        if isinstance(node, c_ast.UnaryOp):
            return self._unary_value(node, index)
        if isinstance(node, c_ast.BinaryOp):
            left, right = self._value(node.left), self._value(node.right)
            return const_eval.binary(node.op, left, right)
        if isinstance(node, c_ast.TernaryOp):
            return const_eval.choose(self._value(node.cond), self._value(node.iftrue),
                                     self._value(node.iffalse))
        if isinstance(node, c_ast.Cast):
            return const_eval.cast(self.type_of(node.to_type.type), self._value(node.expr))
        raise self.error("this is not a constant expression", index)

    def _unary_value(self, node, index):
        if node.op in ("sizeof", "_Alignof"):
            if isinstance(node.expr, c_ast.Typename):
                whole = self.type_of(node.expr.type)
                return self.size_of(whole, index, node.op != "sizeof"), const_eval.SIZE
            if node.op == "sizeof":
                return const_eval.size_of_value(self._value(node.expr))
        if node.op in ("-", "+", "~", "!"):
            return const_eval.unary(node.op, self._value(node.expr))
        raise self.error("'%s' is not allowed in a constant expression" % node.op, index)
