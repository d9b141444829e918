"""A figure that answers while a slider moves: what stands still is drawn once, what moves is drawn onto it."""

import io
from collections.abc import Callable, Iterable

import ipywidgets as widgets
import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from trackfuse.views.style.style import RC
from trackfuse.views.widgets.text_cache import Letters


class LiveFigure:
    """A matplotlib figure shown as a picture in a notebook, without any JavaScript of its own.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Its layout must be settled: nothing is rearranged while it lives.
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
        self._letters = Letters()
        self._standing: object | None = None
        self._moving: list[Artist] = []
        width, height = self._canvas.get_width_height()
        self.image = widgets.Image(
            format="jpeg", width=width, height=height, layout=widgets.Layout(max_width="100%", height="auto")
        )

    def redraw_standing(self) -> None:
        """Take away what moves, and draw what stands still anew at the next `show`."""
        self._remove_moving()
        self._standing = None

    def show(self, draw: Callable[[], Iterable[Artist]]) -> None:
        """Replace what moves, and send the picture.

        Parameters
        ----------
        draw : callable
            Adds artists to the figure and returns them.
        """
        self._remove_moving()
        with rc_context(RC):
            if self._standing is None:
                self._canvas.draw()
                self._standing = self._canvas.copy_from_bbox(self.figure.bbox)
            self._moving = sorted(draw(), key=lambda artist: artist.get_zorder())
            self._canvas.restore_region(self._standing)
            renderer = self._letters.onto(self._canvas.get_renderer())
            for artist in self._moving:
                artist.draw(renderer)
        buffer = io.BytesIO()
        self.picture().save(buffer, "jpeg", quality=self._quality, subsampling=0)
        self.image.value = buffer.getvalue()

    def picture(self) -> Image.Image:
        """What is shown, to the pixel."""
        return Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")

    def _remove_moving(self) -> None:
        for artist in self._moving:
            artist.remove()
        self._moving = []
