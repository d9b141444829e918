"""What crosses the links of a live run, as a table that is filled while it runs."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

COUNTED = {"detections": "Detections", "tracks": "Tracks", "items": "Items", "launch_reports": "Launch word"}
"""Columns of `LiveRun.links` that count messages, and their heads."""
HEADS = ("Link", "From", "To", "Delay, s", *COUNTED.values(), "On the way", "")
STYLE = """<style>
.trackfuse-links { max-height: 292px; overflow: auto }
.trackfuse-links tr.off :is(td, th) { color: var(--jp-error-color0, #b71c1c); font-weight: 700 }
</style>"""


class LiveLinks:
    """A table with a line for each link: what it has brought, what is on its way, and whether it is cut.

    Attributes
    ----------
    box : ipywidgets.HTML
        What to display.
    """

    def __init__(self) -> None:
        self.box = widgets.HTML()

    def show(self, links: pd.DataFrame) -> None:
        """Fill the table with what `LiveRun.links` says."""
        lines = "".join(_line(link) for link in links.to_dict("records"))
        heads = "".join(f'<th scope="col"{_left(k)}>{head}</th>' for k, head in enumerate(HEADS))
        self.box.value = (
            f'{STYLE}<div class="trackfuse-links"><table class="trackfuse">'
            "<caption>What crosses the links: messages that each has brought first, so far</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
        )


def _line(link: dict[Any, Any]) -> str:
    texts = [link["source"], link["target"], f"{link['delay_s']:.3g}", *(link[column] for column in COUNTED)]
    off = "cut" if link["is_cut"] else link["stopped"] and f"{link['stopped']} stopped"
    texts += [link["on_the_way"], off]
    cells = "".join(f"<td{_left(k + 1)}>{escape(str(text))}</td>" for k, text in enumerate(texts))
    mark = ' class="off"' if off else ""
    return f'<tr{mark}><th scope="row">{escape(str(link["link"]))}</th>{cells}</tr>'


def _left(column: int) -> str:
    return ' class="names" style="text-align: left"' if HEADS[column] in ("Link", "From", "To", "") else ""
