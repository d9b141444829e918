"""One look for every figure: sizes, colours, captions, and files that are the same to the byte.

Nations and policies differ in colour, in brightness and in line style, so that a figure survives colour blindness and a
grey printer. Colours after Okabe & Ito (2008), Color Universal Design.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from trackfuse.catalog.catalog import data_hash, local_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import NATION_NAMES
from trackfuse.core.errors import SettingsError, check_known
from trackfuse.core.language import joined, language, message, stopped, translate
from trackfuse.core.version import __version__
from trackfuse.sharing import Policy
from trackfuse.simulation.provenance import made_with
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.fonts import FONTS, drawable, wrapped

INK, MUTED, FAINT = "#1a1a1a", "#5c6670", "#c9d1d9"
SEA, LAND = "#eaf1f6", "#f7f3ea"
BURNING = "#c4262e"

PAGE_IN, COLUMN_IN = 180.0 / 25.4, 88.0 / 25.4
"""Width of a figure on paper, inches: that of a page's two columns, 180 mm, or of one column, 88 mm."""

_TICKS = {
    "color": MUTED,
    "labelcolor": INK,
    "labelsize": 6.0,
    "major.pad": 2.6,
    "major.size": 2.6,
    "major.width": 0.6,
    "minor.size": 1.5,
    "minor.width": 0.45,
}
RC: Any = {f"{axis}tick.{name}": value for axis in "xy" for name, value in _TICKS.items()} | {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelpad": 3.0,
    "axes.labelsize": 6.3,
    "axes.linewidth": 0.45,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.4,
    "axes.titlesize": 7.0,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": list(FONTS),
    "font.size": 6.3,
    "text.parse_math": False,  # a dollar in a name is a letter
    "grid.color": "#e4e8ec",
    "grid.linewidth": 0.35,
    "hatch.linewidth": 0.75,
    "legend.fontsize": 5.5,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.1,
    "lines.markeredgewidth": 0.75,
    "lines.markersize": 4.4,
    "patch.linewidth": 0.75,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "trackfuse",
    "text.hinting": "none",
    "text.color": INK,
}
"""Matplotlib settings of every figure: fonts embedded in PDF, drawn as paths in SVG, as wide in every format."""

_CANVASES: dict[str, Any] = {"png": FigureCanvasAgg, "svg": FigureCanvasSVG, "pdf": FigureCanvasPdf}
UNDATED: dict[str, Any] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "trackfuse"},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": "trackfuse", "Producer": None},
}
"""What files say of their making: nothing that differs from day to day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one nation or policy is drawn.

    Parameters
    ----------
    label : str
    color, line, marker : str
        In matplotlib's words. Each of the three tells them apart without the others.
    ink : str
        The colour darkened, for words on white (contrast of 5 to 1 or more).
    """

    label: str
    color: str
    ink: str
    line: str | tuple[float, tuple[float, ...]]
    marker: str


NATIONS = {
    "JPN": Look(label=NATION_NAMES["JPN"], color="#0072b2", ink="#005a8e", line="-", marker="o"),
    "ROK": Look(label=NATION_NAMES["ROK"], color="#d98b00", ink="#8f5d00", line=(0, (5, 1.6)), marker="s"),
    "USA": Look(label=NATION_NAMES["USA"], color="#222222", ink="#222222", line=(0, (5, 1.4, 1, 1.4)), marker="^"),
}
_FURTHER = (
    Look(label="", color="#009e73", ink="#00674b", line=(0, (1.4, 1.0)), marker="P"),
    Look(label="", color="#cc79a7", ink="#8f3f6b", line=(0, (7, 2)), marker="<"),
    Look(label="", color="#7ac7f0", ink="#1b6a99", line=(0, (3, 1, 1, 1, 1, 1)), marker="p"),
    Look(label="", color="#8c4a2f", ink="#6d3720", line=(0, (7, 2, 1, 2)), marker=">"),
    Look(label="", color="#4b2a7b", ink="#4b2a7b", line=(0, (1, 2.4)), marker="H"),
)
"""Of nations that are not in NATIONS, in the order in which they come; beyond the last, from the first again."""
POLICIES = {
    "national": Look(label=message("National only"), color="#a0a0a0", ink="#666666", line=(0, (1, 1.2)), marker="v"),
    "bilateral": Look(
        label=message("Bilateral (Nov 2023)"), color="#d98b00", ink="#8f5d00", line=(0, (5, 1.6)), marker="s"
    ),
    "trilateral": Look(label=message("Trilateral (Dec 2023)"), color="#0072b2", ink="#005a8e", line="-", marker="o"),
    "mesh": Look(label=message("Mesh"), color="#009e73", ink="#00674b", line=(0, (5, 1.4, 1, 1.4)), marker="D"),
    "ideal": Look(label=message("Ideal"), color="#222222", ink="#222222", line=(0, (2, 1)), marker="*"),
}
_OTHER = (("#56b4e9", "#1b6a99"), ("#cc79a7", "#8f3f6b"), ("#8c564b", "#6d3f36"), ("#6a51a3", "#4d3a7a"))
LINES = (
    ("#0072b2", "-"),
    ("#d55e00", (0, (5, 1.6))),
    ("#222222", (0, (5, 1.4, 1, 1.4))),
    ("#009e73", (0, (1.4, 1.0))),
    ("#cc79a7", (0, (7, 2))),
    ("#8a6d00", (0, (3, 1, 1, 1, 1, 1))),
    ("#6a51a3", (0, (9, 1.5))),
)
"""Colours and lines of what is neither a nation nor a policy: sensors, heights, missiles."""


def nation_looks(codes: Iterable[str]) -> dict[str, Look]:
    """Look of each nation; one that this package does not know has its code for a label, and the next further colour.

    Parameters
    ----------
    codes : iterable of str
        Nations in order, those of `Scenario.nations` first, so that one has the same colour in every figure.

    Returns
    -------
    dict of str to Look
        In the order given, each once.
    """
    further = cycle(_FURTHER)
    known = {code: _labelled(look) for code, look in NATIONS.items()}
    return {code: known.get(code) or replace(next(further), label=code) for code in dict.fromkeys(codes)}


def _labelled(look: Look) -> Look:
    """A look of this package with its label in the language of now."""
    return look if language() == "en" else replace(look, label=translate(look.label))


def looks_in(scenario: Scenario) -> dict[str, Look]:
    """Look of every nation in a scenario: of those that have a centre, then of those of other sensors and places.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to Look
    """
    owned = (*scenario.sensors, *scenario.places)
    return nation_looks((*scenario.nations, *(each.nation for each in owned)))


def policy_look(name: str, order: int = 0) -> Look:
    """Look of a policy; one of a user's own gets a colour by its order.

    Parameters
    ----------
    name : str
    order : int
        Which of the unknown policies this is.

    Returns
    -------
    Look
    """
    color, ink = _OTHER[order % len(_OTHER)]
    if name in POLICIES:
        return _labelled(POLICIES[name])
    return Look(label=name, color=color, ink=ink, line=(0, (3, 1, 1, 1, 1, 1)), marker="X")


def policy_label(policy: Policy) -> str:
    """What a policy is called in a figure, with what was changed of its exchange.

    Parameters
    ----------
    policy : Policy

    Returns
    -------
    str
        Such as "Trilateral (Dec 2023), 30 s, track".
    """
    changed = [
        f"{policy.latency_s:g} s" if policy.latency_s is not None else "",
        translate("loss {share}").format(share=f"{policy.loss:.0%}") if policy.loss is not None else "",
        translate(policy.payload) if policy.payload else "",
    ]
    return translate(", ").join([policy_look(policy.name).label, *filter(None, changed)])


def place_label(name: str) -> str:
    """A place as figures name it: without what is in brackets, its own language's name beside the English one; to
    readers of that language by that name alone.

    Parameters
    ----------
    name : str
        As in data/places.csv, or of a user's own.

    Returns
    -------
    str
        Such as "Aomori 青森"; the name alone where no other is known.
    """
    local = local_names(language()).get(name)
    return drawable(local or f"{name.split(' (')[0]} {local_names().get(name, '')}".rstrip())


def place_name(name: str) -> str:
    """A place as tables name it: as in data/places.csv; to readers of its own language by that language's name."""
    return drawable(local_names(language()).get(name, name))


def sheet(
    draw: Callable[[Figure], None],
    height_in: float,
    *,
    width_in: float = PAGE_IN,
    caption: str = "",
    dpi: float = 160.0,
) -> Figure:
    """Make a figure: draw on it in the house style, then set its caption below.

    Parameters
    ----------
    draw : callable
        Takes the empty figure and draws.
    height_in, width_in : float
        Height and width on paper, inches.
    caption : str
        What was assumed and where the numbers come from; wrapped to the width.
    dpi : float
        Dots per inch on screen.

    Returns
    -------
    matplotlib.figure.Figure
        Belongs to no window; a notebook shows it as a picture.
    """
    with drawing(RC):
        arranged = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.037)
        figure = Figure(figsize=(width_in, height_in), dpi=dpi, layout=arranged)
        draw(figure)
        if caption:
            write_caption(figure, caption)
        for _ in range(2):  # the first pass moves what the second measures
            arranged.execute(figure)
        figure.set_layout_engine("none")  # arranged once, not again for every format
    # A notebook asks for the picture by this name; pyplot, which would hold every figure open, is not needed.
    figure._repr_png_ = partial(png, figure)  # pyright: ignore[reportAttributeAccessIssue]
    return figure


def cite(*said: str) -> str:
    """Caption of a figure that no run stands behind: what is said of it, then version and data.

    Parameters
    ----------
    *said : str
        Whole sentences.

    Returns
    -------
    str
    """
    return joined([*said, stopped(made_with(__version__, data_hash()))])


def write_caption(figure: Figure, text: str, *, points: float = 5.2) -> None:
    """Write a caption along the bottom edge, in room that the layout keeps free for it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    text : str
    points : float
        Size of type.
    """
    lines = wrapped(text, 0.95 * 72.0 * figure.get_figwidth(), points)
    figure.supxlabel(lines, x=0.008, ha="left", fontsize=points, color=MUTED, linespacing=1.35)


def encoded(figure: Figure, kind: str, dpi: float | None = None) -> bytes:
    """The figure as a file, the same bytes for the same figure: without a date and the name of a machine.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    kind : {"png", "svg", "pdf"}
    dpi : float, optional
        Dots per inch; default the figure's own.

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    canvas, dots = figure.canvas, figure.dpi
    try:
        with drawing(RC):
            figure.dpi = dpi or dots
            # As `savefig` does, which draws everything once more beforehand and throws that away.
            getattr(_CANVASES[kind](figure), f"print_{kind}")(buffer, metadata=UNDATED[kind])
    finally:
        figure.dpi = dots
        figure.set_canvas(canvas)
    return buffer.getvalue()


def png(figure: Figure, dpi: float | None = None) -> bytes:
    """The figure as a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float, optional
        Dots per inch; default the figure's own.

    Returns
    -------
    bytes
    """
    return encoded(figure, "png", dpi)


def save(
    figure: Figure, stem: str | Path, formats: Iterable[str] = ("png", "svg", "pdf"), dpi: float = 300.0
) -> list[Path]:
    """Write a figure in several formats; the same figure gives the same bytes, without a date.

    Figures of this package are drawn as wide as a page or a column of a paper, 180 or 88 mm; their letters are 5 points
    high or more.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    stem : str or Path
        Path without the ending; its folder is made. With the ending of one of the formats that one is written alone.
    formats : iterable of str
        Of "png", "svg", "pdf".
    dpi : float
        Dots per inch of the PNG.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    SettingsError
        If a format is none of these.
    """
    place = Path(stem)
    if (ending := place.suffix.lower().lstrip(".")) in _CANVASES:
        place, formats = place.with_suffix(""), (ending,)
    formats = (formats,) if isinstance(formats, str) else tuple(formats)
    for kind in formats:
        check_known(SettingsError, "format of a figure", kind, _CANVASES, where="save")
    place.parent.mkdir(parents=True, exist_ok=True)
    paths = {kind: place.with_name(f"{place.name}.{kind}") for kind in formats}
    for kind, path in paths.items():
        path.write_bytes(encoded(figure, kind, dpi))
    return list(paths.values())
