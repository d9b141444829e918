"""Widgets in the explorer's form: a name before, a tooltip behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

import ipywidgets as widgets

_Kind = TypeVar("_Kind", bound=widgets.Widget)


def named(kind: type[_Kind], name: str, tip: str, **settings: Any) -> _Kind:
    """A control as wide as there is space, with its name to the left.

    Parameters
    ----------
    kind : type
        Class of the widget.
    name, tip : str
    **settings
        Of that class.

    Returns
    -------
    ipywidgets.Widget
    """
    layout, style = {"width": "auto"}, {"description_width": "76px"}
    return kind(description=name, tooltip=tip, layout=layout, style=style, **settings)


def buttons(
    name: str, tip: str, options: Mapping[str, str], wanted: str, label: Callable[[str], str] = str
) -> widgets.ToggleButtons:
    """One button an option; each has its own tooltip beside that of the whole.

    Parameters
    ----------
    name, tip : str
    options : dict of str to str
        Value -> tooltip.
    wanted : str
        Value to begin with; the last one if it is not offered.
    label : callable
        Makes the words on a button from its value.

    Returns
    -------
    ipywidgets.ToggleButtons
    """
    return widgets.ToggleButtons(
        description=name,
        tooltip=tip,
        options=[(label(value), value) for value in options],
        tooltips=list(options.values()),
        value=wanted if wanted in options else list(options)[-1],
        style={"description_width": "70px", "button_width": "auto"},
    )


def value_slider(name: str, tip: str, first: object, label: str, values: Sequence[float]) -> widgets.SelectionSlider:
    """A slider over fixed values; a first value that is none of these comes before them under its own name.

    Parameters
    ----------
    name, tip : str
    first : object
        Value to begin with.
    label : str
        Format of a value beside the slider, such as "{} km".
    values : sequence of float

    Returns
    -------
    ipywidgets.SelectionSlider
    """
    options: list[tuple[str, object]] = [(label.format(value), value) for value in values]
    if first not in values:
        options.insert(0, (str(first), first))
    return named(widgets.SelectionSlider, name, tip, options=options, value=first)


def slider_values(slider: widgets.SelectionSlider | widgets.IntSlider) -> list[Any]:
    """The values of a slider, in their order."""
    if isinstance(slider, widgets.IntSlider):
        return list(range(slider.min, slider.max + 1))
    return [value for _, value in slider.options]


def explained(tip: str) -> widgets.HTML:
    """A sign to point at."""
    return widgets.HTML(f'<span title="{escape(tip)}" role="note" aria-label="{escape(tip)}">ⓘ</span>')


def row(controls: Iterable[widgets.Widget]) -> widgets.HBox:
    """Controls beside one another, in as many lines as they need."""
    return widgets.HBox(list(controls), layout={"flex_flow": "row wrap", "grid_gap": "2px 14px"})


def grid(controls: Iterable[widgets.Widget]) -> widgets.GridBox:
    """Controls in as many columns as there is space for."""
    columns = {"grid_template_columns": "repeat(auto-fit, minmax(290px, 1fr))", "grid_gap": "2px 12px"}
    return widgets.GridBox(list(controls), layout=columns | {"width": "100%"})
