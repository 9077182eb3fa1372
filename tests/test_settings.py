"""Settings files: each in `bad` ends with what must be said of it, each in `good` renders."""

from __future__ import annotations

from pathlib import Path

import pytest

import dtemplates
from dtemplates.names import Names, names

FOLDER = Path(__file__).parent / "settings"
BAD = sorted((FOLDER / "bad").glob("*.yaml"))
GOOD = sorted((FOLDER / "good").glob("*.yaml"))
MARK = "#! "


def test_there_are_files() -> None:
    assert len(BAD) >= 30
    assert len(GOOD) >= 10


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad(path: Path, request: pytest.FixtureRequest) -> None:
    lines = path.read_text("utf-8").splitlines()
    expected = [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.load(path)
    said = [str(finding).removeprefix(f"{path}:") for finding in caught.value.findings]
    if request.config.getoption("--update-golden"):
        body = [line for line in lines if not line.startswith(MARK)]
        path.write_text("\n".join([*body, *(MARK + line for line in said)]) + "\n", "utf-8")
        return
    assert said == expected
    for finding in caught.value.findings:
        assert finding.line is not None
        assert finding.column is not None


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good(path: Path) -> None:
    settings = dtemplates.load(path)
    manifests = dtemplates.render(settings)
    assert names(settings) == Names(tuple(one.file for one in manifests), manifests.pending)
    assert [one for one in dtemplates.validate(manifests) if one.level == "error"] == []
