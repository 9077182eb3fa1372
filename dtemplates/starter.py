"""A settings file to start from, with the schema that editors check it by beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import resources
from dtemplates.errors import OutputError
from dtemplates.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from dtemplates.stacks import StackName

SCHEMA_FILE = "dtemplates.schema.json"
# A line of every version of the schema.
_ID = '"$id": "settings.schema.json"'
_MODELINE = "# yaml-language-server: $schema="


def starter(stack: StackName) -> str:
    """Return the text of the stack's starter settings."""
    text = (resources.folder("examples") / "starters" / f"{stack}.yaml").read_text("utf-8")
    _, _, rest = text.partition("\n")
    return f"{_MODELINE}./{SCHEMA_FILE}\n{rest}"


def write_starter(path: Path, stack: StackName) -> tuple[Path, ...]:
    """Write the stack's starter settings to `path`, and the schema beside it; return both.

    Raises `OutputError` where there is such a file already, or it cannot be written.
    """
    if path.is_dir() or not path.name:
        raise _refused(path, "is a folder, not a file", "name a file in it")
    if path.name == SCHEMA_FILE:
        raise _refused(path, "is where the schema goes", "name another file")
    schema = path.with_name(SCHEMA_FILE)
    if path.exists():
        raise _refused(path, "is there already", "name another file, or move it away")
    try:
        if schema.exists() and _ID not in schema.read_text("utf-8", errors="replace"):
            raise _refused(schema, "is there already, and not ours", "move it away")
        # An older version's schema makes room for this one's.
        schema.write_text(resources.schema("settings"), encoding="utf-8", newline="\n")
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(starter(stack))
    except OSError as error:
        raise _refused(path, f"cannot be written: {error.strerror}", "") from error
    return path, schema


def _refused(path: Path, message: str, remedy: str) -> OutputError:
    return OutputError([Finding(message, file=str(path), remedy=remedy)])
