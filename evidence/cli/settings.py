"""Settings: flag > `EVIDENCE_*` > `evidence.toml` > `[tool.evidence]` in pyproject.toml > default.

A setting has the name of its option: `tau2 = "DL"` at the top of the file holds for every
command that has `--tau2`, the same line under `[pool]` for that command alone; likewise
`EVIDENCE_TAU2` and `EVIDENCE_POOL_TAU2`. Tables that are no command (`[units]`) are facts that
a command may ask for with `Settings.table`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cyclopts.config import Dict, Env

from evidence.errors import EvidenceError

PREFIX = "EVIDENCE_"
SWITCHES = ("EVIDENCE_DEBUG", "EVIDENCE_EAGER")  # for people who work on the program itself

Layer: TypeAlias = Env | Dict


class SettingsError(EvidenceError):
    """A settings file cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings file in force: its path (None when there is none) and what it says."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The path as a reader would type it: relative when it is below this folder."""
        if self.path is None:
            return "none"
        here = Path.cwd()
        return (
            str(self.path.relative_to(here)) if self.path.is_relative_to(here) else str(self.path)
        )

    def table(self, name: str) -> Mapping[str, Any]:
        """One table of the file, empty when it has none of that name."""
        found = self.values.get(name, {})
        if not isinstance(found, Mapping):
            raise SettingsError(f"{self.shown}: {name} is a table, not {found!r}")
        return found


_IN_FORCE: ContextVar[Settings | None] = ContextVar("settings in force", default=None)


def use(settings: Settings) -> None:
    """Let these settings hold for the command that runs; the launcher calls it."""
    _IN_FORCE.set(settings)


def current() -> Settings:
    """The settings that hold for the command that runs; outside of one, those of this folder."""
    return _IN_FORCE.get() or find()


def find(explicit: Path | None = None, start: Path | None = None) -> Settings:
    """The settings that hold in a folder.

    Parameters
    ----------
    explicit : Path, optional
        A file named with `--config`; then nothing else is looked at, and it has to exist.
    start : Path, optional
        Where to begin looking upwards; the current folder by default.

    Raises
    ------
    SettingsError
        When the file is missing or is no TOML.
    """
    if explicit is None and (named := os.environ.get(f"{PREFIX}CONFIG")):
        explicit = Path(named)
    if explicit is not None:
        if not explicit.is_file():
            raise SettingsError(f"{explicit}: no such settings file")
        return _settings(explicit)
    folder = (start or Path.cwd()).resolve()
    upwards = (folder, *folder.parents)
    for parent in upwards:
        if (path := parent / "evidence.toml").is_file():
            return _settings(path)
    for parent in upwards:
        path = parent / "pyproject.toml"
        if path.is_file() and "evidence" in _load(path).get("tool", {}):
            return _settings(path)
    return Settings()


def _settings(path: Path) -> Settings:
    values = _load(path)
    if path.name == "pyproject.toml":
        values = values.get("tool", {}).get("evidence", {})
    return Settings(path=path, values=values)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: this is no valid TOML: {error}") from error


def environment() -> list[Layer]:
    """The `EVIDENCE_*` variables: one command's first, then those that hold for all."""
    return [Env(PREFIX, show=False), Env(PREFIX, command=False, show=False)]


def layers(settings: Settings) -> list[Layer]:
    """What fills in options that were not typed, strongest first."""
    values = dict(settings.values)
    return [
        *environment(),
        Dict(values, source=settings.shown),  # [pool] tau2: a misspelt option is refused
        Dict(values, source=settings.shown, use_commands_as_keys=False, allow_unknown=True),
    ]


def origins(settings: Settings) -> list[dict[str, str]]:
    """Each setting made outside the command line, strongest first, with where it was made.

    `overridden_by` names the stronger one that takes its place for every command it could hold
    for, and is empty where there is none.
    """
    rows = [
        {"setting": name, "value": value, "source": "environment"}
        for name, value in sorted(os.environ.items(), key=lambda item: _strength(item[0]))
        if name.startswith(PREFIX) and name not in SWITCHES
    ]
    leaves = sorted(_leaves(settings.values), key=lambda leaf: "." not in leaf[0])
    rows += [
        {"setting": name, "value": str(value), "source": settings.shown} for name, value in leaves
    ]
    names = [row["setting"] for row in rows]
    for index, row in enumerate(rows):
        row["overridden_by"] = next(
            (name for name in names[:index] if _covers(name, row["setting"])), ""
        )
    return rows


def _strength(name: str) -> tuple[bool, str]:
    """Variables of one command go before those of all."""
    return not _meant(name)[0], name


def _meant(name: str) -> tuple[str, str]:
    """The command a setting is for ("" for all) and its option."""
    if not name.startswith(PREFIX):
        command, _, option = name.rpartition(".")
        return command, option.replace("-", "_")
    from evidence.cli.app import COMMANDS

    words = name.removeprefix(PREFIX).lower()
    command, _, option = words.partition("_")
    return (command, option) if command in COMMANDS and option else ("", words)


def _covers(stronger: str, weaker: str) -> bool:
    """Whether one setting leaves the other without effect."""
    command, option = _meant(stronger)
    of, what = _meant(weaker)
    return option == what and command in ("", of)


def _leaves(values: Mapping[str, Any], lead: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _leaves(value, f"{lead}{name}.")
        else:
            found.append((f"{lead}{name}", value))
    return found
