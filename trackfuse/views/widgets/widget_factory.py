"""Widgets in the explorer's form: a name before, a tooltip behind. What they are is declared in controls.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from html import escape
from importlib.resources import files
from typing import Any

import ipywidgets as widgets

from trackfuse.core.language import translate


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(files("trackfuse.views.widgets").joinpath("controls.toml").read_text(encoding="utf-8"))


def declared(name: str, **more: Any) -> Any:
    """A control as controls.toml declares it, in the language of now.

    Parameters
    ----------
    name : str
        Its name in the file, such as "latency_s" or "own.from_lat".
    **more
        Settings that depend on the launch; they replace those of the file.

    Returns
    -------
    ipywidgets.Widget
    """
    settings = _settings(name) | more
    return _KINDS[settings.pop("kind")](**settings)


def rename(control: Any, name: str, **more: Any) -> None:
    """Put the words of a control in the language of now; what is set stays.

    Parameters
    ----------
    control : ipywidgets.Widget
        As `declared` gave it.
    name : str
    **more
        As for `declared`.
    """
    again, value = declared(name, **more), getattr(control, "value", None)
    for words in ("description", "tooltip", "options", "tooltips"):
        if hasattr(control, words):
            setattr(control, words, getattr(again, words))
    if hasattr(control, "value"):
        control.value = value  # new options choose the first of them
    again.close()


def _settings(name: str) -> dict[str, Any]:
    settings = _declared()
    for part in name.split("."):
        settings = settings[part]
    return settings


def declared_names(group: str = "") -> list[str]:
    """Names of the controls in controls.toml, or of a group of them, in their order."""
    return list(_declared()[group] if group else _declared())


def declared_first(name: str) -> Any:
    """The value that controls.toml declares a control to begin with."""
    return _declared()[name]["first"]


def declared_options(name: str) -> dict[Any, str]:
    """Value -> tooltip of the buttons that controls.toml declares for a control."""
    return dict(_declared()[name]["options"])


def named(kind: type[widgets.Widget], *, name: str, tip: str, **settings: Any) -> Any:
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
    look = {"layout": {"width": "auto"}, "style": {"description_width": "100px"}}
    return kind(description=translate(name), tooltip=translate(tip), **look | settings)


def buttons(
    *, name: str, tip: str, options: Mapping[Any, str], first: Any, labels: Mapping[Any, str] | None = None
) -> widgets.ToggleButtons:
    """One button an option; each has its own tooltip, beside that of the control.

    Parameters
    ----------
    name, tip : str
    options : mapping of value to str
        Value -> tooltip.
    first : value
        Set at the start. Where it is not among the options it has a button of its own, before them: a control shows
        what holds, and never another value in silence.
    labels : mapping of value to str, optional
        Words on a button, where these are not the value itself.

    Returns
    -------
    ipywidgets.ToggleButtons
    """
    if first not in options:
        options = {first: translate("As the scenario has it: {first}.").format(first=first)} | dict(options)
    return widgets.ToggleButtons(
        description=translate(name),
        tooltip=translate(tip),
        options=[(translate((labels or {}).get(value, str(value))), value) for value in options],
        tooltips=[translate(meaning) for meaning in options.values()],
        value=first,
        style={"description_width": "100px", "button_width": "auto"},
    )


def _value_slider(*, label: str, values: Sequence[float], first: object, **settings: Any) -> widgets.SelectionSlider:
    """A slider over fixed values; a first value that is none of these comes before them under its own name."""
    options: list[tuple[str, object]] = [(translate(label).format(value), value) for value in values]
    if first not in values:
        options.insert(0, (translate(str(first)), first))
    return named(widgets.SelectionSlider, options=options, value=first, **settings)


def _plain(kind: type[widgets.Widget], *, name: str, tip: str, **settings: Any) -> Any:
    return kind(description=translate(name), tooltip=translate(tip), layout={"width": "auto"}, **settings)


_KINDS = {
    "buttons": buttons,
    "values": _value_slider,
    "integer": partial(named, widgets.IntSlider),
    # It answers when it is let go: each step may need a new flight.
    "number": partial(named, widgets.FloatSlider, readout_format=".6g", continuous_update=False),
    "list": partial(named, widgets.Dropdown),
    "switch": partial(_plain, widgets.Checkbox, value=True, indent=False),
    "button": partial(_plain, widgets.Button),
    "toggle": partial(_plain, widgets.ToggleButton, value=False),
    "text": partial(named, widgets.Text, value="", continuous_update=False),
}


def slider_values(slider: widgets.SelectionSlider | widgets.IntSlider) -> list[Any]:
    """The values of a slider, in their order."""
    if isinstance(slider, widgets.IntSlider):
        return list(range(slider.min, slider.max + 1))
    return [value for _, value in slider.options]


def explained(tip: str) -> widgets.HTML:
    """A sign that shows a tip when it is pointed at."""
    return widgets.HTML(explanation(tip))


def explanation(tip: str) -> str:
    """The HTML of that sign."""
    return f'<span title="{escape(tip)}" role="note" aria-label="{escape(tip)}">ⓘ</span>'


def row(controls: Iterable[widgets.Widget]) -> widgets.HBox:
    """Controls beside one another, in as many lines as they need."""
    return widgets.HBox(list(controls), layout={"flex_flow": "row wrap", "grid_gap": "2px 14px"})


def grid(controls: Iterable[widgets.Widget], *, least_px: int = 270) -> widgets.GridBox:
    """Controls in as many columns as there is space for, none narrower than `least_px`."""
    columns = {"grid_template_columns": f"repeat(auto-fit, minmax({least_px}px, 1fr))", "grid_gap": "2px 12px"}
    return widgets.GridBox(list(controls), layout=columns | {"width": "100%"})
