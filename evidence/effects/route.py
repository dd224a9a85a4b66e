"""Which way leads to an effect and its spread, from what is printed: a table, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.effects.effect import Label

Known = Literal[
    "effect", "n", "se", "ci", "sd_change", "p_exact", "p_threshold", "sds", "responders"
]
"""What a record may print. `sds` are those before and after; `responders` a share of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way: what it needs, what the spread is then called, and what is missing."""

    name: str
    needs: frozenset[Known]
    spread: Label
    reason: str = ""


def _route(name: str, needs: str, spread: Label, reason: str = "") -> Route:
    known: frozenset[Known] = frozenset(needs.split())  # type: ignore[arg-type]  # words of Known
    return Route(name=name, needs=known, spread=spread, reason=reason)


ROUTES: tuple[Route, ...] = (
    _route("responder_ci", "responders n", "derived"),
    _route("responders_alone", "responders", "refused", "n_missing"),
    _route("se_printed", "effect se", "reported"),
    _route("se_from_ci", "effect ci", "derived"),
    _route("se_from_sd", "effect sd_change n", "derived"),
    _route("se_from_exact_p", "effect p_exact n", "derived"),
    _route("se_limits_from_p", "effect p_threshold n", "bounded", "p_threshold"),
    _route("sd_change_from_r", "effect sds n", "imputed", "r_missing"),
    _route("prior_propagation", "effect n", "imputed", "sd_and_r_missing"),
    _route("nothing", "effect", "refused", "n_missing"),
)
"""Ways in order of preference; the first whose needs are met is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The way taken, and every other one that is open: they must agree within rounding."""

    effect: Literal["reported", "absent"]
    spread: Label
    reason: str
    route: str
    open: tuple[str, ...]


def recovery_route(known: set[Known]) -> Chosen:
    """The best way from what is printed to an effect with its spread.

    Parameters
    ----------
    known : set
        Names of what is printed.

    Returns
    -------
    Chosen
        The first row of `ROUTES` that applies, and all rows that do.

    Examples
    --------
    >>> recovery_route({"effect", "n", "p_threshold"}).spread
    'bounded'
    >>> recovery_route({"n"}).reason
    'no_effect'
    """
    fitting = [route for route in ROUTES if route.needs <= known]
    if not fitting:
        return Chosen(effect="absent", spread="refused", reason="no_effect", route="", open=())
    best = fitting[0]
    return Chosen(
        effect="reported",
        spread=best.spread,
        reason=best.reason,
        route=best.name,
        open=tuple(route.name for route in fitting if route.spread != "refused"),
    )
