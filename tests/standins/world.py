"""What the stand-ins remember: one JSON file, changed under a lock and replaced as a whole."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# How many times someone asks before a half-made thing is whole, or a half-deleted one gone.
QUESTIONS = 2
EMPTY: dict[str, Any] = {
    "clusters": {},
    "stacks": {},
    "releases": {},
    "file_systems": {},
    "subnets": {},
    "tiller": False,
}


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, "utf-8")
    new.chmod(mode)
    new.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    # Whoever is killed gives the lock back with his life.
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "world.json"

    def read(self) -> dict[str, Any]:
        try:
            return {**EMPTY, **json.loads(self.path.read_text("utf-8"))}
        except FileNotFoundError:
            return json.loads(json.dumps(EMPTY))  # type: ignore[no-any-return]

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        with locked(self.folder):
            data = self.read()
            try:
                yield data
            finally:
                # A tool that ends in an error has still done what it did before.
                write(self.path, json.dumps(data, indent=1, sort_keys=True))


def begin(thing: dict[str, Any], status: str) -> None:
    thing["status"] = status
    thing["questions"] = QUESTIONS


def settle(thing: dict[str, Any], status: str) -> None:
    thing["status"] = status
    thing.pop("questions", None)


def ask(thing: dict[str, Any], done: Callable[[], None]) -> None:
    """One question about a thing that is under way; the third finds it done."""
    if "questions" in thing:
        if thing["questions"] == 0:
            done()
        else:
            thing["questions"] -= 1


def identifier(kind: str, name: str, digits: int = 17) -> str:
    """The same for the same name, so that two runs can be compared."""
    import hashlib

    return hashlib.sha256(f"{kind}/{name}".encode()).hexdigest()[:digits]
