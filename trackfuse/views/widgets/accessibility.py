"""Names for screen readers of the widgets that ipywidgets leaves without one."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from trackfuse.core.language import translate


class Accessibility(anywidget.AnyWidget):
    """A hidden widget that names the sliders, pressed buttons and the picture of its box for screen readers.

    Attributes
    ----------
    clock : dict of str to str
        Icon of a button of a clock -> what the button does.
    alt : str
        What the picture shows, in words.
    impossible : dict of str to dict of str to str
        Name of a control -> words of a button of it that cannot be pressed now -> why.
    lang : str
        Code of the language of its words: for screen readers, and for where lines break.
    """

    _esm = Path(__file__).with_name("accessibility.js")
    clock = traitlets.Dict({}).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    impossible = traitlets.Dict({}).tag(sync=True)
    lang = traitlets.Unicode("en").tag(sync=True)


def clock_words() -> dict[str, str]:
    """What the buttons of a clock do, by their icon."""
    return {
        "fa-play": translate("Play"), "fa-pause": translate("Pause"), "fa-stop": translate("Stop"),
        "fa-repeat": translate("Repeat"),
    }  # fmt: skip


def accessible_box(accessibility: Accessibility, parts: list[widgets.Widget]) -> widgets.VBox:
    """Widgets below one another, with their names for screen readers.

    Parameters
    ----------
    accessibility : Accessibility
    parts : list of ipywidgets.Widget

    Returns
    -------
    ipywidgets.VBox
    """
    box = widgets.VBox([*parts, accessibility])
    box.add_class("trackfuse-face")
    return box


def mimebundle(widget: widgets.Widget, how: dict[str, Any], picture: widgets.Image | None = None) -> Any:
    """What a notebook shows of a widget, for objects that are shown as one.

    Parameters
    ----------
    widget : ipywidgets.Widget
    how : dict
        What IPython asks for.
    picture : ipywidgets.Image, optional
        A JPEG that stands for the widget where none can live, such as on a page made of the notebook.

    Returns
    -------
    dict or None
        By media type.
    """
    bundle = widget._repr_mimebundle_(**how)  # pyright: ignore[reportPrivateUsage]  # IPython's name for it
    if picture is None or not bundle:
        return bundle
    return bundle | {"image/jpeg": b64encode(picture.value).decode()}
