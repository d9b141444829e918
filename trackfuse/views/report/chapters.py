"""What a report shows, drawn chapter by chapter: no function needs anything of the others, or of this process."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import joined, stopped, translate
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.answer import Answer
from trackfuse.studies.compare import STATUS_QUO, Comparison
from trackfuse.views.figures import plots
from trackfuse.views.figures.backtest import alerts_of, spread_of
from trackfuse.views.report.page import Picture
from trackfuse.views.style.style import save

ASKED = "trilateral"
"""The policy that the report is about."""
EXAMPLE = "hwasong12_2022_10_04"
"""Its sensors are those whose coverage is shown."""
SHOWN_PX, COLOURS = 1050, 40
"""Width of a picture on the page, and how many colours it needs: with more a page is too large to send."""
Drawn = tuple[str, str, str, Figure]
"""Name, title, caption, figure."""


def of_answer(folder: Path, answered: Answer) -> tuple[Picture, ...]:
    """The picture of the answer; like the functions below it writes the files to figures/ of the folder.

    Parameters
    ----------
    folder : Path
    answered : Answer

    Returns
    -------
    tuple of Picture
    """
    caption = translate("By kind of flight and by which ships are there: {answer}.").format(answer=answered.caption())
    title = translate("What sharing is worth to Japan")
    return _pictures(folder, [("answer", title, caption, plots.answer(answered))])


def of_launch(folder: Path, comparison: Comparison, seed: int) -> tuple[Picture, ...]:
    """The pictures of one launch.

    Parameters
    ----------
    folder : Path
    comparison : Comparison
    seed : int
        Of the one run that is shown.

    Returns
    -------
    tuple of Picture
    """
    name, title = comparison.scenario.name, translate(comparison.scenario.title)
    drawn = _of_launch(comparison.scenario, comparison, seed)
    return _pictures(folder, [
        (f"{name}_{kind}", head, joined([stopped(title), words]), figure) for kind, head, words, figure in drawn
    ])  # fmt: skip


def _of_launch(scenario: Scenario, comparison: Comparison, seed: int) -> list[Drawn]:
    run, base = (simulate(scenario, policy, seed=seed) for policy in (ASKED, STATUS_QUO))
    one = translate("One run (seed {seed}, run 0) under the trilateral and the bilateral policy.").format(seed=seed)
    many = translate("{runs} runs on the same noise (seed {seed}).").format(runs=comparison.runs, seed=seed)
    covers = translate("Where each nation's cued radars see a target of 1 m² at 100 km height in every second look.")
    knows = joined([one, translate("Map with tracks and predicted impact; time line by nation.")])
    precise = joined([one, translate("True error of each nation's track, what the track claims, and the bound.")])
    spread = joined([many, translate("Median and 5 to 95 % of the runs, by nation and by place.")])
    paired = translate("Paired gains over the bilateral policy with 95 % intervals, by nation and by place.")
    gained = joined([many, paired])
    pictures = [
        ("gains", translate("What each arrangement gains"), gained, plots.gains(comparison)),
        ("overview", translate("One run: who knew what, when"), knows, plots.overview(run, base)),
        ("policies", translate("Five arrangements"), spread, plots.policies(comparison)),
        ("coverage", translate("What the radars cover"), covers, plots.map(run, base)),
        ("accuracy", translate("One run: how well the position is known"), precise, plots.accuracy(run, base)),
    ]
    if scenario.several:
        among = translate("One run (seed {seed}, run 0): true objects, and the tracks that each nation held of them.")
        title = translate("One run: what each nation tracked")
        pictures.insert(0, ("objects", title, among.format(seed=seed), plots.objects(run)))
    return pictures


def of_alerts(folder: Path, runs: int, seed: int) -> tuple[Picture, ...]:
    """The picture of real alerts.

    Parameters
    ----------
    folder : Path
    runs, seed : int
        Of each launch behind an alert.

    Returns
    -------
    tuple of Picture
    """
    return _pictures(folder, [alerts_of(runs=runs, seed=seed)])


def of_spread(folder: Path, points: int, seed: int) -> tuple[Picture, ...]:
    """The picture of how surely sharing gains.

    Parameters
    ----------
    folder : Path
    points : int
        Of the design, for each kind of flight.
    seed : int

    Returns
    -------
    tuple of Picture
    """
    return _pictures(folder, [spread_of(points=points, seed=seed)])


def of_flights(folder: Path) -> tuple[Picture, ...]:
    """The pictures of what the flights rest on.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of Picture
    """
    climbs = translate("Altitude and speed of every class while its engines burn, from public aggregate values.")
    timed = translate("Computed flight times beside the published ones; apogee and range are met by construction.")
    return _pictures(folder, [
        ("ascents", translate("How each class climbs"), climbs, plots.ascents()),
        ("validation", translate("Flight times against published ones"), timed, plots.validation()),
    ])  # fmt: skip


def of_sensors(folder: Path) -> tuple[Picture, ...]:
    """The pictures of what sensors can see.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of Picture
    """
    covers = translate("Where each nation's radars find a target, by height.")
    detects = translate("Signal and detection probability along one flight, sensor by sensor, with a cue and without.")
    coverage = plots.coverage(EXAMPLE, policy=ASKED)
    return _pictures(folder, [
        ("coverage", translate("What each nation's radars cover, and what allies' radars add"), covers, coverage),
        ("detectability", translate("One flight, radar by radar"), detects, plots.detectability(EXAMPLE)),
    ])  # fmt: skip


def _pictures(folder: Path, drawn: list[Drawn]) -> tuple[Picture, ...]:
    """Write figures in every format, and keep what the page and the booklet show."""
    made = []
    for name, title, caption, figure in drawn:
        png, _, pdf = save(figure, folder / "figures" / name, formats=("png", "svg", "pdf"), dpi=200.0)
        shown = _small(png.read_bytes())
        made.append(Picture(name=name, title=title, caption=caption, shown=shown, pdf=pdf.read_bytes()))
    return tuple(made)


def _small(png: bytes) -> bytes:
    """A picture as wide as the page shows it, in few colours, as a WebP file without loss."""
    with Image.open(io.BytesIO(png)) as whole:
        size = SHOWN_PX, round(whole.height * SHOWN_PX / whole.width)
        narrow = whole.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    few = narrow.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.convert("RGB").save(buffer, "WEBP", lossless=True, method=4)
    return buffer.getvalue()
