"""What a person reads of an explorer, a page or a figure, and the English words in it that are no names."""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape

import ipywidgets as widgets
from matplotlib.figure import Figure
from matplotlib.text import Text

from trackfuse.catalog.catalog import load_scenario, missile_names, scenario_names

_WORD = re.compile(r"[A-Za-z][A-Za-z]+")
_FREE = re.compile(r"(?:https?://|data/|saved/)[\w./]+|(?:データ|데이터)\s+[0-9a-f]{10}|\b\d+x\b")
_KEYS = "Page Up Down Enter Ctrl PNG SVG PDF CSV"
_AUTHORS = (
    "Blom Bar Shalom Li Kirubarajan Julier Uhlmann Durrant Whyte Fortmann Scheffe Campo Noack Chong Mallick Chen Segye"
)
_TERMS = "IMM EKF UKF GNN JPDA CI ICI TISA IRBM ICBM KN min km ms trackfuse Natural Earth"
_IDS = "full drawn published none nominal low high known"
NAMED = frozenset(f"{_KEYS} {_AUTHORS} {_TERMS} {_IDS}".split())
"""Keys, forms of files, authors, abbreviations, units, and the names of settings as code takes them."""


def names_in_data() -> frozenset[str]:
    """Words of the names of sensors, places, centres, missiles and policies."""
    scenarios = [load_scenario(name) for name in scenario_names()]
    named = [*scenario_names(), *missile_names()]
    for scenario in scenarios:
        named += [f"{sensor.name} {sensor.sensor_id}" for sensor in scenario.sensors]
        named += [place.name for place in scenario.places]
        named += [node.node_id for node in scenario.nodes] + [policy.name for policy in scenario.policies]
    return frozenset(word for name in named for word in _WORD.findall(name))


def english_in(texts: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
    """The words of Latin letters in some texts that are neither names, ids nor units, each with where it stands."""
    fine = NAMED | names_in_data() | frozenset(allowed)
    found = []
    for text in texts:
        words = [word for word in _WORD.findall(_FREE.sub(" ", text)) if word not in fine]
        found += [f"{word}: {text[:90]}" for word in words]
    return found


def texts_of_html(html: str) -> Iterator[str]:
    """Texts and titles of HTML, and the words that its script writes."""
    state = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)
    if state:
        yield from _strings(json.loads(state[1]))
    bare = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.S)
    yield from map(unescape, re.findall(r'(?:title|aria-label|alt)="([^"]*)"', bare))
    yield from (unescape(text).strip() for text in re.sub(r"<[^>]*>", "\n", bare).split("\n") if text.strip())


def _strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _strings(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, key)
    elif isinstance(value, str) and key != "track":  # an outline
        yield re.sub(r"\{\w+\}", " ", value)


def texts_of_figure(figure: Figure) -> list[str]:
    """Every text that is drawn on a figure."""
    return [str(text.get_text()) for text in figure.findobj(Text) if isinstance(text, Text) and text.get_visible()]


def texts_of_widgets(box: widgets.Widget) -> Iterator[str]:
    """Names, tips, buttons and contents of a widget and of all in it."""
    for name in ("description", "tooltip", "alt"):
        yield str(getattr(box, name, "") or "")
    if isinstance(box, widgets.HTML):
        yield from texts_of_html(box.value)
    yield from getattr(box, "tooltips", None) or ()
    for option in getattr(box, "options", ()):
        yield str(option[0] if isinstance(option, tuple) else option)
    for child in getattr(box, "children", ()):
        yield from texts_of_widgets(child)
