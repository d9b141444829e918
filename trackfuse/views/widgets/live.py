"""A figure that answers while a slider moves: the background is drawn once, what moves is drawn onto it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from trackfuse.simulation.run import Run
from trackfuse.views.figures import basemap
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.style import RC
from trackfuse.views.widgets.text_cache import TextCache


class LiveFigure:
    """A matplotlib figure shown as a picture in a notebook, without any JavaScript of its own.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Its layout must be final: nothing is rearranged while it lives.
    quality : int
        Of the JPEG that is sent, 1 to 95; colours are not subsampled, so that thin lines stay crisp.

    Attributes
    ----------
    image : ipywidgets.Image
        What to display.
    """

    def __init__(self, figure: Figure, *, quality: int = 88) -> None:
        self.figure = figure
        self._canvas = FigureCanvasAgg(figure)
        self._quality = quality
        self._texts = TextCache()
        self._background: object | None = None
        self._moving: list[Artist] = []
        width, height = self._canvas.get_width_height()
        layout = {"max_width": "100%", "height": "auto"}
        self.image = widgets.Image(format="jpeg", width=width, height=height, layout=layout)

    def redraw_background(self) -> None:
        """Remove what moves, and draw the background again at the next `show`."""
        self._remove_moving()
        self._background = None

    def show(self, draw: Callable[[], Iterable[Artist]]) -> None:
        """Replace what moves, and send the picture.

        Parameters
        ----------
        draw : callable
            Adds artists to the figure and returns them.
        """
        self._remove_moving()
        with drawing(RC):
            if self._background is None:
                self._canvas.draw()
                self._background = self._canvas.copy_from_bbox(self.figure.bbox)
            self._moving = sorted(draw(), key=lambda artist: artist.get_zorder())
            self._canvas.restore_region(self._background)
            renderer = self._texts.onto(self._canvas.get_renderer())
            for artist in self._moving:
                artist.draw(renderer)
        buffer = io.BytesIO()
        self.picture().save(buffer, "jpeg", quality=self._quality, subsampling=0)
        self.image.value = buffer.getvalue()

    def picture(self) -> Image.Image:
        """The picture that is shown, before it is compressed."""
        return Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")

    def _remove_moving(self) -> None:
        for artist in self._moving:
            artist.remove()
        self._moving = []


def draw_map_background(axes: Axes, run: Run) -> None:
    """Draw what does not move on a map of a run: ground, sensors, flight and places.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        At its final position: the part of the ground that is shown has its shape.
    run : Run
    """
    box = axes.get_window_extent()
    basemap.draw_ground(axes, basemap.extent(run.flight, box.width / box.height))
    basemap.draw_sensors(axes, run.scenario)
    basemap.draw_flight(axes, run.flight)
    basemap.draw_places(axes, run.scenario, run.prepared.arrival_s[0])


def add_legend(figure: Figure, signs: list[Artist], corner: tuple[float, float], columns: int) -> None:
    """Explain signs, in small type.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    signs : list of Artist
        Each with its label.
    corner : (float, float)
        Upper left corner as parts of the figure's width and height.
    columns : int
    """
    figure.legend(
        handles=signs,
        loc="upper left",
        bbox_to_anchor=corner,
        ncol=columns,
        borderaxespad=0.0,
        columnspacing=0.8,
        handletextpad=0.4,
        handlelength=1.6,
        fontsize=5.1,
    )
