"""A renderer that draws each text once and copies it after that: most of a live picture's time went into its texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

KEPT = 2000
"""Texts that are kept; when there are more, all are dropped."""

_Value = TypeVar("_Value")


class TextCache:
    """A renderer such as `RendererAgg`, which takes texts from those drawn before.

    Texts are placed at whole pixels, where `RendererAgg` shifts them by fractions.
    """

    def __init__(self) -> None:
        self._below: Any = None
        self._images: dict[tuple[Any, ...], tuple[np.ndarray, int, int]] = {}
        self._sizes: dict[tuple[Any, ...], tuple[float, float, float]] = {}

    def onto(self, below: RendererAgg) -> Any:
        """Draw onto this from now on.

        Parameters
        ----------
        below : matplotlib.backends.backend_agg.RendererAgg

        Returns
        -------
        TextCache
            Itself, which artists take for a renderer.
        """
        self._below = below
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """As matplotlib's renderers have it; called by its texts."""
        key = (s, hash(prop), self._below.dpi, gc.get_rgb(), gc.get_alpha(), angle, ismath)
        stamp, left, below = _kept(self._images, key, lambda: self._drawn(gc, s, prop, angle, ismath))
        if stamp.size:
            self._below.draw_image(gc, round(x) + left, self._below.height - round(y) - below, stamp)

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """As matplotlib's renderers have it; called by its texts."""
        key = (s, hash(prop), self._below.dpi, ismath)
        return _kept(self._sizes, key, lambda: self._below.get_text_width_height_descent(s, prop, ismath))

    def _drawn(self, gc: Any, s: str, prop: Any, angle: float, ismath: Any) -> tuple[np.ndarray, int, int]:
        """A text as an image, and its lower left corner relative to the start of the base line, pixels right and up."""
        width, height, _ = self._below.get_text_width_height_descent(s, prop, ismath)
        turned = np.exp(1j * np.radians(angle))
        across, up = abs(turned.real), abs(turned.imag)
        half_width, half_height = int(width * across + height * up) + 4, int(width * up + height * across) + 4
        sheet = RendererAgg(2 * half_width, 2 * half_height, self._below.dpi)
        bare = sheet.new_gc()
        bare.copy_properties(gc)
        bare.set_clip_rectangle(None)
        bare.set_clip_path(None)
        sheet.draw_text(bare, half_width, half_height, s, prop, angle, ismath)
        drawn = np.asarray(sheet.buffer_rgba())
        rows, columns = (np.flatnonzero(drawn[..., 3].any(axis=axis)) for axis in (1, 0))
        if rows.size == 0:
            return drawn[:0, :0], 0, 0
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        stamp = drawn[top:bottom, left:right][::-1].copy()  # images are drawn from the bottom up
        return stamp, int(left) - half_width, int(bottom) - half_height


def _kept(store: dict[tuple[Any, ...], _Value], key: tuple[Any, ...], make: Callable[[], _Value]) -> _Value:
    """The value of a key, made at the first request."""
    if key not in store:
        if len(store) >= KEPT:
            store.clear()
        store[key] = make()
    return store[key]
