"""What the lint tests look at: tracked files, Python imports, C includes and functions.

Used by the test_*.py beside it; imports nothing of the project.
"""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def tracked_files():
    """Every file of the repository, as paths relative to its root."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().splitlines()
    else:               # an unpacked sdist
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    skipped = ("build/", ".venv", "cffi_like.egg-info/")
    return sorted(name for name in names
                  if not name.startswith(skipped) and "__pycache__" not in name
                  and (ROOT / name).is_file())


def files(*suffixes, under=""):
    return [name for name in tracked_files()
            if name.startswith(under) and name.endswith(suffixes)]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


# ---- Python ----------------------------------------------------------------

def module_name(name):
    """'cffi_like/engine/__init__.py' to 'cffi_like.engine'."""
    parts = Path(name).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(name, top_level_only=False):
    """Full names of the modules a file imports, relative ones resolved.

    `from a.b import c` gives both 'a.b' and 'a.b.c': c may be a module.
    """
    tree = ast.parse(text_of(name), name)
    package = module_name(name).split(".")
    if not name.endswith("__init__.py"):
        package = package[:-1]
    nodes = tree.body if top_level_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[:len(package) - node.level + 1] if node.level else []
            base = ".".join(start + ([node.module] if node.module else []))
            found.add(base)
            found.update("%s.%s" % (base, alias.name) for alias in node.names)
    return found


def imports_any(imported, modules):
    """The imports that are one of `modules` or lie below one."""
    return sorted(name for name in imported
                  if any(name == module or name.startswith(module + ".") for module in modules))


def python_functions(name):
    """(name, first line, number of lines) of every function.

    Its docstring does not count, nor a class within it: the methods of that are listed themselves.
    """
    for node in ast.walk(ast.parse(text_of(name), name)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                text = node.body[0]
                lines -= text.end_lineno - text.lineno + 1
            lines -= sum(inner.end_lineno - inner.lineno + 1 for inner in node.body
                         if isinstance(inner, ast.ClassDef))
            yield node.name, node.lineno, lines


# ---- C and C++ -------------------------------------------------------------

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_NOT_CODE = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r'|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*', re.DOTALL | re.MULTILINE)
_FUNCTION_HEAD = re.compile(r"(\w+)\s*\([^{};]*\)[^(){};=]*$")


def quoted_includes(name):
    return _INCLUDE.findall(text_of(name))


def code_only(text):
    """The text with comments, strings and preprocessor lines blanked; newlines stay."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def c_functions(name):
    """(name, first line, number of lines) of every function body in a C or C++ file."""
    code = code_only(text_of(name))
    stack, head_start, line = [], 0, 1
    for place, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == "{":
            inside = any(entry is not None for entry in stack)
            head = _FUNCTION_HEAD.search(code[head_start:place])
            stack.append((head.group(1), line) if head and not inside else None)
            head_start = place + 1
        elif character == "}":
            entry = stack.pop() if stack else None
            if entry is not None:
                yield entry[0], entry[1], line - entry[1] + 1
            head_start = place + 1
        elif character == ";":
            head_start = place + 1
