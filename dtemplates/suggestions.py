"""What somebody probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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
