"""Writing rendered files: what is made, what is left alone, and what a crash leaves."""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from dtemplates import exchange, journal
from dtemplates.disk import parents
from dtemplates.errors import OutputError
from dtemplates.file_names import misnamed
from dtemplates.output import Written, recover, write_files
from dtemplates.output_state import INDEX

if TYPE_CHECKING:
    from dtemplates.journal import Moves

OLD = {
    "cluster.yaml": "old\n",
    "jobs/same.yaml": "same\n",
    "jobs/stale.yaml": "stale\n",
    "stale/folder/only.yaml": "stale\n",
    "file-then-folder": "old\n",
    "folder-then-file/x.yaml": "old\n",
}
NEW = {
    "cluster.yaml": "new\n",
    "jobs/same.yaml": "same\n",
    "jobs/added.yaml": "added\n",
    "added/folder/first.yaml": "added\n",
    "file-then-folder/x.yaml": "new\n",
    "folder-then-file": "new\n",
}
LATER = {"cluster.yaml": "later\n", "jobs/same.yaml": "same\n"}
FOREIGN = {"README.md": "mine\n", "jobs/notes.txt": "mine\n", "stale/notes.txt": "mine\n"}


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def index_of(files: Mapping[str, str]) -> str:
    return json.dumps({path: sha(files[path]) for path in sorted(files)}, indent=1) + "\n"


def put(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def tree(folder: Path) -> dict[str, str | None]:
    """Every file's text, and what every folder (None), link and pipe is, by relative path."""
    found: dict[str, str | None] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_bytes().decode("utf-8", "replace")
        else:
            found[name] = None if path.is_dir() else "a pipe"
    return found


def expected(
    files: Mapping[str, str], foreign: Mapping[str, str] | None = None
) -> dict[str, str | None]:
    """The tree of a folder that holds these files, the index of them, and somebody else's."""
    everything = {INDEX: index_of(files), **files, **(foreign or {})}
    folders = {at: None for path in everything for at in parents(path)}
    return {**folders, **everything}


def identity(path: Path) -> tuple[int, int]:
    info = path.stat()
    return info.st_ino, info.st_mtime_ns


def messages(error: pytest.ExceptionInfo[OutputError]) -> str:
    return str(error.value)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(params=["whole", "piecemeal"])
def way(request: pytest.FixtureRequest, out: Path) -> Mapping[str, str]:
    """The foreign files in `out`: with any, the folder cannot be swapped as a whole."""
    foreign = {} if request.param == "whole" else FOREIGN
    put(out, foreign)
    return foreign


# What is written


def test_a_new_folder_holds_the_files_and_their_index(out: Path) -> None:
    written = write_files({"b/c.yaml": "ü: 1\n", "a.yaml": "x: 1\n\ty\n"}, out)
    assert written == Written(created=("a.yaml", "b/c.yaml"))
    assert (out / "b/c.yaml").read_bytes() == b"\xc3\xbc: 1\n"
    assert tree(out) == expected({"b/c.yaml": "ü: 1\n", "a.yaml": "x: 1\n\ty\n"})


def test_the_index_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    for name, paths in (("one", ["a", "é", "b"]), ("two", ["é", "b", "a"])):
        write_files(dict.fromkeys(paths, ""), tmp_path / name)
    assert (tmp_path / "one" / INDEX).read_bytes() == (tmp_path / "two" / INDEX).read_bytes()


def test_a_change_creates_updates_keeps_and_removes(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    assert write_files(NEW, out) == Written(
        created=(
            *("added/folder/first.yaml", "file-then-folder/x.yaml", "folder-then-file"),
            "jobs/added.yaml",
        ),
        updated=("cluster.yaml",),
        unchanged=("jobs/same.yaml",),
        removed=(
            *("file-then-folder", "folder-then-file/x.yaml", "jobs/stale.yaml"),
            "stale/folder/only.yaml",
        ),
    )
    assert tree(out) == expected(NEW, way)
    assert os.listdir(out.parent) == ["out"]  # noqa: PTH208


def test_unchanged_files_keep_inode_and_time(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    os.utime(out / "jobs/same.yaml", ns=(1, 1))
    before = identity(out / "jobs/same.yaml")
    write_files(NEW, out)
    assert identity(out / "jobs/same.yaml") == before


def test_nothing_at_all_is_written_where_nothing_changes(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    places = [out.parent, out, *out.rglob("*")]
    before = [identity(place) for place in places]
    written = write_files(OLD, out)
    assert written == Written(unchanged=tuple(sorted(OLD)))
    assert [identity(place) for place in places] == before


def test_modes_stay(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    out.chmod(0o2750)
    (out / "jobs").chmod(0o711)
    (out / "cluster.yaml").chmod(0o640)
    write_files(NEW, out)
    modes = [oct((out / path).stat().st_mode & 0o7777) for path in ("", "jobs", "cluster.yaml")]
    assert modes == ["0o2750", "0o711", "0o640"]


def test_each_new_file_is_on_the_disk_before_it_has_its_name(
    out: Path, way: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = {}

    def noted(descriptor: int) -> None:
        info = os.fstat(descriptor)
        synced[info.st_ino] = info.st_size

    monkeypatch.setattr(os, "fsync", noted)
    for files in (OLD, NEW):
        written = write_files(files, out)
        for path in (*written.created, *written.updated, INDEX):
            assert synced[(out / path).stat().st_ino] == (out / path).stat().st_size


def test_no_files_leave_an_empty_index(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    assert write_files({}, out).removed == tuple(sorted(OLD))
    assert tree(out) == expected({}, way)


def test_a_partial_write_removes_nothing(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    (out / "jobs/stale.yaml").unlink()
    part = {"cluster.yaml": "new\n", "jobs/added.yaml": "added\n"}
    written = write_files(part, out, partial=True)
    assert written == Written(created=("jobs/added.yaml",), updated=("cluster.yaml",))
    there = {path: text for path, text in {**OLD, **part}.items() if path != "jobs/stale.yaml"}
    assert tree(out) == expected(there, way)
    write_files(NEW, out)
    assert tree(out) == expected(NEW, way)


def test_a_partial_write_still_knows_what_was_edited(out: Path) -> None:
    write_files(OLD, out)
    put(out, {"jobs/same.yaml": "edited"})
    assert write_files({"cluster.yaml": "new\n"}, out, partial=True).kept == ()
    with pytest.raises(OutputError, match=r"same.yaml: error: was edited"):
        write_files({**OLD, "jobs/same.yaml": "newer"}, out)


def test_a_partial_write_makes_room_for_a_folder_but_not_for_a_file(out: Path) -> None:
    write_files(OLD, out)
    written = write_files({"file-then-folder/x.yaml": "new\n"}, out, partial=True)
    assert written == Written(created=("file-then-folder/x.yaml",), removed=("file-then-folder",))
    with pytest.raises(OutputError, match="is a folder, and a file is to be written there"):
        write_files({"folder-then-file": "new\n"}, out, partial=True)
    write_files(NEW, out)
    assert tree(out) == expected(NEW)


def test_a_partial_write_may_leave_names_that_meet_elsewhere(out: Path) -> None:
    write_files({"a.yaml": "old"}, out)
    if (out / "A.yaml").exists():
        pytest.skip("case does not count in this file system")
    write_files({"A.yaml": "new"}, out, partial=True)
    assert write_files({"A.yaml": "new"}, out).removed == ("a.yaml",)


def test_a_deep_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    write_files(OLD, tmp_path / "a/b/c")
    assert tree(tmp_path / "a/b/c") == expected(OLD)
    assert [path.name for path in tmp_path.rglob(".dtemplates-*")] == []


def test_a_relative_folder_and_a_linked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(OLD, Path("real"))
    Path("out").symlink_to("real")
    write_files(NEW, Path("out"))
    assert Path("out").readlink() == Path("real")
    assert tree(tmp_path / "real") == expected(NEW)


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no call that swaps folders")
def test_a_folder_is_swapped_only_where_nobody_can_notice(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(OLD, out)
    first = out.stat().st_ino
    write_files(NEW, out)
    assert out.stat().st_ino != first

    second = out.stat().st_ino
    monkeypatch.chdir(out / "jobs")
    write_files(OLD, Path(".."))
    assert out.stat().st_ino == second
    assert tree(out) == expected(OLD)

    monkeypatch.chdir(out.parent)

    def not_here(one: Path, other: Path) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(exchange, "swap", not_here)
    write_files(NEW, out)
    assert out.stat().st_ino == second
    assert tree(out.parent) == {
        "out": None,
        **{f"out/{path}": text for path, text in tree(out).items()},
    }
    assert tree(out) == expected(NEW)


# What others wrote


@pytest.mark.parametrize("overwrite", [False, True])
def test_foreign_files_are_never_touched(out: Path, overwrite: bool) -> None:
    put(out, FOREIGN)
    (out / "link").symlink_to("nowhere")
    os.mkfifo(out / "pipe")
    before = {path: identity(out / path) for path in FOREIGN}
    for files in (OLD, NEW, {}):
        write_files(files, out, overwrite=overwrite)
        assert {path: identity(out / path) for path in FOREIGN} == before
    assert (out / "link").is_symlink()
    assert (out / "pipe").is_fifo()


def test_files_in_the_way_are_named_all_at_once(out: Path) -> None:
    put(out, {"a.yaml": "mine", "b.yaml": "mine too", "c.yaml": "same", "d": "a file"})
    before = tree(out)
    with pytest.raises(OutputError) as refused:
        write_files({"a.yaml": "1", "b.yaml": "2", "c.yaml": "same", "d/e.yaml": "3"}, out)
    assert [finding.file for finding in refused.value.findings] == [
        str(out / name) for name in ("a.yaml", "b.yaml", "d")
    ]
    assert "--overwrite" in messages(refused)
    assert tree(out) == before


def test_a_file_with_the_same_bytes_is_adopted(out: Path) -> None:
    put(out, {"a.yaml": "same"})
    before = identity(out / "a.yaml")
    assert write_files({"a.yaml": "same"}, out) == Written(unchanged=("a.yaml",))
    assert identity(out / "a.yaml") == before
    assert write_files({}, out).removed == ("a.yaml",)


def test_an_edited_file_is_refused_or_overwritten(out: Path) -> None:
    write_files(OLD, out)
    put(out, {"cluster.yaml": "edited"})
    before = tree(out)
    with pytest.raises(OutputError, match="was edited since dtemplates wrote it"):
        write_files(NEW, out)
    assert tree(out) == before
    assert write_files(NEW, out, overwrite=True).updated == ("cluster.yaml",)
    assert tree(out) == expected(NEW)


def test_an_edit_to_what_is_wanted_now_is_no_edit(out: Path) -> None:
    write_files(OLD, out)
    put(out, {"cluster.yaml": NEW["cluster.yaml"]})
    write_files(NEW, out)
    assert tree(out) == expected(NEW)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_stale_file_that_was_edited_is_kept_and_then_forgotten(
    out: Path, overwrite: bool
) -> None:
    write_files(OLD, out)
    put(out, {"jobs/stale.yaml": "edited"})
    before = out.stat().st_ino
    written = write_files(NEW, out, overwrite=overwrite)
    assert written.kept == ("jobs/stale.yaml",)
    assert out.stat().st_ino == before
    assert tree(out) == expected(NEW, {"jobs/stale.yaml": "edited"})
    assert write_files(NEW, out).kept == ()


def test_what_was_deleted_is_made_again_or_forgotten(out: Path, way: Mapping[str, str]) -> None:
    write_files(OLD, out)
    for path in ("jobs/same.yaml", "jobs/stale.yaml", "stale/folder/only.yaml"):
        (out / path).unlink()
    written = write_files(NEW, out)
    assert "jobs/same.yaml" in written.created
    assert written.removed == ("file-then-folder", "folder-then-file/x.yaml")
    assert tree(out) == expected(NEW, way)


def test_overwrite_replaces_files_in_the_way_and_no_others(out: Path) -> None:
    put(out, {"a.yaml": "mine", "d": "a file", "other": "mine"})
    written = write_files({"a.yaml": "1", "d/e.yaml": "2"}, out, overwrite=True)
    assert written == Written(created=("d/e.yaml",), updated=("a.yaml",), removed=("d",))
    assert tree(out) == expected({"a.yaml": "1", "d/e.yaml": "2"}, {"other": "mine"})


def test_an_edited_file_in_the_way_of_a_folder_is_overwritten(out: Path) -> None:
    write_files(OLD, out)
    put(out, {"file-then-folder": "edited"})
    with pytest.raises(OutputError, match="was edited"):
        write_files(NEW, out)
    written = write_files(NEW, out, overwrite=True)
    assert "file-then-folder" in written.removed
    assert written.kept == ()
    assert tree(out) == expected(NEW)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("path", ["folder-then-file/x.yaml", "folder-then-file/mine"])
def test_a_folder_that_holds_more_than_ours_is_not_replaced(
    out: Path, path: str, overwrite: bool
) -> None:
    write_files(OLD, out)
    put(out, {path: "mine"})
    before = tree(out)
    with pytest.raises(OutputError, match="is a folder, and a file is to be written there"):
        write_files(NEW, out, overwrite=overwrite)
    assert tree(out) == before


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("aim", ["victim", "victim/cluster.yaml", "victim/index", "nowhere"])
@pytest.mark.parametrize("at", ["cluster.yaml", "added", INDEX])
def test_links_on_the_way_are_refused(tmp_path: Path, at: str, aim: str, overwrite: bool) -> None:
    out = tmp_path / "out"
    put(tmp_path, {"victim/cluster.yaml": OLD["cluster.yaml"], "victim/index": index_of(OLD)})
    write_files(OLD, out)
    (out / at).unlink(missing_ok=True)
    (out / at).symlink_to(tmp_path / aim)
    before = tree(tmp_path)
    words = "not an index" if at == INDEX else "is a symbolic link"
    with pytest.raises(OutputError, match=words):
        write_files(NEW, out, overwrite=overwrite)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("emptied", [False, True])
def test_a_link_in_place_of_a_stale_folder_is_not_followed(tmp_path: Path, emptied: bool) -> None:
    out = tmp_path / "out"
    write_files(OLD, out)
    (out / "stale").rename(tmp_path / "victim")
    (out / "stale").symlink_to(tmp_path / "victim")
    if emptied:
        (out / "stale/folder/only.yaml").unlink()
    before = tree(tmp_path / "victim")
    write_files(NEW, out)
    assert (out / "stale").is_symlink()
    assert tree(tmp_path / "victim") == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_or_a_pipe_in_place_of_a_file_is_refused(out: Path, overwrite: bool) -> None:
    put(out, {"a.yaml/mine": "mine"})
    (out / "b.yaml").mkdir()
    os.mkfifo(out / "c.yaml")
    before = tree(out)
    with pytest.raises(OutputError) as refused:
        write_files(dict.fromkeys(("a.yaml", "b.yaml", "c.yaml"), "x"), out, overwrite=overwrite)
    assert len(refused.value.findings) == 3
    assert tree(out) == before


def test_another_spelling_in_the_way_is_refused(out: Path) -> None:
    put(out, {"README.md": "mine"})
    if not (out / "readme.MD").exists():
        pytest.skip("case counts in this file system")
    with pytest.raises(OutputError, match="spelt otherwise"):
        write_files({"readme.md": "ours"}, out, overwrite=True)


# Names and indexes that are not to be trusted

BAD_NAMES = (
    *("", "/etc/passwd", "//x", "a//b", "a/", ".", "./a", "..", "../a", "a/../../b", "a/.."),
    *("a\\b", "..\\a", "C:/a", "C:a", "a\0b", "a\nb", "a\x1b[2J", "a\x7f", "a\u200bb", "a\u202eb"),
    *("\ud800", "CON", "nul.yaml", "a/COM1", "lpt9.x/y", "Aux .txt", "a.", "a ", "a./b", "a?"),
    *("x" * 256, "ü" * 128, "a/" * 51 + "b", INDEX, ".dtemplates", "a/.DTemplates-x/b"),
)


def test_bad_names_are_refused_all_at_once_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as refused:
        write_files(dict.fromkeys((*BAD_NAMES, "good.yaml"), "x"), tmp_path / "out")
    named = [finding.message for finding in refused.value.findings]
    assert all(any(message.startswith(repr(name)) for message in named) for name in BAD_NAMES)
    assert all(line.isprintable() for line in messages(refused).splitlines())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "names",
    [
        ("a.yaml", "A.yaml"),
        ("Jobs/a.yaml", "jobs/b.yaml"),
        ("é", "e\u0301"),
        ("straße", "STRASSE"),
        ("a", "a/b"),
        ("A", "a/b"),
    ],
)
def test_names_that_meet_on_some_system_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(OutputError):
        write_files(dict.fromkeys(names, "x"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_usual_names_pass() -> None:
    names = (
        "a.yaml",
        ".hidden",
        "a b",
        "console.yaml",
        "com10",
        "ü",
        "名/前.yaml",
        "x" * 255,
        "a..b",
    )
    assert list(misnamed(names)) == []


def test_text_that_is_not_unicode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="half a character"):
        write_files({"a": "\ud800"}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "C:", "\0", "~", "nul"]) | st.text())
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, parts: list[str]) -> None:
    out = tmp_path / "deep/er/out"
    shutil.rmtree(tmp_path / "deep", ignore_errors=True)
    out.mkdir(parents=True)
    try:
        write_files({"/".join(parts): "x"}, out)
    except OutputError:
        assert list(out.iterdir()) == []
    else:
        assert len([path for path in out.rglob("*") if path.is_file()]) == 2
    assert [path.name for path in tmp_path.rglob("*") if not path.is_relative_to(out)] == [
        "deep",
        "er",
    ]


VICTIM = sha("victim")


@pytest.mark.parametrize(
    "index",
    [
        *("", "{", "[]", "null", "3", '"x"', "[" * 100_000, "1" * 5000, "\ud800"),
        *(f'{{"{name}": "{VICTIM}"}}' for name in ("../victim", "/victim", "a/../../victim", "")),
        *('{"a": 1}', '{"a": null}', '{"a": "x"}', f'{{"a": ["{VICTIM}"]}}', '{"\\ud800": ""}'),
    ],
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_broken_or_hostile_index_is_refused(tmp_path: Path, index: str, overwrite: bool) -> None:
    put(tmp_path, {"victim": "victim", "out/a": "victim"})
    (tmp_path / "out" / INDEX).write_bytes(index.encode("utf-8", "surrogatepass"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="not an index that dtemplates wrote"):
        write_files({"b": "x"}, tmp_path / "out", overwrite=overwrite)
    assert tree(tmp_path) == before


WORK = ".dtemplates-write"


@pytest.mark.parametrize(
    "journal",
    [
        "{",
        "[]",
        "[[], []]",
        "[[[1, 2]], {}]",
        json.dumps([[["../victim", f"{WORK}/old/0"]], {"../victim": [VICTIM]}]),
        json.dumps([[[f"{WORK}/new/0", "../evil"]], {}]),
        json.dumps([[["", "../evil"]], {}]),
        json.dumps([[["/victim", f"{WORK}/old/../../x"]], {}]),
    ],
)
def test_a_broken_or_hostile_journal_is_refused(tmp_path: Path, journal: str) -> None:
    work = tmp_path / "out" / WORK
    put(tmp_path, {"victim": "victim"})
    put(work, {"new/0": "evil", "old/0": "evil", ".dtemplates-journal": journal})
    before = tree(tmp_path)
    for finish in (recover, lambda folder: write_files(OLD, folder)):
        with pytest.raises(OutputError, match="not a journal that dtemplates wrote"):
            finish(tmp_path / "out")
    assert tree(tmp_path) == before


def test_a_linked_journal_is_refused(tmp_path: Path) -> None:
    put(tmp_path, {"journal": '[[], {"": []}]', f"out/{WORK}/new/0": "evil"})
    (tmp_path / "out" / WORK / ".dtemplates-journal").symlink_to(tmp_path / "journal")
    with pytest.raises(OutputError, match="not a journal that dtemplates wrote"):
        recover(tmp_path / "out")


@pytest.mark.parametrize("linked", ["new", "old", "jobs"])
def test_a_journal_does_not_lead_through_links(tmp_path: Path, linked: str) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim"
    put(victim, {"0": "victim", "x": "victim"})
    moves = [
        ["", "jobs/evil"],
        ["jobs/x", f"{WORK}/old/1"],
        [f"{WORK}/new/0", "evil"],
        ["x", f"{WORK}/old/0"],
    ]
    known = {path: [VICTIM] for path in ("x", "evil", "jobs/x")}
    put(out / WORK, {".dtemplates-journal": json.dumps([moves, known])})
    for name in ("new", "old", "jobs"):
        place = out / name if name == "jobs" else out / WORK / name
        if name == linked:
            place.symlink_to(victim)
        else:
            place.mkdir()
    assert recover(out)
    assert tree(victim) == {"0": "victim", "x": "victim"}
    assert tree(out).keys() <= {"jobs", "jobs/evil"}


@pytest.mark.parametrize("aim", ["victim", "nowhere"])
def test_a_link_in_place_of_the_hidden_folder_is_not_followed(tmp_path: Path, aim: str) -> None:
    put(tmp_path, {"victim/x": "victim"})
    write_files(OLD, tmp_path / "out")
    (tmp_path / "out" / WORK).symlink_to(tmp_path / aim)
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=f"File exists .*{WORK}"):
        write_files(NEW, tmp_path / "out")
    assert tree(tmp_path) == before


def test_there_is_nothing_to_recover_where_nothing_was_begun(tmp_path: Path) -> None:
    write_files(OLD, tmp_path / "out")
    before = tree(tmp_path)
    assert not recover(tmp_path / "out")
    assert not recover(tmp_path / "not/there")
    assert tree(tmp_path) == before


# What the system refuses


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("file", "Not a directory"),
        ("file/out", "Not a directory"),
        ("loop", "symbolic links"),
        ("loop/out", "symbolic links"),
        ("x" * 256, "too long"),
        ("a/b/" + "x" * 256, "too long"),
        ("a\0b", "is not a folder's name"),
        ("/".join(["x" * 200] * 25), "too long"),
    ],
)
def test_a_folder_that_cannot_be(tmp_path: Path, name: str, words: str) -> None:
    put(tmp_path, {"file": "mine"})
    (tmp_path / "loop").symlink_to("loop")
    before = tree(tmp_path)
    with pytest.raises(OutputError) as refused:
        write_files(OLD, tmp_path / name)
    assert words in messages(refused)
    assert refused.value.findings[0].file == str(tmp_path / name)
    assert tree(tmp_path) == before


@pytest.fixture
def plain_place() -> Iterator[Path]:
    """A folder of a user who is not allowed everything; this process is that user meanwhile."""
    __import__("ctypes")  # afterwards the interpreter may be out of reach
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name).resolve()
        if user != os.geteuid():
            os.chown(place, user, -1)
            os.seteuid(user)
            try:
                yield place
            finally:
                os.seteuid(0)
        else:
            yield place


@pytest.mark.parametrize("mode", [0o555, 0o300, 0o000])
@pytest.mark.parametrize("which", ["out", "out/jobs"])
def test_a_folder_without_permission_is_left_as_it_is(
    plain_place: Path, which: str, mode: int
) -> None:
    out = plain_place / "out"
    write_files(OLD, out)
    before = tree(plain_place)
    (plain_place / which).chmod(mode)
    with pytest.raises(OutputError, match=r"Permission denied.*; name a folder"):
        write_files(NEW, out)
    (plain_place / which).chmod(0o755)
    assert tree(plain_place) == before


def test_a_file_that_may_not_be_read_is_no_reason_to_replace_it(plain_place: Path) -> None:
    put(plain_place, {"out/a.yaml": "mine", "out/b.yaml": "mine"})
    (plain_place / "out/a.yaml").chmod(0o000)
    with pytest.raises(OutputError, match=r"Permission denied \(.*a.yaml\)"):
        write_files({"a.yaml": "ours"}, plain_place / "out", overwrite=True)
    (plain_place / "out/a.yaml").chmod(0o644)
    assert tree(plain_place / "out") == {"a.yaml": "mine", "b.yaml": "mine"}


def test_a_parent_that_may_not_be_written_does_no_harm(plain_place: Path) -> None:
    out = plain_place / "out"
    write_files(OLD, out)
    plain_place.chmod(0o555)
    write_files(NEW, out)
    plain_place.chmod(0o755)
    assert tree(out) == expected(NEW)
    assert [path.name for path in plain_place.iterdir()] == ["out"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_what_another_user_laid_beside_the_folder_is_left_alone(out: Path) -> None:
    planted = out.parent / f".dtemplates-{sha('out')[:16]}"
    put(planted, {"new/evil": "evil", ".dtemplates-journal": '[[], {"": []}]'})
    os.chown(planted, 65534, -1)
    before = tree(planted)
    with pytest.raises(OutputError, match=r"File exists .*; move it away"):
        write_files(OLD, out)
    out.mkdir()
    write_files(NEW, out)
    assert tree(out) == expected(NEW)
    assert tree(planted) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of half a MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


BIG = {**NEW, "jobs/big.yaml": "x" * 2**20, "z/last.yaml": "last"}


@pytest.mark.parametrize("name", [".", "out", "new/folder"])
def test_a_full_disk_changes_nothing(small_disk: Path, name: str) -> None:
    folder = small_disk / name
    if "new" not in name:
        write_files(OLD, folder)
    before = tree(small_disk)
    with pytest.raises(OutputError, match="No space left on device; make room"):
        write_files(BIG, folder)
    assert tree(small_disk) == before
    write_files(NEW, folder)
    assert tree(folder) == expected(NEW)


def test_a_disk_is_not_swapped(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "swap", pytest.fail)
    monkeypatch.setattr(exchange, "_fill", pytest.fail)
    for files in (OLD, NEW):
        write_files(files, small_disk)
        assert tree(small_disk) == expected(files)


def test_a_read_only_disk_changes_nothing(small_disk: Path) -> None:
    write_files(OLD, small_disk / "out")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for name in ("out", "new"):
        with pytest.raises(OutputError, match="Read-only file system"):
            write_files(NEW, small_disk / name)
    assert tree(small_disk / "out") == expected(OLD)
    assert write_files(OLD, small_disk / "out").unchanged == tuple(sorted(OLD))


def test_a_disk_in_the_folder_is_refused_and_stays_mounted(small_disk: Path) -> None:
    out = small_disk.parent
    write_files({"b.yaml": "old"}, out)
    with pytest.raises(OutputError, match="let the folder lie on one disk"):
        write_files({"disk/a.yaml": "new", "b.yaml": "new"}, out)
    assert small_disk.is_mount()
    assert tree(out) == {**expected({"b.yaml": "old"}), "disk": None}


@pytest.mark.parametrize("name", ["out", "new/folder"])
def test_a_file_that_grows_too_large_changes_nothing(
    tmp_path: Path, way: Mapping[str, str], name: str
) -> None:
    write_files(OLD, tmp_path / "out")
    before = tree(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, limits[1]))
    try:
        with pytest.raises(OutputError, match="File too large"):
            write_files(BIG, tmp_path / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert tree(tmp_path) == before


# Others at work in the folder while it is written


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no call that swaps folders")
def test_what_appears_just_before_the_swap_is_not_lost(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = exchange.swap
    mine = {
        "notes.txt": "mine",
        "mine/deep/x": "mine",
        "jobs/y": "mine",
        "stale/z": "mine",
        "cluster.yaml": "edited",
        "jobs/same.yaml": "edited in place",
        "jobs/added.yaml": "mine",
        "added/w": "mine",
        "folder-then-file/v": "mine",
    }

    def late(one: Path, other: Path) -> None:
        put(out, mine)
        (out / "link").symlink_to("nowhere")
        (out / "empty").mkdir()
        swap(one, other)

    write_files(OLD, out)
    monkeypatch.setattr(exchange, "swap", late)
    write_files(NEW, out)
    aside = {
        "cluster.yaml": "cluster.yaml.orig",
        "jobs/added.yaml": "jobs/added.yaml.orig",
        "folder-then-file/v": "v",
    }
    foreign = {aside.get(path, path): text for path, text in mine.items()}
    others = {"link": "-> nowhere", "empty": None}
    assert tree(out) == {**expected(NEW, foreign), **others}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_what_appears_just_before_a_move_is_not_lost(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(out, FOREIGN)
    write_files(OLD, out)
    redo = journal.redo

    def late(folder: Path, moves: Moves) -> None:
        put(out, {"jobs/stale.yaml": "edited", "cluster.yaml": "edited"})
        redo(folder, moves)

    monkeypatch.setattr(journal, "redo", late)
    write_files(NEW, out)
    late_files = {"jobs/stale.yaml": "edited", "cluster.yaml.orig": "edited"}
    assert tree(out) == expected(NEW, {**FOREIGN, **late_files})


def test_what_appears_in_place_of_a_new_file_undoes_every_move(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(out, FOREIGN)
    write_files(OLD, out)
    redo = journal.redo

    def late(folder: Path, moves: Moves) -> None:
        put(out, {"jobs/added.yaml": "mine"})
        redo(folder, moves)

    monkeypatch.setattr(journal, "redo", late)
    with pytest.raises(OutputError, match=r"File exists \(.*added.yaml\); move it away"):
        write_files(NEW, out)
    assert tree(out) == expected(OLD, {**FOREIGN, "jobs/added.yaml": "mine"})


def test_an_interrupt_right_after_the_last_move_comes_too_late(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(out, FOREIGN)
    write_files(OLD, out)
    rmdir = Path.rmdir

    def interrupted(folder: Path) -> None:
        rmdir(folder)
        if folder.name == "new":
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rmdir", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(NEW, out)
    monkeypatch.undo()
    assert recover(out)
    assert tree(out) == expected(NEW, FOREIGN)


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no call that swaps folders")
def test_a_writer_holds_both_folders_until_the_old_one_is_gone(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap, seen = exchange.swap, []

    def watched(one: Path, other: Path) -> None:
        swap(one, other)
        seen.extend([is_locked(one), is_locked(other)])

    monkeypatch.setattr(exchange, "swap", watched)
    write_files(OLD, out)
    write_files(NEW, out)
    assert seen == [True, True]
    assert not is_locked(out)


@pytest.mark.parametrize("begun", [False, True])
def test_a_writer_that_had_to_wait_locks_the_folder_that_has_the_name_by_then(
    out: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    if begun:
        write_files(OLD, out)

    def overtaken(descriptor: int, operation: int) -> None:
        monkeypatch.undo()
        write_files(NEW, out)
        fcntl.flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", overtaken)
    with exchange.locked(out):
        assert is_locked(out)


@pytest.mark.parametrize("foreign", ["", "README.md"])
def test_of_two_writers_at_once_one_wins_whole(tmp_path: Path, foreign: str) -> None:
    mine = {foreign: "mine"} if foreign else {}
    if mine:
        put(tmp_path / "out", mine)
    assert helper("race", tmp_path / "out").wait(timeout=60) == 0
    rounds = json.loads((tmp_path / "rounds.json").read_text())
    complete = [json.loads(json.dumps(expected(files, mine))) for files in (OLD, NEW)]
    assert len(rounds) == 20
    assert all(found in complete for found in rounds)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rounds.json"]


def helper(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start this file as a program, which calls one of its functions."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, __file__, *arguments], env=environment)


def race(out: Path) -> None:
    """Let two processes write at once, again and again, and note what is there after each time."""
    found = []
    for _ in range(20):
        waiting, start = os.pipe()
        writers = []
        for files in (OLD, NEW):
            writers.append(os.fork())
            if not writers[-1]:
                os.close(start)
                os.read(waiting, 1)  # until the other end is closed everywhere
                write_files(files, out)
                os._exit(0)
        os.close(waiting)
        os.close(start)
        for writer in writers:
            if os.waitpid(writer, 0)[1]:
                sys.exit("a writer failed")
        found.append(tree(out))
        if len(found) % 3 == 0 and not (out / "README.md").exists():
            shutil.rmtree(out)
    (out.parent / "rounds.json").write_text(json.dumps(found))


# Crashes: a helper process kills or disturbs a write at each change that it makes on the disk

CHANGES = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown")


def disturb(after: int, how: Callable[[int], None]) -> Callable[[], int]:
    """Call `how` before each change on the disk from the given one on; give the count of them."""
    count = itertools.count(1)
    seen = [0]

    def step() -> None:
        seen[0] = next(count)
        if seen[0] >= after:
            how(seen[0] - after)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
        if opened or event in CHANGES:
            step()

    swap = exchange.swap

    def counted_swap(one: Path, other: Path) -> None:
        step()
        swap(one, other)

    vars(os)["fsync"] = lambda descriptor: step()  # no power fails here: to count is enough
    exchange.swap = counted_swap
    sys.addaudithook(hook)
    return lambda: seen[0]


def kill(late: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail_once(late: int) -> None:
    if late == 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail_from_then_on(late: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt(late: int) -> None:
    if late == 0:
        raise KeyboardInterrupt


HOW = {way.__name__: way for way in (kill, fail_once, fail_from_then_on, interrupt)}
SITUATIONS = {
    "new": ("kill", "fail_once", "fail_from_then_on"),
    "swap": tuple(HOW),
    "moves": tuple(HOW),
    "no-swap": ("kill", "fail_once"),
    "undo": ("kill",),
    "recovery": ("kill",),
}
WITH_FOREIGN = ("moves", "undo", "recovery")
DONE, REFUSED, INTERRUPTED, UNDISTURBED = 0, 3, 4, 5


def crash(base: Path, situation: str) -> None:
    """Disturb a write at its first change on the disk, another at its second, and so on."""
    for how in SITUATIONS[situation]:
        place = base / situation / how
        prepare(place / "prepared", situation)
        prepared = tree(place / "prepared")
        statuses: list[int] = []
        while (status := disturbed(place, len(statuses) + 1, situation, how)) != UNDISTURBED:
            statuses.append(status)
        shutil.rmtree(place / str(len(statuses) + 1))
        (place / "prepared.json").write_text(json.dumps(prepared))
        (place / "statuses.json").write_text(json.dumps(statuses))


def disturbed(place: Path, number: int, situation: str, how: str) -> int:
    """Write in a child process that is disturbed at one of its changes; give its exit status."""
    copy = place / str(number)
    shutil.copytree(place / "prepared", copy, copy_function=os.link)
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if situation == "no-swap":
        exchange.swap = lambda one, other: fail(errno.EINVAL)
    if situation == "undo":
        redo = journal.redo

        def redo_and_fail(folder: Path, moves: Moves) -> None:
            redo(folder, moves)
            fail(errno.EIO)

        journal.redo = redo_and_fail
    count = disturb(number, HOW[how])
    status = DONE
    try:
        write_files(NEW, folder_in(copy, situation))
    except OutputError:
        status = REFUSED
    except KeyboardInterrupt:
        status = INTERRUPTED
    os._exit(status if count() >= number else UNDISTURBED)


def fail(number: int) -> None:
    raise OSError(number, os.strerror(number))


def folder_in(place: Path, situation: str) -> Path:
    return place / ("a/b/out" if situation == "new" else "out")


def prepare(place: Path, situation: str) -> None:
    place.mkdir(parents=True)
    if situation != "new":
        write_files(OLD, place / "out")
    if situation in WITH_FOREIGN:
        put(place / "out", FOREIGN)
    if situation == "recovery" and not os.fork():
        redo = journal.redo

        def half(folder: Path, moves: Moves) -> None:
            redo(folder, moves[: len(moves) // 2])
            os._exit(0)

        journal.redo = half
        write_files(NEW, place / "out")
    elif situation == "recovery":
        os.wait()


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("crashed")
    helpers = [helper("crash", base, situation) for situation in SITUATIONS]
    assert [each.wait(timeout=60) for each in helpers] == [0] * len(helpers)
    return base


@pytest.mark.parametrize(
    ("situation", "how"), [(name, how) for name, ways in SITUATIONS.items() for how in ways]
)
def test_a_crash_leaves_the_old_folder_or_the_new_one(
    crashed: Path, situation: str, how: str
) -> None:
    base = crashed / situation / how
    mine = FOREIGN if situation in WITH_FOREIGN else {}
    new = expected(NEW, mine)
    old = {"new": {}, "recovery": new}.get(situation, expected(OLD, mine))
    outcomes = []
    for number, status in enumerate(json.loads((base / "statuses.json").read_text()), start=1):
        place = base / str(number)
        out = folder_in(place, situation)
        at_once = tree(out)
        if how == "kill":
            assert status == -signal.SIGKILL
            later = folder_in(shutil.copytree(place, base / "later" / str(number)), situation)
            write_files(LATER, later)
            assert tree(later) == expected(LATER, mine), number
            assert list((base / "later").rglob(".dtemplates-*")) == [], number
        recovered = recover(out)
        outcomes.append(tree(out))
        assert outcomes[-1] in (old, new), number
        if situation in ("new", "swap"):
            assert at_once == outcomes[-1], number
        if status == REFUSED:
            assert outcomes[-1] == old or recovered, number
            assert not recovered or how == "fail_from_then_on", number
        elif status == DONE:
            assert outcomes[-1] == new, number
        assert list(place.rglob(".dtemplates-*")) == [], number
    assert old in outcomes
    assert new in outcomes
    # The files of all copies are links to these: nothing was written into a file that existed.
    prepared = tree(base / "prepared")
    assert prepared == json.loads((base / "prepared.json").read_text())


# Any history


PATHS = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "a/x", "f/a"])
TEXTS = st.sampled_from(["", "1", "2", "two\nlines\n"])


class History(RuleBasedStateMachine):
    """Renders and other people's edits in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.out = Path(self.temporary.name).resolve() / "out"
        self.rendered: dict[str, str] = {}

    def teardown(self) -> None:
        self.temporary.cleanup()

    def files(self) -> dict[str, str]:
        found = tree(self.out)
        return {path: text for path, text in found.items() if text is not None and path != INDEX}

    @rule(files=st.dictionaries(PATHS, TEXTS, max_size=5), overwrite=st.booleans())
    def render(self, files: dict[str, str], overwrite: bool) -> None:
        before = self.files()
        foreign = {path: text for path, text in before.items() if self.rendered.get(path) != text}
        in_the_way = {
            path
            for path, text in foreign.items()
            if files.get(path, text) != text or any(path in parents(wanted) for wanted in files)
        }
        below = {path for path in foreign if set(parents(path)) & files.keys()}
        ours = {at for path in self.rendered for at in parents(path)}
        folders = {path for path in files.keys() - ours if (self.out / path).is_dir()}
        impossible = bool(
            any(misnamed(files)) or below or folders or (in_the_way and not overwrite)
        )
        try:
            written = write_files(files, self.out, overwrite=overwrite)
        except OutputError:
            assert impossible
            assert self.files() == before
            return
        assert not impossible
        left = {path: text for path, text in foreign.items() if path not in in_the_way}
        assert self.files() == {**left, **files}
        assert json.loads((self.out / INDEX).read_text()) == {p: sha(files[p]) for p in files}
        assert sorted(files) == sorted(written.created + written.updated + written.unchanged)
        assert set(written.unchanged) == {p for p in files if before.get(p) == files[p]}
        assert set(written.created) == files.keys() - before.keys()
        assert set(written.removed) == before.keys() - self.files().keys()
        assert (
            set(written.kept) == (foreign.keys() & self.rendered.keys()) - files.keys() - in_the_way
        )
        assert all(list(group) == sorted(group) for group in astuple(written))
        assert os.listdir(self.out.parent) == ["out"]  # noqa: PTH208
        self.rendered = files

    @rule(path=PATHS, text=TEXTS)
    def edit(self, path: str, text: str) -> None:
        way = [self.out / at for at in parents(path)]
        if not any(at.is_file() for at in way) and not (self.out / path).is_dir():
            put(self.out, {path: text})

    @rule(path=PATHS)
    def delete(self, path: str) -> None:
        if (self.out / path).is_file():
            (self.out / path).unlink()


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=80, stateful_step_count=12, deadline=None)


if __name__ == "__main__":
    if sys.argv[1] == "race":
        race(Path(sys.argv[2]))
    else:
        crash(Path(sys.argv[2]), sys.argv[3])
