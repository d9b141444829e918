"""Widgets in the explorer's form: a name before, a tooltip behind."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets as widgets


def room(width: str) -> dict[str, Any]:
    """Layout and style of a control that takes so much width, its name to the left."""
    return {"layout": widgets.Layout(width=width), "style": {"description_width": "76px"}}


def buttons(name: str, tip: str, options: Mapping[str, tuple[str, str]], wanted: str) -> widgets.ToggleButtons:
    """One button an option; each has its own tooltip beside that of the whole.

    Parameters
    ----------
    name, tip : str
    options : dict of str to (str, str)
        Words on the button -> value and tooltip.
    wanted : str
        Value to begin with; the last one if it is not offered.

    Returns
    -------
    ipywidgets.ToggleButtons
    """
    values = [value for value, _ in options.values()]
    return widgets.ToggleButtons(
        description=name,
        tooltip=tip,
        options=[(words, value) for words, (value, _) in options.items()],
        tooltips=[why for _, why in options.values()],
        value=wanted if wanted in values else values[-1],
        style={"description_width": "70px", "button_width": "auto"},
    )


def steps(name: str, tip: str, first: object, options: Mapping[str, float]) -> widgets.SelectionSlider:
    """A slider over fixed values; one that is no number comes before them under its own name.

    Parameters
    ----------
    name, tip : str
    first : object
        Value to begin with.
    options : dict of str to float
        Words beside the slider -> value.

    Returns
    -------
    ipywidgets.SelectionSlider
    """
    values: list[tuple[str, object]] = [] if first in options.values() else [(str(first), first)]
    return widgets.SelectionSlider(
        description=name, tooltip=tip, options=[*values, *options.items()], value=first, **room("auto")
    )


def whole(name: str, tip: str, highest: int) -> widgets.IntSlider:
    """A slider over whole numbers from 0."""
    return widgets.IntSlider(description=name, tooltip=tip, value=0, min=0, max=highest, **room("auto"))


def along(slider: widgets.SelectionSlider | widgets.IntSlider) -> list[Any]:
    """The values of a slider, in their order."""
    if isinstance(slider, widgets.IntSlider):
        return list(range(slider.min, slider.max + 1))
    return [value for _, value in slider.options]


def between(name: str, tip: str, low: float, high: float, step: float, value: float) -> widgets.FloatSlider:
    """A slider over numbers, which answers when it is let go: each step may need a new flight."""
    return widgets.FloatSlider(description=name, tooltip=tip, min=low, max=high, step=step, value=value,
                               readout_format=".6g", **room("auto"))  # fmt: skip


def explained(tip: str) -> widgets.HTML:
    """A sign to point at."""
    return widgets.HTML(f'<span title="{escape(tip)}" role="note" aria-label="{escape(tip)}">ⓘ</span>')
