"""Figures are the same to the byte, and tell nations and policies apart without colour."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font
from pypdf import PdfReader

from trackfuse.catalog.catalog import data_dir, local_names, places
from trackfuse.sharing import Policy
from trackfuse.views.style.style import (
    COLUMN_IN,
    NATIONS,
    PAGE_IN,
    POLICIES,
    Look,
    nation_looks,
    place_label,
    policy_label,
    policy_look,
    save,
    sheet,
)

FURTHER = nation_looks("VWXYZ")
"""Of nations that the package does not know: as many as there are further colours."""
SEEN_BY = {
    "everybody": np.eye(3),
    "protanopes": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopes": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopes": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""Linear sRGB as seen; Machado, Oliveira & Fernandes (2009), severity 1."""


def luminance(color: str) -> float:
    """Relative luminance of sRGB (ITU-R BT.709), 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lab(color: str, seen: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (1976, white D65) of a colour as somebody sees it."""
    rgb = np.array(to_rgb(color))
    linear = np.clip(seen @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4), 0.0, 1.0)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ linear / to_xyz.sum(axis=1))  # none is so dark that the cube root does not hold
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def make() -> Figure:
    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], label="a")
        axes.legend()
        axes.set_title("Nations")

    return sheet(draw, 2.5, width_in=COLUMN_IN, caption="what was assumed " * 20)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_same_figure_same_bytes(tmp_path: Path, kind: str) -> None:
    first, second = (save(make(), tmp_path / name, [kind])[0].read_bytes() for name in ("a", "b"))
    assert first == second


def test_files_carry_no_date_and_embed_fonts(tmp_path: Path) -> None:
    png, svg, pdf = (path.read_bytes() for path in save(make(), tmp_path / "figure"))
    assert png.startswith(b"\x89PNG")
    assert b"<dc:date>" not in svg and b"<text" not in svg  # letters are paths: no font is needed to see them
    assert b"CreationDate" not in pdf and b"/Type3" not in pdf and b"/FontFile2" in pdf


@pytest.mark.parametrize(("wide_in", "wide_mm"), [(PAGE_IN, 180.0), (COLUMN_IN, 88.0)])
def test_vector_figures_are_as_wide_as_a_page_or_a_column(tmp_path: Path, wide_in: float, wide_mm: float) -> None:
    figure = sheet(lambda figure: figure.add_subplot().set_title("Aomori"), 3.0, width_in=wide_in)
    svg, pdf = save(figure, tmp_path / "figure", ("svg", "pdf"))
    found = re.search(r'<svg[^>]* width="([0-9.]+)pt" height="([0-9.]+)pt"', svg.read_text(encoding="utf-8"))
    box = PdfReader(pdf).pages[0].mediabox
    assert found is not None
    for width, height in ((found[1], found[2]), (box.width, box.height)):
        assert float(width) * 25.4 / 72.0 == pytest.approx(wide_mm, abs=0.01)
        assert float(height) == pytest.approx(3.0 * 72.0, abs=0.01)


def test_names_in_japanese_and_korean_have_letters(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """Every letter of every local name is in the font that comes along: none is drawn as an empty box."""
    letters = set("".join(local_names().values()))
    for file in ("names.ttf", "names-bold.ttf"):
        assert all(get_font(str(data_dir() / "fonts" / file)).get_char_index(ord(letter)) for letter in letters)
    assert place_label("Aomori") == "Aomori 青森" and place_label("Osan (air base)") == "Osan 오산"
    assert place_label("Hilo") == "Hilo"
    figure = sheet(lambda figure: figure.add_subplot().set_title(place_label("Busan")), 2.0, width_in=COLUMN_IN)
    save(figure, tmp_path / "figure")
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_every_local_name_is_of_a_place_or_region() -> None:
    known = {name for place in places() for name in (place.name, place.region)}
    named = set(local_names())
    assert {place.name for place in places() if place.nation != "USA"} <= named
    assert len(named & known) >= 100 - len(named - known)


def test_caption_stays_on_the_sheet() -> None:
    figure = make()
    box = next(text for text in figure.texts if text.get_text().startswith("what")).get_window_extent()
    assert box.x0 >= 0.0 and box.y0 >= 0.0 and box.x1 <= figure.bbox.x1


@pytest.mark.parametrize(("a", "b"), list(combinations(NATIONS.values(), 2)))
def test_nations_differ_in_grey_in_line_and_in_sign(a: Look, b: Look) -> None:
    light, dark = sorted((luminance(a.color), luminance(b.color)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 1.5
    assert a.line != b.line and a.marker != b.marker


@pytest.mark.parametrize("seen", SEEN_BY.values(), ids=SEEN_BY)
def test_further_nations_are_told_apart_by_all(seen: np.ndarray) -> None:
    """Fifteen units of CIE L*a*b* apart, six times what can just be seen; and by line and sign without any colour."""
    looks = [*NATIONS.values(), *FURTHER.values()]
    apart = [np.linalg.norm(lab(a.color, seen) - lab(b.color, seen)) for a, b in combinations(looks, 2)]
    assert min(apart) > 15.0
    assert len({look.color for look in looks}) == len({look.line for look in looks}) == len(looks) == 8
    assert len({look.marker for look in looks}) == len(looks)


def test_policies_differ_in_sign_and_colour() -> None:
    assert len({look.marker for look in POLICIES.values()}) == len({look.color for look in POLICIES.values()}) == 5


@pytest.mark.parametrize(
    "look", [*NATIONS.values(), *FURTHER.values(), *POLICIES.values(), *(policy_look(str(i), i) for i in range(4))]
)
def test_words_are_readable_on_white(look: Look) -> None:
    assert 1.05 / (luminance(look.ink) + 0.05) >= 4.5  # WCAG 2.1, level AA


def test_a_changed_policy_says_what_was_changed() -> None:
    policy = Policy(name="trilateral", title="", meaning="", links=(), latency_s=30, loss=0.25, payload="track")
    assert policy_label(policy) == "Trilateral (Dec 2023), 30 s, loss 25%, track"
    assert policy_label(Policy(name="mine", title="", meaning="", links=())) == "mine"
