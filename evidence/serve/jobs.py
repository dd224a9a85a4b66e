"""Work that may take longer than a request: done in a thread of its own, kept in memory.

Nothing is written anywhere; what is kept ends with the program, or when newer work needs room.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Generic, TypeVar

from evidence.errors import EvidenceError

T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass(slots=True)
class Job(Generic[T]):
    """One piece of work: what it said last, and in the end its result or why there is none."""

    said: str = ""
    result: T | None = None
    refused: str = ""
    broken: BaseException | None = None
    done: Event = field(default_factory=Event)


class Jobs(Generic[T]):
    """The work of one server.

    Parameters
    ----------
    kept : int
        Pieces of work that are remembered; the oldest finished one goes first.
    at_once : int
        How many run at the same time; the others wait.

    Examples
    --------
    >>> jobs = Jobs()
    >>> key = jobs.start(lambda tell: 6 * 7)
    >>> jobs.wait(key, 10).result
    42
    >>> jobs.get("somebody else's") is None
    True
    """

    def __init__(self, *, kept: int = 8, at_once: int = 2) -> None:
        self._jobs: dict[str, Job[T]] = {}
        self._kept = kept
        self._lock = Lock()
        self._turn = BoundedSemaphore(at_once)

    def start(self, work: Callable[[Tell], T]) -> str | None:
        """Begin; the key under which it is found, or None when too much is waiting already."""
        job: Job[T] = Job()
        key = secrets.token_urlsafe(16)
        with self._lock:
            for old in [k for k, kept in self._jobs.items() if kept.done.is_set()]:
                if len(self._jobs) < self._kept:
                    break
                del self._jobs[old]
            if len(self._jobs) >= self._kept:
                return None
            self._jobs[key] = job
        Thread(target=self._run, args=(job, work), daemon=True).start()
        return key

    def get(self, key: str) -> Job[T] | None:
        """The work of a key, done or not."""
        with self._lock:
            return self._jobs.get(key)

    def wait(self, key: str, seconds: float) -> Job[T] | None:
        """The same, after it was done or the time was up."""
        job = self.get(key)
        if job is not None:
            job.done.wait(seconds)
        return job

    def _run(self, job: Job[T], work: Callable[[Tell], T]) -> None:
        def tell(line: str) -> None:
            job.said = line

        try:
            with self._turn:
                job.result = work(tell)
        except EvidenceError as error:
            job.refused = str(error)
        except BaseException as error:
            job.broken = error.with_traceback(None)  # which would keep the files alive
        finally:
            job.done.set()
