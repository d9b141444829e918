"""What a screen reader is told of the widgets that ipywidgets itself leaves nameless."""

from __future__ import annotations

from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets


class Accessibility(anywidget.AnyWidget):
    """Names sliders, pressed buttons and the picture of the box that it is in, for screen readers. It shows nothing.

    Attributes
    ----------
    alt : str
        What the picture shows, in words.
    """

    _esm = Path(__file__).with_name("accessibility.js")
    alt = traitlets.Unicode("").tag(sync=True)


def spoken_box(spoken: Accessibility, parts: list[widgets.Widget]) -> widgets.VBox:
    """Widgets below each other whose names a screen reader can say.

    Parameters
    ----------
    spoken : Accessibility
    parts : list of ipywidgets.Widget

    Returns
    -------
    ipywidgets.VBox
    """
    box = widgets.VBox([*parts, spoken])
    box.add_class("trackfuse-face")
    return box
