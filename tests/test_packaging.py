"""What is shipped: lock files that hold, a wheel that is whole and works alone."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import evidence

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")

# Spelt in pieces, so that this file can be searched as well.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
)


def tracked():
    """The files of the project: those git tracks, and new ones it would."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name for name in done.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(lock):
    """Each requirement of a lock file, with its hashes, as one line."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def pins(lock):
    """(name, marker) -> version."""
    found = {}
    for line in requirements(lock):
        head = line.partition("--hash")[0]
        spec, _, marker = head.partition(";")
        name, _, version = spec.strip().partition("==")
        found[normalised(name), marker.strip()] = version
    return found


def declared(lines):
    return {normalised(re.split(r"[\[<>=! ;]", line)[0]) for line in lines}


# ---------------------------------------------------------------- lock files


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock):
    found = requirements(lock)
    assert len(found) > 20
    for line in found:
        assert re.fullmatch(
            r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+ *(; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+ *", line
        ), line[:100]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    for word in (
        "://",
        "--index",
        "--extra-index",
        "--find-links",
        "--trusted-host",
        " @ ",
        "/work",
    ):
        assert word not in text


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", ("report", "build")),
        ("requirements-dev.lock", tuple(PROJECT["optional-dependencies"])),
    ],
)
def test_a_lock_covers_what_the_project_declares(lock, extras):
    wanted = declared(PROJECT["dependencies"])
    for extra in extras:
        wanted |= declared(PROJECT["optional-dependencies"][extra])
    assert wanted <= {name for name, _ in pins(lock)}


def test_what_builds_the_project_is_locked_too():
    text = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared(text["build-system"]["requires"]) <= {name for name, _ in pins(LOCKS[0])}


def test_both_locks_agree():
    first, second = pins(LOCKS[0]), pins(LOCKS[1])
    versions = {}
    for (name, _), version in second.items():
        versions.setdefault(name, set()).add(version)
    for (name, marker), version in first.items():
        assert version in versions[name], f"{name} {marker}"


# ---------------------------------------------------------------- what the files say


def test_no_file_names_a_registry():
    guilty = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked()
        for content in (path.read_bytes().lower(),)
        for host in REGISTRY_HOSTS
        if host.encode() in content
    ]
    assert not guilty


def test_the_version_is_written_once_and_cited_right():
    assert PROJECT["dynamic"] == ["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'version: "{evidence.__version__}"' in citation
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{evidence.__version__}]" in changes


def test_every_target_of_the_makefile_is_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    done = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    for target in ("report", "test", "check", "lab", "lock", "bench", "clean"):
        assert re.search(rf"^{target}:", text, re.MULTILINE)
        assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE)


# ---------------------------------------------------------------- set-up, where it cannot work


def fake_python(folder, answers):
    """An interpreter that fails where `answers` says so."""
    script = folder / "python3"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in\n{answers}\n*) exec {sys.executable} "$@" ;;\nesac\n'
    )
    script.chmod(0o755)
    return script


def set_up(tmp_path, python):
    return subprocess.run(
        ["sh", str(ROOT / ".ci" / "set-up"), "requirements.lock"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHON": str(python), "VENV": str(tmp_path / "venv")},
        check=False,
    )


def test_set_up_says_which_debian_package_is_missing(tmp_path):
    python = fake_python(tmp_path, "*ensurepip*) exit 1 ;;")
    done = set_up(tmp_path, python)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 2
    assert f"apt install python{version}-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_set_up_refuses_an_old_python(tmp_path):
    python = fake_python(tmp_path, "*%d.%d*) echo 3.9 ;;\n*'< (3, 11)'*) exit 1 ;;")
    done = set_up(tmp_path, python)
    assert done.returncode == 2
    assert "is Python 3.9; 3.11 or newer is needed" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_set_up_without_any_python(tmp_path):
    done = set_up(tmp_path, tmp_path / "nowhere")
    assert done.returncode == 2
    assert "Install Python 3.11 or newer" in done.stderr


# ---------------------------------------------------------------- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("evidence/")}
        metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        said = archive.read(metadata).decode()
    package = ROOT / "evidence"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == files
    assert "evidence/py.typed" in held
    assert f"Version: {evidence.__version__}" in said
    assert "License-Expression: MIT" in said


def test_the_wheel_ships_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"evidence", f"claims_evidence-{evidence.__version__}.dist-info"}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel installed in a folder of its own, and an empty folder to call it from."""
    target, empty = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("empty")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
            *("--no-deps", "--no-index", "--target", str(target), str(wheel)),
        ],
        capture_output=True,
        check=True,
    )

    def call(*words, module=("-m", "evidence")):
        return subprocess.run(
            [sys.executable, "-P", *module, *words],
            cwd=empty,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONPATH": str(target)},
        )

    where = call(module=("-c", "import evidence; print(evidence.__file__)")).stdout
    assert Path(where.strip()).is_relative_to(target)
    return call


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("doctor",),
        ("explain", "EV305"),
        (
            "score",
            "--design",
            "single-arm",
            "--n",
            "50",
            "--change",
            "-20%",
            "--outcome",
            "wrinkles",
        ),
    ],
    ids=lambda words: words[0],
)
def test_the_wheel_alone_answers(installed, words):
    done = installed(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_wheel_alone_writes_a_report(installed, tmp_path):
    done = installed(
        *("report", str(ROOT / "datasets" / "cosmetic_trials.csv")),
        *("--claims", str(ROOT / "datasets" / "article_claims.csv")),
        *("-o", str(tmp_path / "report.html")),
    )
    assert done.returncode == 0, done.stderr
    assert "</html>" in (tmp_path / "report.html").read_text(encoding="utf-8")
