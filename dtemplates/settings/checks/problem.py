"""One impossible setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dtemplates.findings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dtemplates.findings import Path


class Problem(NamedTuple):
    """What is wrong with the setting at `path`, seen beside those `compared` with it.

    `rule` is the id of the rule that would say the same of the manifests, where there is one.
    """

    path: Path
    message: str
    remedy: str = ""
    compared: tuple[Path, ...] = ()
    rule: str = SETTINGS


def repeated(
    names: Iterable[str], where: Path, what: str, rule: str = SETTINGS
) -> Iterator[Problem]:
    """Yield a problem for each name in a list of named things that an earlier one has already."""
    names = list(names)
    for number, name in enumerate(names):
        if name in names[:number]:
            first = (*where, names.index(name), "name")
            yield Problem(
                (*where, number, "name"),
                f"{name!r} is the name of an earlier {what} too",
                "give each its own name",
                (first,),
                rule,
            )


def several(
    path: Path, given: Mapping[str, object], message: str, remedy: str, rule: str = SETTINGS
) -> Iterator[Problem]:
    """Yield a problem where more than one of the settings under `path` is given."""
    names = [name for name, value in given.items() if value not in (None, (), {}, False)]
    if len(names) > 1:
        yield Problem(
            (*path, names[1]),
            message.format(" and ".join(names)),
            remedy,
            tuple((*path, name) for name in names),
            rule,
        )
