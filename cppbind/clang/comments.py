"""Strips documentation comments (`///`, `//!`, `/** */`, `/*! */`, `///<`) to their text."""


def clean_comment(raw):
    """The text of a comment as clang gives it, marks and common indentation removed."""
    if not raw:
        return ""
    text = raw.replace("\r\n", "\n")
    if text.startswith("/*"):
        text = text[2:-2] if text.endswith("*/") else text[2:]
        lines = [_strip_mark(line, "*") for line in text.split("\n")]
    else:
        lines = [_strip_mark(line.strip()[2:], "/") for line in text.split("\n")]
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(indents) if indents else 0
    return "\n".join(line[margin:].rstrip() for line in lines).strip()


def _strip_mark(line, mark):
    """One line without the leading decoration: blanks, then marks, '!' and '<'."""
    stripped = line.lstrip()
    if stripped[:1] == mark or stripped[:1] == "!":
        stripped = stripped.lstrip(mark).lstrip("!")
        return stripped[1:] if stripped[:1] == "<" else stripped
    return line
