"""YAML's bytes and syntax: the parser, and complaints in words that a person understands."""

from __future__ import annotations

import codecs
import re
from itertools import accumulate
from typing import TYPE_CHECKING

import yaml
from yaml.scanner import ScannerError

from dtemplates.errors import InputError
from dtemplates.findings import YAML, Finding

if TYPE_CHECKING:
    from _typeshed import SupportsRead
    from yaml.error import Mark

# What libyaml counts lines by.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Deeper texts are refused: by us, or by libyaml since 0.2.6, which looks ahead as far as 1,000.
MAX_DEPTH = 100
TOO_DEEP = f"more than {MAX_DEPTH} maps and lists inside one another"

# What libyaml or PyYAML says (a pattern), what is said here, and what to do about it.
_WORDS = (
    ("tab character", "YAML does not allow tabs for indentation", "use spaces"),
    ("cannot start", "plain text cannot begin with this character", "quote the text"),
    ("unexpected (end of stream|document)", "the quoted text has no end", "add the quote"),
    ("find expected ':'", "this is neither a key with ':' nor part of a value", ""),
    ("mapping values", "':' is not allowed here", "quote the text, or check the indentation"),
    ("entries are not allowed", "'-' is not allowed here", "begin the list on its own line"),
    ("expected ',' or ']'", "',' or ']' is missing", ""),
    ("expected ',' or '}'", "',' or '}' is missing", ""),
    ("node content", "a value is missing here", "quote the text if this is some"),
    ("undefined tag", "the tag is not defined", "quote it if it is text"),
    ("alphabetic", "a name has to follow '&' or '*'", "quote it if it is text"),
    ("chomping|or line break", "the text of '|' and '>' begins on a line of its own", ""),
    ("escape|hex", "this is no escape in double quotes", "write \\\\, or use single quotes"),
    ("nesting depth", TOO_DEEP, ""),
    ("incompatible YAML", "Kubernetes reads YAML 1.1 only", "delete the %YAML line"),
    (
        "<document start>|expected key|'-' indicator|<block end>",
        "this does not fit what stands above",
        "check indentation and quotes",
    ),
)
# Where these stop says little: often at the end of the text.
_ENDLESS = ("while scanning a quoted scalar", "while scanning a simple key")


class _PythonParser(yaml.BaseLoader):
    """PyYAML's own parser, made to take tabs and to refuse escapes as libyaml does.

    One difference is left: it takes no tab inside of plain text.
    """

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Mark) -> list[str]:
        try:
            chunks: list[str] = super().scan_flow_scalar_non_spaces(double, start_mark)
            "".join(chunks).encode()
        except (ValueError, OverflowError):
            problem = "found invalid Unicode character escape code"
            raise ScannerError(None, start_mark, problem, self.get_mark()) from None
        return chunks


def parser(text: str | SupportsRead[str]) -> yaml.CBaseLoader | yaml.BaseLoader:
    """Return what yields the events of the text: libyaml, or PyYAML where that is missing."""
    return yaml.CBaseLoader(text) if yaml.__with_libyaml__ else _PythonParser(text)


def decode(data: bytes, name: str) -> str:
    """Return the text of a file; raises InputError if it is neither UTF-8 nor marked UTF-16."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise InputError([Finding("this is UTF-32", name, 1, 1, (), "save it as UTF-8", id=YAML)])
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "UTF-16" if wide else "UTF-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        place = _end_of(data[: error.start].decode(encoding))
        message = f"byte 0x{data[error.start]:02x} is not {encoding}"
        finding = Finding(message, name, *place, remedy="save it as UTF-8", id=YAML)
        raise InputError([finding]) from error


def line_of(text: str, start: int) -> str:
    """Return the rest of the line that begins at an index of the text."""
    end = _BREAK.search(text, start)
    return text[start : end.start() if end else None]


def line_starts(text: str) -> list[int]:
    """Return the indexes at which the lines of a text begin that the parser has read."""
    # Whatever else ends a line for Python is not allowed in YAML. The dot is on the last line.
    lines = f"{text}.".splitlines(keepends=True)[:-1]
    return list(accumulate(map(len, lines), initial=0))


def finding_at(
    message: str, text: str, name: str, mark: Mark, remedy: str, width: int = 1
) -> Finding:
    """Return a finding about what stands at a mark of the parser's, with the line that it is in."""
    excerpt = line_of(text, mark.index - mark.column)
    return Finding(
        message,
        name,
        mark.line + 1,
        mark.column + 1,
        remedy=remedy,
        id=YAML,
        excerpt=excerpt,
        width=width,
    )


def syntax_finding(error: Exception, text: str, name: str) -> Finding:
    """Return what made the parser stop, with its place."""
    unreadable = _UNREADABLE.search(text)
    if unreadable:
        message = f"character U+{ord(unreadable[0]):04X} is not allowed"
        place = _end_of(text[: unreadable.start()])
        remedy = "delete it, or escape it in double quotes"
        return Finding(message, name, *place, remedy=remedy, id=YAML)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Finding(f"this is no YAML: {error}", name, id=YAML)
    problem, start, mark = str(error.problem), error.context_mark, error.problem_mark
    # The parsers complain of some tabs as of any other character.
    if "cannot start" in problem and text.startswith("\t", mark.index):
        problem = "tab character"
    words = (row[1:] for row in _WORDS if re.search(row[0], problem))
    message, remedy = next(words, (problem, ""))
    if start is not None and error.context in _ENDLESS:
        mark = start
    elif start is not None and start.line < mark.line and "parsing" in str(error.context):
        message = f"{message}, in what begins on line {start.line + 1}"
    return finding_at(message, text, name, mark, remedy)


def _end_of(text: str) -> tuple[int, int]:
    """Return line and column of what follows the text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")
