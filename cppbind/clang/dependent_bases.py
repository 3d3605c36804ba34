"""The bases of template instances that depend on the arguments: as text, with the arguments put in.

libclang shows the base specifiers of a template, `Base<T>`, and not those of an instance.  A typedef of the text in a
probe tells what it stands for (instantiate.py).
"""

import re

from . import cursor as cx
from .types import convert

_WORD = re.compile(r"type-parameter-0-\d+|\b[A-Za-z_]\w*\b")


def base_specifiers(template):
    """The cursors of the base specifiers of a class or class template."""
    return [child for child in template.children() if child.kind == cx.BASE_SPECIFIER]


def dependent_bases(name, instance, template):
    """[(place among the base specifiers, number of those there, texts to try)] of an instance of that name.

    A pack gives several bases or none.  What cannot be told is left out.
    """
    filling = _filling(name, instance, template)
    if filling is None:
        return []
    found = []
    for place, child in enumerate(base_specifiers(template)):
        type_ = child.type.canonical()
        if type_.kind != cx.RECORD_TYPE:
            # As it is written, where the namespace of the template sees it, and with all names of types followed.
            texts = zip(*map(filling.texts, (child.type.spelling, type_.spelling)))
            found += [(place, number, tuple(dict.fromkeys(both))) for number, both in enumerate(texts)]
    return found


def filler(name, instance, template):
    """A function of text that puts the arguments of an instance in for the parameters of its template."""
    filling = _filling(name, instance, template)
    return (lambda text: text) if filling is None else filling.text


class _Filling:
    """What stands for the parameters of a template: a text each, a list of texts for a pack."""

    def __init__(self):
        self._values, self._packs = {}, {}

    def add(self, number, name, value):
        kept = self._packs if isinstance(value, list) else self._values
        for key in (name, "type-parameter-0-%d" % number):
            if key:
                kept[key] = value

    def text(self, text):
        """A text with the values of parameters that are no packs."""
        return _WORD.sub(lambda match: self._values.get(match.group(), match.group()), text)

    def texts(self, text):
        """The texts that a base specifier stands for: one, or as many as a pack in it has."""
        text = re.sub(r"sizeof ?\.\.\. ?\(([\w-]+)\)", lambda match: str(len(self._packs[match.group(1)]))
                      if match.group(1) in self._packs else match.group(), text)
        # A pack of one is not told from other parameters.
        for key, values in {**{key: [value] for key, value in self._values.items()}, **self._packs}.items():
            text = re.sub(r"(?<![\w-])%s ?\.\.\." % re.escape(key), ", ".join(values), text)
        text = re.sub(r", *(?=[,>])|(?<=<) *, *", "", text)
        if "..." in text:
            return []
        packs = [key for key in self._packs if any(match.group() == key for match in _WORD.finditer(text))]
        if not packs:
            return [self.text(text)]
        return [self.text(_WORD.sub(lambda word, value=value: value if word.group() in packs else word.group(), text))
                for value in self._packs[packs[0]]]


def _filling(name, instance, template):
    written = _arguments(name)
    given = instance.type.canonical().template_arguments()
    written = written if len(written) == len(given) else [None] * len(given)
    arguments = [convert(argument).spelling if argument.kind else text for argument, text in zip(given, written)]
    parameters = [child for child in template.children() if child.kind in cx.TEMPLATE_PARAMETERS]
    if template.kind == cx.CLASS_TEMPLATE:
        return _of_template(instance, given, arguments, parameters)
    if template.kind == cx.CLASS_PARTIAL_SPECIALIZATION:
        return _of_specialization(template, arguments, parameters)
    return None


def _of_template(instance, given, arguments, parameters):
    filling = _Filling()
    for number, parameter in enumerate(parameters):
        if number == len(parameters) - 1 and len(arguments) != len(parameters):
            filling.add(number, parameter.spelling, [argument for argument in arguments[number:] if argument])
            break
        argument = arguments[number]
        value = None if given[number].kind else instance.template_value(number)
        if value is not None:
            argument = "static_cast<%s>(%dLL)" % (filling.text(parameter.type.canonical().spelling), value)
        if argument is not None:
            filling.add(number, parameter.spelling, argument)
    return filling


def _of_specialization(template, arguments, parameters):
    """Of a partial specialisation whose arguments are parameters, or are made of them: `Chain<T, Rest...>`,
    `Size<Tuple<T...>>`, `Holder<T *>`."""
    filling = _Filling()
    numbers = {parameter.spelling: number for number, parameter in enumerate(parameters)}
    _match(_arguments(template.display_name), arguments, numbers, filling)
    return None if numbers else filling


def _match(patterns, arguments, numbers, filling):
    """Enters what the parameters in patterns stand for, and takes them out of `numbers`."""
    for at, pattern in enumerate(patterns):
        argument = arguments[at] if at < len(arguments) else None
        if pattern.endswith("...") and pattern[:-3].strip() in numbers and at == len(patterns) - 1:
            pack = pattern[:-3].strip()
            filling.add(numbers.pop(pack), pack, [argument for argument in arguments[at:] if argument])
        elif argument is None:
            continue
        elif pattern in numbers:
            filling.add(numbers.pop(pattern), pattern, argument)
        elif pattern[-1:] in ("*", "&") and argument[-1:] == pattern[-1:]:
            _match([pattern[:-1].rstrip()], [argument[:-1].rstrip()], numbers, filling)
        elif pattern.endswith(">") and _head(pattern) == _head(argument):
            _match(_arguments(pattern), _arguments(argument), numbers, filling)


def _head(name):
    """'tuple' of 'std::tuple<A, B>'."""
    return name.partition("<")[0].rpartition("::")[2].strip()


def _arguments(name):
    """['A', 'B<C, D>'] of 'ns::X<A, B<C, D>>'."""
    if not name.endswith(">"):
        return []
    depth, start = 0, len(name)
    for start in range(len(name) - 1, -1, -1):
        depth += (name[start] == ">") - (name[start] == "<")
        if not depth:
            break
    found, depth, word = [], 0, ""
    for character in name[start + 1:-1]:
        depth += (character in "<([{") - (character in ">)]}")
        if character == "," and not depth:
            found.append(word.strip())
            word = ""
        else:
            word += character
    return found + [word.strip()] if found or word.strip() else []
