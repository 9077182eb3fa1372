"""Where this package's own files are: templates, schemas, examples and tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SCHEMA = ".schema.json"
# What rules call wrong and right is what their tests hold them to.
_IN_CHECKOUT = {"rule_examples": "tests/rules"}


@cache
def folder(name: str) -> Path:
    """Return the folder `templates`, `schemas`, `examples` or `rule_examples`.

    It is the installed one, or the checkout's.

    Raises `FileNotFoundError` where the package was installed without it.
    """
    installed = _PACKAGE / name
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parent
    # Without the first condition an incomplete installation would read somebody else's folder.
    place = checkout / _IN_CHECKOUT.get(name, name)
    if (checkout / "pyproject.toml").is_file() and place.is_dir():
        return place
    raise FileNotFoundError(f"dtemplates was installed without its {name}")


def text(name: str) -> str:
    """Return the text of a file that lies beside this module."""
    return (_PACKAGE / name).read_text(encoding="utf-8")


def example(name: str) -> str:
    """Return the text of a bundled example; raises `KeyError` for a name that is none."""
    return _named("examples", name, ".yaml")


def examples() -> tuple[str, ...]:
    """Return the names of the bundled examples."""
    return _names("examples", ".yaml")


def rule_example(id: str, name: str) -> str:
    """Return the text of a rule's example `bad` or `good`, without what only its test needs."""
    text = (folder("rule_examples") / id / f"{name}.yaml").read_text(encoding="utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#! "))


def schema(name: str) -> str:
    """Return the text of a bundled schema; raises `KeyError` for a name that is none."""
    return _named("schemas", name, _SCHEMA)


def schemas() -> tuple[str, ...]:
    """Return the names of the bundled schemas."""
    return _names("schemas", _SCHEMA)


def _names(kind: str, suffix: str) -> tuple[str, ...]:
    names = (entry.name for entry in folder(kind).iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in names if name.endswith(suffix)))


def _named(kind: str, name: str, suffix: str) -> str:
    if name not in _names(kind, suffix):
        raise KeyError(name)
    return (folder(kind) / f"{name}{suffix}").read_text(encoding="utf-8")
