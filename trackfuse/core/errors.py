"""Errors a person can act on: where, what was given, what is allowed, and the nearest valid name."""

import math
from collections.abc import Collection, Hashable, Iterable
from difflib import get_close_matches
from numbers import Integral, Real
from types import UnionType
from typing import Any, TypeGuard

MOST_NEAR = 4
"""So many names that begin as given are all offered; of more, the nearest by its letters."""


class TrackfuseError(ValueError):
    """Base of every error that trackfuse raises on purpose; the command line makes it one line and exit status 2."""


class DataError(TrackfuseError):
    """A data file is missing, malformed or contradicts itself."""


class ScenarioError(TrackfuseError):
    """A scenario names something unknown or holds an impossible value."""


class FlightError(TrackfuseError):
    """No flight of the class can meet what was asked."""


class NetworkError(TrackfuseError):
    """A sharing policy or link is inconsistent."""


class TrackingError(TrackfuseError):
    """A filter is asked for what it cannot take: numbers that are not finite, measurements that it has no model of."""


class SettingsError(TrackfuseError):
    """A filter, rule or run setting is out of range."""


class PluginError(TrackfuseError):
    """A part of a user's own fails in a run.

    Parameters
    ----------
    part : str
        Its role and name.
    node : int or str
        At which centre: its number, or its name where that is known; or in which run.
    t_s : float
        When in the run, s; nan if at no one instant.
    what : str
        What was wrong.
    """

    def __init__(self, part: str, node: int | str, t_s: float, what: str) -> None:
        super().__init__(part, node, t_s, what)  # in `args`, so that it can be passed between processes
        self.part, self.node, self.t_s, self.what = part, node, t_s, what

    def __str__(self) -> str:
        where = f"node {self.node}" if isinstance(self.node, int) else self.node
        when = f" at {self.t_s:.1f} s" if math.isfinite(self.t_s) else ""
        return f"{self.part} at {where}{when}: {self.what}"


def shortened(given: Any, most: int = 60) -> str:
    """A value as messages show it: what is longer than a line is cut."""
    if hasattr(given, "item") and not getattr(given, "shape", True):  # a number of numpy's, without its type
        given = given.item()
    try:
        shown = repr(given)
    except ValueError:  # Python refuses to write whole numbers of more than 4,300 digits
        return "a whole number of thousands of digits"
    return shown if len(shown) <= most else f"{shown[:most]}... ({len(shown)} letters)"


def is_kind(given: object, kind: type | UnionType) -> bool:
    """Whether a value that a user gave is of that class, whatever its annotation promises."""
    return isinstance(given, kind)


def is_whole(given: object) -> TypeGuard[int]:
    """Whether a value is a whole number, Python's or numpy's; True and False are none."""
    return not isinstance(given, bool) and isinstance(given, Integral)


def is_number(given: object) -> TypeGuard[float]:
    """Whether a value is a number, Python's or numpy's; True and False are none."""
    return not isinstance(given, bool) and isinstance(given, Real)


def unknown(kind: str, given: object, allowed: Iterable[str]) -> str:
    """Sentence for an unknown name, with the nearest valid one.

    Parameters
    ----------
    kind : str
        What the name should have named ("sensor", "policy").
    given : object
        The name as given; what is no text is none.
    allowed : iterable of str
        The valid names.

    Returns
    -------
    str
        "no sensor 'us-radr'; did you mean 'us-radar'?", with all names that begin as given where these are few, or the
        list of valid names when none is near.
    """
    names = [str(name) for name in allowed]
    near = _nearest(shortened(given).strip("'"), names)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"valid: {', '.join(names) or '(none)'}"
    return f"no {kind} {shortened(given)}; {hint}"


def _nearest(given: str, names: list[str]) -> list[str]:
    """The names that begin as given, up to `MOST_NEAR` of them; else the one with the fewest letters different."""
    lowered = {name.lower(): name for name in names}
    beginning = [name for low, name in lowered.items() if len(given) > 2 and low.startswith(given.lower())]
    if 0 < len(beginning) <= MOST_NEAR:
        return beginning
    # "hwasong12_2022" with a wrong day is nearer to the other Hwasong-12 than to a Hwasong-18 of that day.
    stem = given.lower().split("_")[0]
    of_kind = [low for low in lowered if "_" in given and low.startswith(f"{stem}_")]
    near = get_close_matches(given.lower(), of_kind or list(lowered), n=1, cutoff=0.5)
    return [lowered[name] for name in near]


def check_known(
    error: type[TrackfuseError], kind: str, given: object, allowed: Collection[str], *, where: str = ""
) -> None:
    """Raise `error`, with the nearest valid name, unless `given` is one of those allowed; see `unknown`."""
    if not isinstance(given, Hashable) or given not in allowed:
        raise error(f"{where}: {unknown(kind, given, allowed)}" if where else unknown(kind, given, allowed))


def check_between(
    error: type[TrackfuseError],
    where: str,
    value: float,
    low: float,
    high: float = math.inf,
    *,
    open_low: bool = False,
) -> None:
    """Raise `error` unless `value` is finite and lies in [low, high] (or (low, high] with `open_low`)."""
    try:
        inside = math.isfinite(value) and value <= high and (value > low if open_low else value >= low)
    except (TypeError, ValueError, OverflowError):  # no number, an array, a whole number beyond all others
        inside = False
    if not inside:
        bracket = "(" if open_low else "["
        upper = "inf)" if math.isinf(high) else f"{high:g}]"
        quoted = " (it is text: leave out the quotation marks)" if isinstance(value, str) else ""
        raise error(f"{where}: {shortened(value)} is not a finite number in {bracket}{low:g}, {upper}{quoted}")


def check_kind(error: type[TrackfuseError], where: str, value: object, kind: type, maker: str) -> None:
    """Raise `error` unless the value is of that class; `maker` names the function that gives one ("tf.compare")."""
    if not isinstance(value, kind):
        given = type(value).__name__
        raise error(f"{where}: takes a {kind.__name__}, not a {given}; give what {maker} returns")
