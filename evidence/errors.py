"""Everything this package raises on purpose.

The tree is shallow: catch `EvidenceError` for all of it. The facts of an error are attributes;
its message says what was found, where, and what would help. The command line prints that one
line and exits with `exit_code`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from evidence.messages import say


class EvidenceError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 2

    @property
    def sentence(self) -> str:
        """What it says as it was given: a sentence that can be said in other languages stays one.

        >>> EvidenceError("no effect was given").sentence
        'no effect was given'
        """
        said = self.args[0] if self.args else ""
        return said if isinstance(said, str) else str(self)


class RecordError(EvidenceError):
    """A record from outside cannot be used: `source`, `row` and `field` say which."""

    def __init__(
        self, message: str, *, source: str = "", row: int | None = None, field: str = ""
    ) -> None:
        self.source, self.row, self.field = source, row, field
        where = ":".join(str(part) for part in (source, row, field) if part not in ("", None))
        super().__init__(f"{where}: {message}" if where else message)


class EffectError(EvidenceError):
    """An effect cannot be computed: `study`, `measure` and what is `missing`."""

    def __init__(
        self, message: str, *, study: str = "", measure: str = "", missing: Iterable[str] = ()
    ) -> None:
        self.study, self.measure, self.missing = study, measure, tuple(missing)
        super().__init__(
            say("{study}: {message}", study=study, message=message) if study else message
        )


class SynthesisError(EvidenceError):
    """Effects cannot be pooled as asked."""


class ConvergenceError(SynthesisError):
    """An iteration did not settle; the message says what to try instead."""


class OptionError(EvidenceError, ValueError):
    """An option has a value that is not one of those allowed."""

    def __init__(self, option: str, value: object, allowed: Iterable[object]) -> None:
        self.option, self.value, self.allowed = option, value, tuple(allowed)
        names = [str(name) for name in self.allowed]
        near = get_close_matches(str(value), names, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"{option}={value!r} is not one of {', '.join(names)}.{hint}")


class MissingPieceError(EvidenceError):
    """An optional package is not installed; names the package."""

    exit_code = 3

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        self.purpose, self.package, self.extra = purpose, package, extra
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed. "
            f"Install it with: pip install 'claims-evidence[{extra}]'"
        )
