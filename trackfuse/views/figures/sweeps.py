"""Figures of sweeps: an answer against one field, over two, and which field moves it most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.errors import SettingsError, unknown
from trackfuse.studies.sweeps.sensitivity import answers
from trackfuse.studies.sweeps.sensitivity import sensitivity as indices_of
from trackfuse.views.figures.gainstable import WORDS
from trackfuse.views.style.style import NATIONS, place_label, policy_look, sheet

if TYPE_CHECKING:
    from trackfuse.studies.sweeps.study import Study

LOW, HIGH, BARE = "#4477aa", "#ee8866", "#555555"
"""Of the lower and the upper end of what is assumed, and of intervals."""
STEPS = (("#00224e", "-"), ("#4b6c9c", "--"), ("#8a8678", "-."), ("#b89f4f", ":"), ("#d9b400", "-"))
"""Colours and lines for the values of a field, dark to light."""
ASSUMED = "Sensor ranges and sectors, delays of links and people are press values or assumed where none is published."


def curves(
    study: Study,
    x: str,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str | None = None,
    baseline: str | None = None,
    by: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> Figure:
    """An answer against one field: a line a policy, or a line a value of another field.

    Parameters
    ----------
    study : Study
    x : str
        Dotted name of a field that was varied.
    whom : str
        A nation ("JPN"), a place by its name, or "target".
    metric : str
        Column of the rows.
    policy : str, optional
        Draw this one only; default all (the last with `by`).
    baseline : str, optional
        Draw the gain over this policy, with the 95 % interval of its median; by default the figure itself, with 5 to
        95 % of runs.
    by : str, optional
        Another field: a line a value.
    where : mapping, optional
        Values of further fields.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If something named is not in the study, or a field that was varied is left open.
    """
    others = [name for name in study.policies if name != baseline]
    drawn = [policy] if policy is not None else (others if by is None else others[-1:])
    points = _chosen(study, [x, *([by] if by else [])], where)
    order = _order(points[x])

    def draw(axes: Axes) -> None:
        for name in drawn:
            told = answers(study, metric, policy=name, whom=whom, baseline=baseline)
            for k, value in enumerate([None] if by is None else list(dict.fromkeys(points[by]))):
                part = points if by is None else points[points[by] == value]
                _line(axes, _positions(part[x], order), told.loc[part["point"]], name, by, value, k)
        _axis(axes, x, order)
        axes.set_ylabel(_words(metric, baseline))
        axes.legend(frameon=False)
        axes.set_title(f"{_what(metric, baseline)}, {_who(whom)}", loc="left")

    band = "95 % interval of the median" if baseline else "5 to 95 % of runs"
    return _sheet(study, draw, (7.6, 4.2), f"Line: median; shaded: {band}.", baseline)


def heatmap(
    study: Study,
    x: str,
    y: str,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = "bilateral",
    where: Mapping[str, Any] | None = None,
) -> Figure:
    """An answer over two fields, a number a cell.

    Parameters
    ----------
    study : Study
    x, y : str
        Dotted names of two fields that were varied.
    whom : str
        A nation ("JPN"), a place by its name, or "target": the place aimed at.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Draw the median gain over this policy; None for the figure itself.
    where : mapping, optional
        Values of further fields.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If something named is not in the study, or a field that was varied is left open.
    """
    points = _chosen(study, [x, y], where)
    told = answers(study, metric, policy=policy, whom=whom, baseline=baseline)["median"]
    across, up = _order(points[x]), _order(points[y])
    grid, flown = np.full((len(up), len(across)), np.nan), np.ones((len(up), len(across)), dtype=bool)
    for row in points.to_dict("records"):
        at = up.index(row[y]), across.index(row[x])
        grid[at], flown[at] = told[row["point"]], not row["not_flown"]
    size = max(5.0, 2.6 + 0.75 * len(across)), max(3.0, 1.9 + 0.42 * len(up))
    more = "Blank cells: never under one of the policies (–), or no such flight (×)."
    return _sheet(study, lambda axes: _cells(axes, grid, flown, (x, across), (y, up), metric, policy, baseline, whom),
                  size, more, baseline)  # fmt: skip


def tornado(
    study: Study,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = None,
    most: int = 12,
) -> Figure:
    """What each field alone does to an answer, the greatest first.

    Parameters
    ----------
    study : Study
        Of design "one_at_a_time".
    whom : str
        A nation ("JPN") or a place by its name.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Draw the median gain over this policy.
    most : int
        Fields drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the design is another, or something named is not in the study.
    """
    kind = study.manifest["design"]["kind"]
    if kind != "one_at_a_time":
        raise SettingsError(f"tornado: the sweep's design is {kind!r}; it needs design='one_at_a_time'")
    told = answers(study, metric, policy=policy, whom=whom, baseline=baseline)["median"].to_numpy()
    bars = {}
    for name in study.fields:
        rows = study.points[study.points["varied"] == name]
        ends = [(str(value), told[point] - told[0]) for point, value in zip(rows["point"], rows[name], strict=True)]
        ends = [end for end in ends if np.isfinite(end[1])]
        if ends:
            bars[name] = ends
    widest = sorted(bars, key=lambda name: -max(abs(change) for _, change in bars[name]))[:most]

    def draw(axes: Axes) -> None:
        for k, name in enumerate(widest):
            for n, (value, change) in enumerate(bars[name]):
                high = change > 0.0
                axes.barh(k, change, color=HIGH if n else LOW, height=0.7)
                if abs(change) > 0.0:
                    beside, side = ((3, 0), "left") if high else ((-3, 0), "right")
                    axes.annotate(value, (change, k), beside, textcoords="offset points", size=7, ha=side, va="center")
        axes.set_yticks(range(len(widest)), widest)
        axes.invert_yaxis()
        axes.axvline(0.0, color="black", lw=0.8)
        axes.margins(x=0.18)
        axes.set_xlabel(f"change of the median, {WORDS[metric][1]}")
        stands = f"{told[0]:.1f} {WORDS[metric][1]} as it stands"
        axes.set_title(f"{_what(metric, baseline)}, {_who(whom)}: {stands}", loc="left")

    return _sheet(study, draw, (7.6, 1.9 + 0.3 * len(widest)), f"Policy: {policy_look(policy).label}.", baseline)


def sensitivity(
    study: Study,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = None,
) -> Figure:
    """Sobol indices: the share of an answer's variance that each field accounts for, with 95 % intervals.

    Parameters
    ----------
    study : Study
        Of design "saltelli".
    whom : str
        A nation ("JPN") or a place by its name.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Of the median gain over this policy.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        As `tf.sensitivity` raises it.
    """
    table = indices_of(study, metric, policy=policy, whom=whom, baseline=baseline)

    def draw(axes: Axes) -> None:
        at = np.arange(len(table))
        for part, shift, color in (("first", -0.19, LOW), ("total", 0.19, HIGH)):
            words = {"first": "alone", "total": "with all that it does together with others"}[part]
            axes.barh(at + shift, table[part], 0.36, xerr=table[f"{part}_half_width"], color=color, label=words,
                      error_kw={"lw": 0.9, "ecolor": BARE})  # fmt: skip
        axes.set_yticks(at, table["field"])
        axes.invert_yaxis()
        axes.axvline(0.0, color="black", lw=0.8)
        axes.set_xlabel("share of the variance of the median")
        axes.legend(frameon=False, loc="lower right")
        axes.set_title(f"What moves it: {_what(metric, baseline)}, {_who(whom)}", loc="left")

    return _sheet(study, draw, (7.6, 1.9 + 0.5 * len(table)), f"Policy: {policy_look(policy).label}.", baseline)


# ---- parts ----------------------------------------------------------------------------------------------------------


def _sheet(
    study: Study, draw: Callable[[Axes], None], size: tuple[float, float], more: str, base: str | None
) -> Figure:
    over = f" Gain over {policy_look(base).label}, run by run on the same noise; positive is better." if base else ""
    caption = f"{more}{over} {study.caption()}. {ASSUMED}"
    return sheet(lambda figure: draw(figure.add_subplot()), size_in=size, caption=caption)


def _chosen(study: Study, fields: list[str], where: Mapping[str, Any] | None) -> pd.DataFrame:
    """The design points drawn: one for every combination of the fields."""
    for name in (*fields, *(where or {})):
        if name not in study.fields:
            raise SettingsError(f"{name!r}: {unknown('field in this sweep', name, study.fields)}")
    points = study.points
    for name, value in (where or {}).items():
        points = points[points[name] == value]
    if points.empty:
        raise SettingsError(f"where: no design point has {dict(where or {})}")
    if points.duplicated(fields).any():
        left = [name for name in study.fields if name not in fields and len(set(points[name])) > 1]
        raise SettingsError(f"where: {', '.join(map(repr, left))} was varied too; choose a value, as in where="
                            f"{{{left[0]!r}: {points[left[0]].iloc[0]!r}}}")  # fmt: skip
    return points


def _order(values: pd.Series) -> list[Any]:
    """Different values: numbers rising, words as they were given."""
    different = list(dict.fromkeys(values))
    return sorted(different) if pd.api.types.is_numeric_dtype(values) else different


def _positions(values: pd.Series, order: list[Any]) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float)
    return np.array([order.index(value) for value in values], dtype=float)


def _axis(axes: Axes, name: str, order: list[Any]) -> None:
    if isinstance(order[0], str):
        axes.set_xticks(range(len(order)), order)
    axes.set_xlabel(name)


def _line(axes: Axes, at: np.ndarray, told: pd.DataFrame, policy: str, by: str | None, value: Any, k: int) -> None:
    look = policy_look(policy)
    color, line, marker, label = look.color, look.line, look.marker, look.label
    if by is not None:
        color, line = STEPS[k % len(STEPS)]
        marker, label = "osD^v"[k % 5], f"{by} = {value}"
    rising = np.argsort(at)
    median, low, high = (told[end].to_numpy()[rising] for end in ("median", "low", "high"))
    axes.plot(at[rising], median, color=color, ls=line, marker=marker, ms=4.5, label=label)
    axes.fill_between(at[rising], low, high, color=color, alpha=0.13, lw=0.0)


def _cells(
    axes: Axes, grid: np.ndarray, flown: np.ndarray, across: tuple[str, list[Any]], up: tuple[str, list[Any]],
    metric: str, policy: str, baseline: str | None, whom: str,
) -> None:  # fmt: skip
    known_values = grid[np.isfinite(grid)] if np.isfinite(grid).any() else np.zeros(1)
    largest = max(float(np.abs(known_values).max()), 1e-9)
    low, high = (-largest, largest) if baseline else (float(known_values.min()), float(known_values.max()))
    image = axes.imshow(np.ma.masked_invalid(grid), origin="lower", aspect="auto", vmin=low, vmax=high,
                        cmap="RdBu" if baseline else "cividis")  # fmt: skip
    axes.figure.colorbar(image, ax=axes, label=_words(metric, baseline))
    middle = 0.5 * (low + high)
    for j, i in np.ndindex(grid.shape):
        known = np.isfinite(grid[j, i])
        dark = known and (abs(grid[j, i]) > 0.6 * largest if baseline else grid[j, i] < middle)
        text = f"{grid[j, i]:.0f}" if known else ("–" if flown[j, i] else "×")
        axes.text(i, j, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    for (name, values), ticks, axis in ((across, axes.set_xticks, "x"), (up, axes.set_yticks, "y")):
        labels = [_label(name, value) for value in values]
        long = axis == "x" and max(map(len, labels)) > 6
        ticks(range(len(values)), labels, **({"rotation": 30, "ha": "right"} if long else {}))
    axes.set_xlabel(across[0])
    axes.set_ylabel(up[0])
    axes.grid(False)
    axes.set_title(f"{_what(metric, baseline)}, {_who(whom)}: {policy_look(policy).label}", loc="left")


def _label(name: str, value: Any) -> str:
    if not isinstance(value, str):
        return f"{value:g}"
    return place_label(value) if name == "launch.target" else value


def _words(metric: str, baseline: str | None) -> str:
    words, unit = WORDS[metric]
    return f"gain in {words}, {unit}" if baseline else f"{words}, {unit}"


def _what(metric: str, baseline: str | None) -> str:
    words = WORDS[metric][0]
    return f"Gain in {words}" if baseline else words[0].upper() + words[1:]


def _who(whom: str) -> str:
    if whom == "target":
        return "the place aimed at"
    return NATIONS[whom].label if whom in NATIONS else place_label(whom)
