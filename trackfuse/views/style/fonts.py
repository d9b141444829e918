"""The type of every figure: its letters, how long a line of it is, and words broken into lines."""

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags

from trackfuse.catalog.catalog import data_dir

NAMES_FONT = "Trackfuse Names"
"""Has the Japanese and Korean letters of data/names.csv, and nothing else; letters that it lacks are DejaVu's."""
for _file in ("names.ttf", "names-bold.ttf"):
    fontManager.addfont(str(data_dir() / "fonts" / _file))
FONTS = ("DejaVu Sans", NAMES_FONT)
"""What letters are taken from, in this order."""


def wrapped(text: str, room_points: float, points: float) -> str:
    """Words in lines that are as long as there is room for, by the width of each letter.

    Parameters
    ----------
    text : str
    room_points, points : float
        Length of a line and size of type.

    Returns
    -------
    str
        The text with line breaks.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if length_pt(longer, points) <= room_points:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def length_pt(words: str, points: float, *, weight: str = "normal") -> float:
    """How long a line of the house's type is.

    Parameters
    ----------
    words : str
    points : float
        Size of type.
    weight : {"normal", "bold"}

    Returns
    -------
    float
        Points.
    """
    font = get_font(_file_of(weight))
    font.set_size(points, 720.0)  # finely, so that rounding to pixels does not add up
    font.set_text(words, flags=LoadFlags.NO_HINTING)  # as figures are drawn
    return font.get_width_height()[0] / 640.0


@cache
def _file_of(weight: str) -> str:
    """The font's file."""
    return findfont(FontProperties(family=list(FONTS), weight=weight))
