"""Where this package's own files are: templates, schemas, examples and tables."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SCHEMA = ".schema.json"


@cache
def folder(name: str) -> Traversable:
    """Return the folder `templates`, `schemas` or `examples`: the installed one or the checkout's.

    Raises `FileNotFoundError` where the package was installed without it.
    """
    installed = files("dtemplates") / name
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parent.parent
    # Without the first condition an incomplete installation would read somebody else's folder.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise FileNotFoundError(f"dtemplates was installed without its {name}")


def text(name: str) -> str:
    """Return the text of a file that lies beside this module."""
    return (files("dtemplates") / name).read_text(encoding="utf-8")


def example(name: str) -> str:
    """Return the text of a bundled example; raises `KeyError` for a name that is none."""
    if name not in examples():
        raise KeyError(name)
    return (folder("examples") / f"{name}.yaml").read_text(encoding="utf-8")


def examples() -> tuple[str, ...]:
    """Return the names of the bundled examples."""
    names = (entry.name for entry in folder("examples").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def schema(name: str) -> str:
    """Return the text of a bundled schema; raises `KeyError` for a name that is none."""
    if name not in schemas():
        raise KeyError(name)
    return (folder("schemas") / f"{name}{_SCHEMA}").read_text(encoding="utf-8")


def schemas() -> tuple[str, ...]:
    """Return the names of the bundled schemas."""
    names = (entry.name for entry in folder("schemas").iterdir())
    return tuple(sorted(name.removesuffix(_SCHEMA) for name in names if name.endswith(_SCHEMA)))
