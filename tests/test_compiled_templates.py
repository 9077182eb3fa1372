"""Compiled templates, kept between processes: used while they fit, and missed by nobody."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dtemplates
from dtemplates import resources, templating
from dtemplates.compiled_templates import kept


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Compile anew, into a folder of the test's own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    templating._bundled.cache_clear()
    yield
    templating._bundled.cache_clear()


def rendered() -> dict[str, str]:
    templating._bundled.cache_clear()
    manifests = dtemplates.render(dtemplates.parse(resources.example("current")))
    return {one.file: one.text for one in manifests}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_they_are_kept_and_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rendered()
    found = files(tmp_path / "caches" / "dtemplates")
    assert len(found) > 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in (found[0].parent,))

    def compile_nothing(*words: object, **more: object) -> None:
        raise AssertionError("compiled although it is kept")

    monkeypatch.setattr("jinja2.environment.Environment._compile", compile_nothing)
    assert rendered() == first


def test_what_is_broken_or_of_another_text_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rendered()
    for path in files(tmp_path / "caches"):
        path.write_bytes(b"nonsense")
    assert rendered() == first
    read = templating._read_bundled

    def changed(name: str) -> templating.Source | None:
        source = read(name)
        return source and (
            source[0].replace("kind: PersistentVolume\n", "kind: Other\n"),
            *source[1:],
        )

    monkeypatch.setattr(templating, "_read_bundled", changed)
    assert "kind: Other\n" in rendered()["pv_fsx.yaml"]
    monkeypatch.setattr(templating, "_read_bundled", read)
    assert rendered() == first


def test_nothing_is_kept_where_nothing_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kept() is None
    assert rendered()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert kept() is None
    assert rendered()
    assert not (tmp_path / "caches").exists()


def test_a_full_disk_is_no_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jinja2.bccache.Bucket.write_bytecode", full)
    assert rendered()
    assert files(tmp_path / "caches") == []


def test_templates_of_a_user_are_not_kept(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "more.yaml.j2").write_text("kind: {{ cluster.name }}\n", "utf-8")
    settings = dtemplates.parse(resources.example("current"))
    assert "more.yaml" in [one.file for one in dtemplates.render(settings, templates=own)]
    assert files(tmp_path / "caches") == []
