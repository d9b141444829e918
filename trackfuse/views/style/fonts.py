"""The type of every figure: its letters, how long a line of it is, and words broken into lines."""

import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags

from trackfuse.catalog.catalog import data_dir

NAMES_FONT = "Trackfuse Names"
"""Has the Japanese and Korean letters of data/names.csv and of the catalogues, and nothing else; letters that it lacks
are DejaVu's.
"""
for _file in ("names.ttf", "names-bold.ttf"):
    fontManager.addfont(str(data_dir() / "fonts" / _file))
SYSTEM_FONTS = (
    "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans", "Hiragino Sans", "Yu Gothic", "Meiryo", "MS Gothic",
    "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "NanumGothic", "IPAexGothic", "IPAGothic",
    "Noto Serif CJK JP", "Noto Serif CJK KR", "WenQuanYi Zen Hei", "Arial Unicode MS",
)  # fmt: skip
"""What systems have for the Japanese and Korean letters of a user's own names."""
_INSTALLED = {font.name for font in fontManager.ttflist}
FONTS = ("DejaVu Sans", NAMES_FONT, *(name for name in SYSTEM_FONTS if name in _INSTALLED))
"""What letters are taken from, in this order."""


def drawable(text: str) -> str:
    """The text in letters that the fonts have: of others, kana and Hangul as they are read, the rest as its code.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The same text where the fonts have all of its letters. Otherwise a warning names what to install, once.
    """
    lacking = frozenset(letter for letter in text if not letter.isascii() and not _has(letter))
    if not lacking:
        return text
    _warn(lacking)
    return "".join(_read_out(letter) if letter in lacking else letter for letter in text)


@lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    fonts = (get_font(findfont(FontProperties(family=[name]))) for name in FONTS)
    return any(font.get_char_index(ord(letter)) for font in fonts)


@lru_cache(maxsize=64)
def _warn(lacking: frozenset[str]) -> None:
    shown = "".join(sorted(lacking)[:10])
    warnings.warn(f"no font here has {shown!r}; install a Japanese and Korean one, such as Noto Sans CJK", stacklevel=3)


def _read_out(letter: str) -> str:
    """A letter by how it is read where its name says it ("HANGUL SYLLABLE BAL"), else by its code ("U+98DB")."""
    name = unicodedata.name(letter, "")
    if name.startswith(("HANGUL SYLLABLE ", "HIRAGANA LETTER ", "KATAKANA LETTER ")):
        return name.rsplit(" ", 1)[1].lower()
    return f"U+{ord(letter):04X} "


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
    return _in_lines(drawable(text), lambda line: length_pt(line, points) <= room_points)


def filled(text: str, most: int) -> str:
    """Words in lines of so many columns; a letter of Japanese or Korean is two wide.

    Parameters
    ----------
    text : str
    most : int

    Returns
    -------
    str
        The text with line breaks.
    """
    if columns(text) == len(text):
        return textwrap.fill(text, most)
    return _in_lines(text, lambda line: columns(line) <= most)


_BRACKET = re.compile(r" (?=\()|(?=（)|(?<=[\uac00-\ud7a3])(?=\()")
"""Before what is in brackets at the end of a name, as English, Japanese and Korean write it."""


def in_two(name: str) -> str:
    """A name with what is in brackets on a line of its own."""
    return _BRACKET.sub("\n", name)


def bare(name: str) -> str:
    """A name without what is in brackets behind it."""
    return _BRACKET.split(name)[0]


def columns(text: str) -> int:
    """How many letters of English a text is as wide as: one of Japanese or Korean is as wide as two."""
    return sum(2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _in_lines(text: str, fits: Callable[[str], bool]) -> str:
    """Lines that fit, broken at spaces and, in Japanese, between letters."""
    lines = [""]
    for word in text.split():
        for k, part in enumerate(_parts(word)):
            longer = f"{lines[-1]}{'' if k else ' '}{part}".lstrip()
            if fits(longer):
                lines[-1] = longer
            else:
                lines.append(part)
    return "\n".join(lines[1:] if not lines[0] else lines)


_NOT_FIRST, _NOT_LAST = "、。，．・：；？！）」』】〉》〕ーっゃゅょッャュョァィゥェォ々%）,.:;)”’", "（「『【〈《〔(“‘"
"""Letters that begin no line, and those that end none (JIS X 4051)."""


def _parts(word: str) -> list[str]:
    """Where a word may be broken: between letters of Japanese, nowhere in Korean, which breaks at spaces."""
    parts = [""]
    for letter in word:
        before = parts[-1][-1:]
        free = _japanese(letter) or _japanese(before)
        if before and free and letter not in _NOT_FIRST and before not in _NOT_LAST:
            parts.append(letter)
        else:
            parts[-1] += letter
    return parts


def _japanese(letter: str) -> bool:
    return letter != "" and _wide(letter) and not unicodedata.name(letter, "").startswith("HANGUL")


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
    font = get_font(list(_files_of(weight)))
    font.set_size(points, 720.0)  # finely, so that rounding to pixels does not add up
    font.set_text(words, flags=LoadFlags.NO_HINTING)  # as figures are drawn
    return font.get_width_height()[0] / 640.0


@cache
def _files_of(weight: str) -> tuple[str, ...]:
    """The fonts' files, in the order in which a letter is looked for."""
    return tuple(findfont(FontProperties(family=[name], weight=weight)) for name in FONTS)
