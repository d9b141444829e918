"""Words that are drawn once and stamped from then on: of a live picture's time, most went into the same words again."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

KEPT = 2000
"""Words that are kept; when there are more, all are forgotten."""


class Letters:
    """What an artist draws itself onto, as `RendererAgg` is; only words come from what was drawn before.

    They are placed at whole pixels, where `RendererAgg` shifts them by fractions.
    """

    def __init__(self) -> None:
        self._below: Any = None
        self._kept: dict[tuple[Any, ...], tuple[np.ndarray, int, int]] = {}
        self._sizes: dict[tuple[Any, ...], tuple[float, float, float]] = {}

    def onto(self, below: RendererAgg) -> Any:
        """Draw onto this from now on.

        Parameters
        ----------
        below : matplotlib.backends.backend_agg.RendererAgg

        Returns
        -------
        Letters
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
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = self._drawn(gc, s, prop, angle, ismath)
        stamp, left, below = self._kept[key]
        if stamp.size:
            self._below.draw_image(gc, round(x) + left, self._below.height - round(y) - below, stamp)

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """As matplotlib's renderers have it; called by its texts."""
        key = (s, hash(prop), self._below.dpi, ismath)
        if key not in self._sizes:
            if len(self._sizes) >= KEPT:
                self._sizes.clear()
            self._sizes[key] = self._below.get_text_width_height_descent(s, prop, ismath)
        return self._sizes[key]

    def _drawn(self, gc: Any, s: str, prop: Any, angle: float, ismath: Any) -> tuple[np.ndarray, int, int]:
        """Words as an image, and where its lower left corner is from the start of their base line, pixels up."""
        wide, high, _ = self._below.get_text_width_height_descent(s, prop, ismath)
        turned = np.exp(1j * np.radians(angle))
        across, up = abs(turned.real), abs(turned.imag)
        half_wide, half_high = int(wide * across + high * up) + 4, int(wide * up + high * across) + 4
        sheet = RendererAgg(2 * half_wide, 2 * half_high, self._below.dpi)
        bare = sheet.new_gc()
        bare.copy_properties(gc)
        bare.set_clip_rectangle(None)
        bare.set_clip_path(None)
        sheet.draw_text(bare, half_wide, half_high, s, prop, angle, ismath)
        drawn = np.asarray(sheet.buffer_rgba())
        rows, columns = (np.flatnonzero(drawn[..., 3].any(axis=axis)) for axis in (1, 0))
        if rows.size == 0:
            return drawn[:0, :0], 0, 0
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        stamp = drawn[top:bottom, left:right][::-1].copy()  # images are drawn from the bottom up
        return stamp, int(left) - half_wide, int(bottom) - half_high
