"""Designs: which points of the space spanned by `over` are flown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.special import ndtri

from trackfuse.catalog.sensors import ASSUMPTIONS
from trackfuse.core.errors import SettingsError, check_between, check_known, is_number, is_whole, shortened, unknown
from trackfuse.core.rng import generator
from trackfuse.studies.sweeps.assumed import names_of_assumed
from trackfuse.studies.sweeps.fields import Setting, assumed_interval, current_values

DESIGNS = ("grid", "one_at_a_time", "random", "lhs", "sobol", "saltelli")
"""All combinations; each field alone through its levels; samples: independent, Latin hypercube, Sobol's sequence; and
Saltelli's arrangement of the latter, from which Sobol indices are estimated."""
ASSUMED = "assumed"
MOST_POINTS = 1_000_000
_DISTRIBUTIONS = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "spread"),
    "triangular": ("low", "mode", "high"),
}
"""Distribution -> names of its parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One field and what it goes through.

    Parameters
    ----------
    name : str
        Dotted name.
    levels : tuple
        Values, where it is a list; empty for a distribution.
    distribution : str
        "" for a list.
    parameters : tuple of float
        Of the distribution, in the order of its definition.
    """

    name: str
    levels: tuple[Any, ...] = ()
    distribution: str = ""
    parameters: tuple[float, ...] = ()

    def at(self, u: float) -> Any:
        """The value below which the share u of the axis lies; of a list, the level on which u falls.

        Definition: the inverse of the axis's distribution function.
        """
        if self.levels:
            return self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)]
        return float(_quantile(self.distribution, self.parameters, u))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The points of a sweep.

    Parameters
    ----------
    kind : str
        One of `DESIGNS`.
    names : tuple of str
        Dotted names of the fields, in order.
    points : tuple of tuple
        Values by point and field; None where a field is left as the scenario has it.
    varied : tuple of str
        By point: the one field that differs from the first point, where `kind` is "one_at_a_time", else "".
    described : dict
        `over` as it was asked for, in plain words.
    """

    kind: str
    names: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    varied: tuple[str, ...]
    described: dict[str, Any]


def make_design(
    base: Setting, over: Mapping[str, Any] | str, *, kind: str | None, points: int | None, seed: int
) -> Design:
    """Lay out the points of a sweep.

    Parameters
    ----------
    base : Setting
        What is varied: gives intervals of what is assumed.
    over : mapping of str to list, range, dict or str, or "assumed"
        See `sweep`.
    kind : str, optional
        One of `DESIGNS`; default "one_at_a_time" for over="assumed", "lhs" if `points` is given, else "grid".
    points : int, optional
        Of a sampling design; for "sobol" and "saltelli" a power of two. "saltelli" flies (fields + 2) times as many.
    seed : int
        Of the samples.

    Returns
    -------
    Design

    Raises
    ------
    SettingsError
        If there is nothing to vary, or a description does not fit the design.
    """
    if isinstance(over, str):
        if over != ASSUMED:
            raise SettingsError(f"over: {over!r} is neither a table of fields nor {ASSUMED!r}")
        kind, over = kind or "one_at_a_time", dict.fromkeys(names_of_assumed(base.scenario), ASSUMED)
    if not over:
        raise SettingsError('over: nothing to vary; give fields and values such as {"policy.latency_s": [1, 5, 15]}')
    kind = kind or ("lhs" if points is not None else "grid")
    check_known(SettingsError, "design", kind, DESIGNS, where="design")
    sampled = kind not in DESIGNS[:2]
    axes = [_axis(base, name, given, sampled) for name, given in over.items()]
    if sampled:
        unit = _unit(kind, len(axes), _count(kind, points), seed)
        rows = tuple(tuple(axis.at(u) for axis, u in zip(axes, row, strict=True)) for row in unit)
        varied: tuple[str, ...] = ("",) * len(rows)
    elif points is not None:
        raise SettingsError(f"points: design {kind!r} has as many as its lists make; leave 'points' out")
    else:
        rows, varied = _grid(axes) if kind == "grid" else _one_at_a_time(base, axes)
    described = {name: _plain(given) for name, given in over.items()}
    names = tuple(axis.name for axis in axes)
    return Design(kind=kind, names=names, points=rows, varied=varied, described=described)


def grouped_design(base: Setting, groups: Mapping[str, Mapping[str, Any]], *, points: int, seed: int) -> Design:
    """Saltelli's arrangement over groups of fields; within a group every field has a sample of its own.

    Parameters
    ----------
    base : Setting
    groups : mapping of str to mapping
        Group -> `over` of its fields, as `sweep` takes it; a field is in one group alone.
    points : int
        N base points, a power of two.
    seed : int

    Returns
    -------
    Design
        N * (G + 2) points: base point by base point A, then for each of the G groups A with that group's fields of B,
        then B.

    Raises
    ------
    SettingsError
        If a field is in two groups, or a description does not fit.

    Notes
    -----
    Saltelli et al. 2010, Computer Physics Communications 181(2), 259-270, table 2; the samples are SALib's.
    """
    owners = {name: group for group, over in groups.items() for name in over}
    for group, over in groups.items():
        for name in over:
            if owners[name] != group:
                raise SettingsError(f"groups: {name!r} is in two of them, {group!r} and {owners[name]!r}")
    axes = {name: _axis(base, name, given, True) for over in groups.values() for name, given in over.items()}
    unit = _unit("saltelli", len(axes), _count("saltelli", points), seed, list(owners.values()))
    rows = tuple(tuple(axis.at(u) for axis, u in zip(axes.values(), row, strict=True)) for row in unit)
    described = {name: _plain(given) for over in groups.values() for name, given in over.items()}
    return Design(kind="saltelli", names=tuple(axes), points=rows, varied=("",) * len(rows), described=described)


# ---- axes -----------------------------------------------------------------------------------------------------------


def _axis(base: Setting, name: str, given: Any, sampled: bool) -> Axis:
    where = f"over {name!r}"
    given = _plain(given)
    if given == ASSUMED:
        if not sampled:
            return Axis(name=name, levels=ASSUMPTIONS)
        return Axis(name=name, distribution=ASSUMED, parameters=assumed_interval(base, name))
    if isinstance(given, dict):
        return _described(where, name, given, sampled)
    levels = tuple(given) if isinstance(given, list) else (given,)
    if not levels:
        raise SettingsError(f"{where}: an empty list; the design has no points")
    levels = tuple(tuple(level) if isinstance(level, list) else level for level in levels)
    return Axis(name=name, levels=levels)


def _described(where: str, name: str, given: dict[str, Any], sampled: bool) -> Axis:
    kind = given.get("distribution", "uniform")
    if kind not in _DISTRIBUTIONS:
        raise SettingsError(f"{where}: {unknown('distribution', str(kind), _DISTRIBUTIONS)}")
    wanted = _DISTRIBUTIONS[kind]
    for key in given:
        check_known(SettingsError, "setting", key, (*wanted, "distribution", "n"), where=where)
    for key in wanted:
        if not is_number(given.get(key)):
            raise SettingsError(f"{where}: {kind} needs a number {key!r}")
        check_between(SettingsError, f"{where} {key}", given[key], -1e12, 1e12)
    parameters = tuple(float(given[key]) for key in wanted)
    _check_distribution(where, kind, parameters)
    axis = Axis(name=name, distribution=kind, parameters=parameters)
    n = given.get("n")
    if sampled and n is not None:
        raise SettingsError(f"{where}: 'n' is for a grid; how many samples is asked for by 'points'")
    if sampled:
        return axis
    if not is_whole(n) or not 2 <= n <= MOST_POINTS:
        raise SettingsError(f"{where}: a grid needs a whole number 'n' of levels, 2 or more")
    shares = np.linspace(0.0, 1.0, n) if "uniform" in kind else (np.arange(n) + 0.5) / n
    return Axis(name=name, levels=tuple(axis.at(float(u)) for u in shares))


def _check_distribution(where: str, kind: str, p: tuple[float, ...]) -> None:
    if kind == "triangular" and not (p[0] <= p[1] <= p[2] and p[0] < p[2]):
        raise SettingsError(f"{where}: triangular needs low <= mode <= high")
    if "uniform" in kind and not p[0] < p[1]:
        raise SettingsError(f"{where}: {kind} needs low < high")
    if kind in ("loguniform", "lognormal") and p[0] <= 0.0:
        raise SettingsError(f"{where}: {kind} needs a positive {_DISTRIBUTIONS[kind][0]}")
    if kind in ("normal", "lognormal") and p[1] < 0.0:
        raise SettingsError(f"{where}: {kind} needs a {_DISTRIBUTIONS[kind][1]} of 0 or more")


def _quantile(kind: str, p: Sequence[float], u: float) -> float:
    if kind == "uniform":
        return p[0] + u * (p[1] - p[0])
    if kind == "loguniform":
        return p[0] * (p[1] / p[0]) ** u
    if kind == ASSUMED:  # half of it on either side of the nominal value
        return float(np.interp(u, (0.0, 0.5, 1.0), p))
    if kind == "triangular":
        low, mode, high = p
        rise = (mode - low) / (high - low)
        if u < rise:
            return low + math.sqrt(u * (high - low) * (mode - low))
        return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
    normal = float(ndtri(min(max(u, 1e-12), 1.0 - 1e-12)))
    return p[0] + p[1] * normal if kind == "normal" else p[0] * math.exp(p[1] * normal)


# ---- points ---------------------------------------------------------------------------------------------------------


def _grid(axes: list[Axis]) -> tuple[tuple[tuple[Any, ...], ...], tuple[str, ...]]:
    count = math.prod(len(axis.levels) for axis in axes)
    if count > MOST_POINTS:
        raise SettingsError(f"design: a grid of {count} points; at most {MOST_POINTS}")
    return tuple(product(*(axis.levels for axis in axes))), ("",) * count


def _one_at_a_time(base: Setting, axes: list[Axis]) -> tuple[tuple[tuple[Any, ...], ...], tuple[str, ...]]:
    """The scenario as it is, then every field alone through its other levels."""
    rows, varied = [(None,) * len(axes)], [""]
    for k, axis in enumerate(axes):
        if axis.name in ("launch.site", "launch.target"):
            raise SettingsError(f"over {axis.name!r}: design 'one_at_a_time' varies plain fields only")
        current = current_values(base, axis.name)
        for level in axis.levels:
            if level == "nominal" or (current and all(value == level for value in current)):
                continue
            rows.append(tuple(level if k == j else None for j in range(len(axes))))
            varied.append(axis.name)
    return tuple(rows), tuple(varied)


def _count(kind: str, points: int | None) -> int:
    if not is_whole(points) or not 1 <= points <= MOST_POINTS:
        given = shortened(points)
        raise SettingsError(f"points: {given}: design {kind!r} needs a whole number of points, 1 to {MOST_POINTS}")
    points = int(points)
    below = 1 << (points.bit_length() - 1)
    if kind in ("sobol", "saltelli") and points != below:
        raise SettingsError(f"points: {points} is not a power of two, which {kind!r} needs; {below} or {2 * below}")
    return points


def _unit(kind: str, fields: int, points: int, seed: int, groups: Sequence[str] | None = None) -> np.ndarray:
    """Points of the unit cube, ndarray of shape (rows, fields); of "saltelli" by the group of each field, if any."""
    rng = generator(seed, "sweep", kind)
    if kind == "random":
        return rng.random((points, fields))
    from scipy.stats import qmc

    own_seed = int(rng.integers(2**31))
    if kind == "lhs":
        return qmc.LatinHypercube(fields, rng=own_seed).random(points)
    if kind == "sobol":
        return qmc.Sobol(fields, rng=own_seed).random(points)
    from SALib.sample import sobol

    problem = {"num_vars": fields, "names": [str(k) for k in range(fields)], "bounds": [[0.0, 1.0]] * fields}
    grouped = {} if groups is None else {"groups": groups}
    return sobol.sample(problem | grouped, points, calc_second_order=False, seed=own_seed)


def _plain(value: Any) -> Any:
    """Arrays and scalars of numpy and pandas, ranges and tuples as plain values and lists."""
    if hasattr(value, "tolist"):  # numpy's arrays and scalars, pandas' Series and Index
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple, range)) else value
