"""The view of an explorer as a line of text that others can paste back, in the form of an address's query."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import ipywidgets as widgets

from trackfuse.core.errors import SettingsError, check_between, check_known
from trackfuse.core.plugins import ROLES, name_of
from trackfuse.views.widgets.controls import Controls
from trackfuse.views.widgets.widget_factory import slider_values

WHERE = "shared text"
ON, OFF = "on", "off"


def as_text(controls: Controls) -> str:
    """The view that is set.

    Parameters
    ----------
    controls : Controls

    Returns
    -------
    str
        Such as "launch=kn25_2023_02_20&policy=mesh&latency_s=60": the launch, the two policies, and what else is not as
        it was when the explorer was opened.
    """
    always = {name: controls.named[name] for name in ("launch", "policy", "against")}
    return urlencode({name: _written(name, control.value) for name, control in (always | controls.changed()).items()})


def values_of(controls: Controls, text: str) -> dict[str, Any]:
    """What a shared text sets, by name of the control; policies are checked when their launch is there.

    Parameters
    ----------
    controls : Controls
    text : str
        As `as_text` gives it; an address before # or ? and spaces around it do not matter.

    Returns
    -------
    dict
        In the order of `Controls.named`.

    Raises
    ------
    SettingsError
        If a part of it has no "=", or a name or a value is not known; the nearest is named.
    """
    query = text.strip().split("#")[-1].split("?")[-1]
    try:
        asked = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise SettingsError(f"{WHERE} {query[:60]!r}: not of the form name=value&name=value") from None
    for name in asked:
        check_known(SettingsError, "setting", name, controls.named, where=WHERE)
    return {name: value_of(name, controls.named[name], asked[name]) for name in controls.named if name in asked}


def value_of(name: str, control: Any, text: str) -> Any:
    """A value as a control takes it.

    Parameters
    ----------
    name : str
        Of the control.
    control : ipywidgets.Widget
    text : str

    Returns
    -------
    object

    Raises
    ------
    SettingsError
        If the control has no such value; of policies, whose names another launch may have, none is refused here.
    """
    where = f"{WHERE} {name}"
    if name in ("policy", "against"):
        return text
    if isinstance(control, widgets.Checkbox):
        check_known(SettingsError, "value", text, (ON, OFF), where=where)
        return text == ON
    if isinstance(control, widgets.FloatSlider | widgets.IntSlider):
        try:
            value = float(text) if isinstance(control, widgets.FloatSlider) else int(text)
        except ValueError:
            raise SettingsError(f"{where}: {text!r} is not a number") from None
        if name != "at_s":  # its end depends on the launch
            check_between(SettingsError, where, value, control.min, control.max)
        return value
    by_text = {_written(name, value): value for value in _values(control)}
    check_known(SettingsError, "value", text, by_text, where=where)
    return by_text[text]


def _values(control: Any) -> list[Any]:
    if isinstance(control, widgets.SelectionSlider):
        return slider_values(control)
    return [option[1] if isinstance(option, tuple) else option for option in control.options]


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return ON if value else OFF
    if isinstance(value, float):
        return f"{value:.6g}"
    return name_of(name, value) if name in ROLES and not isinstance(value, str) else str(value)
