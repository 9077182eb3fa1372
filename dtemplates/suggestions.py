"""What somebody probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of names shorter than this any two may be meant to differ.
_SHORTEST = 5


def nearest(word: object, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, or None where none is like it."""
    # Only a mistake needs difflib, so only a mistake pays for its import.
    from difflib import get_close_matches

    by_letters = {_letters(name): name for name in known}
    found = get_close_matches(_letters(str(word)[:100]), by_letters, n=1, cutoff=0.7)
    return by_letters[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return `did you mean 'name'?` for the nearest known word, or nothing."""
    found = nearest(word, known)
    return f"did you mean {found!r}?" if found else ""


def _letters(word: str) -> str:
    """Return the word without what snake_case, camelCase and kebab-case differ in."""
    return word.lower().replace("_", "").replace("-", "")


def misspelt(name: str, known: Iterable[str]) -> str:
    """Return the known name that this one is but for a slip; nothing where it may be another's.

    A slip is a letter that is missing, too many, or swapped with the next: ebs-sc and efs-sc, or
    data-1 and data-2, are different names.
    """
    return next((one for one in known if _is_slip(*sorted((name, one), key=len))), "")


def _is_slip(short: str, long: str) -> bool:
    at = next(
        (number for number, (a, b) in enumerate(zip(short, long, strict=False)) if a != b),
        len(short),
    )
    if (
        len(short) < _SHORTEST
        or long[at : at + 2] == ""
        or any(map(str.isdigit, long[at : at + 2]))
    ):
        return False
    if len(short) + 1 == len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[at + 1 : at + 2] + long[at : at + 1]
    return len(short) == len(long) and short[at:] == swapped + long[at + 2 :]
