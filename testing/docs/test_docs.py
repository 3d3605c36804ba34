"""The documents are true: their code blocks run.

In README.md and docs/*.md, for each `##` section in a folder of its own: blocks with a
file name (```c++ Event.h) are written to that file, then `python -m` lines of ```sh blocks
are run, then all ```python blocks, as one program.
"""

import os
import re
import shlex
import sys

import pytest
import support

_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def sections(path):
    """(heading, first line, text) for every `##` section of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    starts = [match.start() for match in re.finditer(r"^## ", text, re.MULTILINE)]
    for start, end in zip([0] + starts, starts + [len(text)]):
        part = text[start:end]
        yield part.splitlines()[0].lstrip("# "), text.count("\n", 0, start) + 1, part


def blocks(part, language):
    """(rest of the info string, line within the section, code) for each block of a language."""
    for match in _BLOCK.finditer(part):
        info = match.group(1).split()
        if info and info[0] == language:
            yield " ".join(info[1:]), part.count("\n", 0, match.start()) + 1, match.group(2)


def _documents():
    return [support.ROOT / "README.md"] + sorted((support.ROOT / "docs").glob("*.md"))


def _cases():
    for path in _documents():
        for heading, line, part in sections(path):
            if any(True for _ in blocks(part, "python")):
                yield pytest.param(path, line, part, id="%s: %s" % (path.name, heading))


def _program(part, first_line):
    """The section's Python, at the line numbers that it has in the document."""
    program = ""
    for _, line, code in blocks(part, "python"):
        program += "\n" * (first_line + line - 1 - program.count("\n")) + code
    return program


@pytest.mark.parametrize("path, line, part", list(_cases()))
def test_section_runs(path, line, part, tmp_path):
    """What a section shows can be typed in and works."""
    if "import cppbind" in part and support.engine_name() != "native":
        pytest.skip("C++ needs the compiled core")
    if "(native)" in part.split("\n")[0] and support.engine_name() != "native":
        pytest.skip("the section is about the compiled core")
    if "import numpy" in part:
        pytest.importorskip("numpy")
    for language in ("c", "c++", "xml"):
        for name, _, code in blocks(part, language):
            if name:
                (tmp_path / name).write_text(code)
    for _, _, code in blocks(part, "sh"):
        for command in code.splitlines():
            if command.startswith("python -m "):
                support.run([sys.executable] + shlex.split(command)[1:], cwd=str(tmp_path))
    program = tmp_path / "program.py"
    program.write_text(_program(part, line))
    support.run([sys.executable, str(program)], cwd=str(tmp_path), env=dict(os.environ))


@pytest.mark.parametrize("path", _documents(), ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    """Every relative link names a file that is there."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)       # code in a line
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_make_target_of_the_readme_exists():
    """README's commands are targets of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (support.ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", (support.ROOT / "README.md").read_text()))
    assert named and named - targets == set()
