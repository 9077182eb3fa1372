"""However it is installed, the package has its templates, schemas and examples."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

# Folder of the checkout → what it is called in the package.
DATA = {
    "templates": "templates",
    "schemas": "schemas",
    "examples": "examples",
    "tests/rules": "rule_examples",
}
CHECK = """
import site, sys
for folder in sys.argv[1:]:
    site.addsitedir(folder)
    # Before whatever this interpreter has installed.
    sys.path.insert(0, sys.path.pop())
import dtemplates
from dtemplates import resources
settings = dtemplates.parse(resources.example("current"))
manifests = dtemplates.render(settings)
assert dtemplates.validate(manifests) == []
assert resources.rule_example("DT201", "bad") != resources.rule_example("DT201", "good")
print(dtemplates.__file__)
print(len(resources.examples()), len(resources.schemas()), len(manifests))
"""


def run(*arguments: str | Path, cwd: Path) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has of this folder, so that nothing left over by chance is packed."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else _all_files()
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def _all_files() -> list[str]:
    kept = ("dtemplates", "tests", *DATA, "pyproject.toml", "README.md", "LICENSE")
    files = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return [name for name in files if name.split("/")[0] in kept and "__pycache__" not in name]


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", folder, checkout, cwd=folder)
    return folder


def data_files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for name in DATA
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def test_wheel_holds_what_the_checkout_holds(checkout: Path, built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {
        path.relative_to(checkout).as_posix()
        for path in (checkout / "dtemplates").rglob("*")
        if path.is_file()
    }
    data = {
        f"dtemplates/{packed}/{name.removeprefix(f'{folder}/')}"
        for folder, packed in DATA.items()
        for name in data_files(checkout)
        if name.startswith(f"{folder}/")
    }
    assert names == code | data
    assert "dtemplates/py.typed" in names


def test_sdist_holds_what_the_checkout_holds(checkout: Path, built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert data_files(checkout) <= names
    assert {"tests/test_packaging.py", "LICENSE", "CHANGELOG.md"} <= names


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_installed(kind: str, built: Path, tmp_path: Path) -> None:
    (archive,) = built.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    target = tmp_path / "site"
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    run("-m", "pip", "install", *options, target, archive, cwd=tmp_path)
    where, counts = run("-c", CHECK, target, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(target)
    assert min(map(int, counts.split())) >= 5


def test_editable(checkout: Path, tmp_path: Path) -> None:
    """A wheel of an editable installation points back to the checkout."""
    make = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    run("-c", make, tmp_path, cwd=checkout)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")  # noqa: S202 (the wheel just made)
    where, counts = run("-c", CHECK, tmp_path / "site", cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(checkout)
    assert min(map(int, counts.split())) >= 5


def test_plain_checkout(checkout: Path, tmp_path: Path) -> None:
    where, _ = run("-c", CHECK, checkout, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(checkout)


def test_incomplete_installation_says_so(checkout: Path, tmp_path: Path) -> None:
    """It reads nobody else's folder of the same name."""
    site = tmp_path / "site"
    (site / "templates").mkdir(parents=True)
    for path in (checkout / "dtemplates").rglob("*.py"):
        target = site / path.relative_to(checkout)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from dtemplates import resources\n"
        "try: resources.folder('templates')\n"
        "except FileNotFoundError as error: print(error)"
    )
    assert run("-c", code, site, cwd=tmp_path) == "dtemplates was installed without its templates\n"
