"""Names of files that every system and every checkout can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import normalize

from dtemplates.disk import parents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.I)

_PATH_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda path: path.startswith("/"), "is an absolute path"),
    (lambda path: path.count("/") > 50, "lies more than 50 folders deep"),
)
_PART_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda part: not part, "has an empty part"),
    (lambda part: part in (".", ".."), "leaves the folder, or stays where it is"),
    (lambda part: not part.isprintable(), "holds a character that cannot be seen"),
    (lambda part: bool(set(part) & set('\\:*?"<>|')), 'holds one of \\ : * ? " < > |'),
    (lambda part: part.endswith((".", " ")), "has a part that ends in a dot or a space"),
    (lambda part: bool(_DEVICE.match(part)), "has the name of a device on Windows"),
    (
        lambda part: len(part.encode(errors="surrogatepass")) > 255,
        "has a part of more than 255 bytes",
    ),
    (lambda part: part.casefold().startswith(".dtemplates"), "has a name that dtemplates needs"),
)


def misnamed(paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each path that cannot name a file below a folder on every system, and why."""
    spelt: dict[str, str] = {}
    for path in sorted(paths):
        rules = [why for breaks, why in _PATH_RULES if breaks(path)]
        rules += [why for part in path.split("/") for breaks, why in _PART_RULES if breaks(part)]
        for at in (*parents(path), path):
            twin = spelt.setdefault(normalize("NFD", normalize("NFD", at).casefold()), at)
            if twin != at:
                rules.append(f"differs from {twin!r} in nothing but case or Unicode form")
        if rules:
            yield path, rules[0]
    for path in sorted(folders_of(paths) & set(paths)):
        yield path, "is a file and a folder at once"


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return every folder on the way to one of the paths."""
    return {at for path in paths for at in parents(path)}
