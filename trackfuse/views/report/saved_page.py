"""A run or a comparison as one HTML page that plays it against a clock: without a kernel, a server or a network."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from trackfuse.core.errors import SettingsError
from trackfuse.core.language import in_language, joined, language, message, stopped, translate
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.studies.compare import STATUS_QUO, Comparison
from trackfuse.views.figures import playback_state
from trackfuse.views.figures.accuracy import curves_of
from trackfuse.views.figures.gain_cards import Answer, answer_of, changes_in_comparison, changes_in_run
from trackfuse.views.figures.gainstable import many_runs, one_run, one_run_frame
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.figures.timeline import EVENTS
from trackfuse.views.figures.timeline_rows import lanes_of, last_second
from trackfuse.views.report import saved_charts, saved_map
from trackfuse.views.report.folder import write_atomically
from trackfuse.views.report.template import rendered
from trackfuse.views.style.style import Look, looks_in, policy_label
from trackfuse.views.widgets.playback import (
    ANNOUNCED,
    DECIDED,
    KNOWN,
    KNOWS,
    SAID,
    SPEEDS,
    announced_cells,
    decided_cells,
    known_cells,
)

ASKED = "trilateral"
"""The policy of a comparison that is played, if it was compared; else the last."""
LARGEST_BYTES = 3_000_000
"""What can be sent by mail and opened on a telephone."""
WORDS = {
    "play": message("Play"),
    "pause": message("Pause"),
    "knows": KNOWS,
    "clock": message("{time} after launch, {phase}"),
    "spoken": message("{seconds} seconds after launch"),
    "region": message("{nation}: predicted impact, 95 % region: {words}"),
    "ellipse": message("{nation}: its track {time} after launch, 95 % region enlarged {times} times"),
    "missile": message("The missile {time} after launch"),
    "unwarned": message("{place}: not warned at {time}"),
    "warned": message("{place}: warned {notice} after launch, {seconds} s before the missile is there"),
    "late": message("{place}: warned {notice} after launch, {seconds} s after the missile was there"),
    "map": message("Map of the launch {time} after launch under “{policy}”. The tables say the same."),
}
"""What the script of the page writes: whole sentences with named places for what changes."""
ONE_RUN = message("One run, seed {seed}, both policies on the same noise.")
MANY_RUNS = message(
    "Median of {runs} runs, seed {seed}, both policies on the same noise. The map plays the first run."
)


FOOT = message(
    "Positive gains are better: sooner, closer, more warning. Sensor ranges and sectors, delays of links and people "
    "are press values or assumptions where nothing is published; differences between arrangements are firmer than "
    "absolute values. Ground and borders: Natural Earth (its own de-facto view). It is about warning only."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a page is made of: runs to play, the first being the one asked about; gains, unless there is one run."""

    runs: tuple[Run, ...]
    answer: Answer | None
    table: str
    basis: str


def save_page(shown: Run | Comparison, path: Path | str, *, lang: str = "en") -> Path:
    """Write a run or a comparison as one HTML page: map, time line and tables that play, and the gains.

    The page needs nothing but a browser: no kernel, no network, no other file. An address that ends in #120 opens it at
    120 s after launch.

    Parameters
    ----------
    shown : Run or Comparison
        A run is played beside the same run under "bilateral", or the scenario's first other policy; of several objects
        the first missile. It is played alone if there is no other policy, or if `simulate` does not give it again, as
        one that was recorded. Of a comparison the first run is played under "trilateral", or the last policy where that
        was not compared, and under the baseline.
    path : Path or str
        Ending in .html; in a folder that exists. A file of that name is replaced.
    lang : {"en", "ja", "ko"}
        Language of the page.

    Returns
    -------
    Path
        The file, at most 3 MB, written completely or not at all; the same bytes for the same input.

    Raises
    ------
    SettingsError
        If it is neither a run nor a comparison, the ending is another, there is no such language, the page would be
        too large, or the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise SettingsError(f"save_page {str(target)!r}: the file's name ends in .html, not in {target.suffix!r}")
    if not target.parent.is_dir():
        raise SettingsError(f"save_page {str(target)!r}: there is no folder {str(target.parent)!r}")
    with in_language(lang, "save_page lang"):
        content = page_text(shown).encode()
    if len(content) > LARGEST_BYTES:
        raise SettingsError(
            f"save_page {str(target)!r}: the page would have {len(content) / 1e6:.1f} MB, more than "
            f"{LARGEST_BYTES / 1e6:g}; a longer tracker.cycle_s makes it smaller"
        )
    write_atomically(target, content, "save_page")
    return target


def page_text(shown: Run | Comparison) -> str:
    """The text of the page that `save_page` writes, in the language of now.

    Parameters
    ----------
    shown : Run or Comparison

    Returns
    -------
    str
    """
    made = _of_comparison(shown) if isinstance(shown, Comparison) else _of_run(shown)
    first = made.runs[0]
    labels = [policy_label(run.policy) for run in made.runs]
    sheet = saved_map.sheet_of(first)
    lanes, curves = [lanes_of(run) for run in made.runs], [curves_of(run, against=True) for run in made.runs]
    time = saved_charts.axis(60.0 * np.ceil(last_second(first.flight, lanes) / 60.0))
    whole = saved_charts.axis(float(first.flight.t_s[-1]))
    script = _text("saved_page.js")
    return rendered(
        "saved_page.html.j2",
        lang=language(),
        title=translate(first.scenario.title),
        made=made,
        labels=labels,
        looks=[(look, _dashes(look)) for look in looks_in(first.scenario).values()],
        sheet=sheet,
        width=saved_map.WIDTH,
        enlarged=saved_map.ENLARGED,
        ground=saved_map.ground(sheet),
        degrees=saved_map.degrees(sheet),
        flown=saved_map.flown(sheet, first),
        marks=saved_map.marks(sheet, first),
        places=saved_map.places(sheet, first),
        nations=[look.label for look in list(looks_in(first.scenario).values())[: len(first.scenario.nations)]],
        charts=saved_charts,
        events=EVENTS,
        time=time,
        whole=whole,
        rows=saved_charts.rows(first, time, list(zip(labels, lanes, strict=True))),
        curves=saved_charts.errors(first, whole, list(zip(labels, curves, strict=True))),
        burnout_s=first.flight.burnout_s,
        last_s=int(np.ceil(first.flight.t_s[-1])),
        speeds=SPEEDS,
        tables={"known": KNOWN, "said": SAID, "announced": ANNOUNCED, "decided": DECIDED},
        table=Markup(made.table),
        caption=joined([stopped(first.caption()), translate(FOOT)]),
        style=Markup(_text("saved_page.css")),
        script=Markup(script),
        allowed=b64encode(sha256(script.encode()).digest()).decode(),
        state=Markup(_as_json(_state(made.runs, labels, sheet, time, whole))),
    )


def _of_run(run: Run) -> _Shown:
    main, scenario = first_missile(run, "save_page"), run.scenario
    alone = _Shown(runs=(main,), answer=None, table="", basis="")
    names = [policy.name for policy in scenario.policies if policy.name != run.policy.name]
    if not names:
        return alone
    other = STATUS_QUO if STATUS_QUO in names else names[0]
    again, base = simulate_each(scenario, [run.policy, other], seed=run.seed, run=run.run)
    if not np.array_equal(again.fused.mean, run.fused.mean, equal_nan=True):
        return alone  # recorded, or one of several objects: its noise is not to be had for another policy
    base, labels = base.main, (policy_label(run.policy), policy_label(base.policy))
    answer = answer_of(scenario.nations, changes_in_run(scenario, one_run_frame(main, base)), *labels)
    basis = translate(ONE_RUN).format(seed=run.seed)
    return _Shown(runs=(main, base), answer=answer, table=one_run(main, base), basis=basis)


def _of_comparison(comparison: Comparison) -> _Shown:
    policies = {policy.name: policy for policy in comparison.policies}
    others = [name for name in policies if name != comparison.baseline]
    asked = ASKED if ASKED in others else (others or [comparison.baseline])[-1]
    pair = [policies[name] for name in dict.fromkeys((asked, comparison.baseline))]
    runs = tuple(run.main for run in simulate_each(comparison.scenario, pair, seed=comparison.seed))
    if not others:
        return _Shown(runs=runs, answer=None, table="", basis="")
    labels = [policy_label(policy) for policy in pair]
    answer = answer_of(comparison.scenario.nations, changes_in_comparison(comparison, asked), *labels)
    basis = translate(MANY_RUNS).format(runs=comparison.runs, seed=comparison.seed)
    return _Shown(runs=runs, answer=answer, table=many_runs(_pair(comparison, asked)), basis=basis)


def _pair(comparison: Comparison, policy: str) -> Comparison:
    """The same comparison with two policies: the baseline and another."""
    kept = [k for k, each in enumerate(comparison.policies) if each.name in (comparison.baseline, policy)]
    return replace(
        comparison,
        policies=tuple(comparison.policies[k] for k in kept),
        nation_figures=comparison.nation_figures[kept],
        warning_time_s=comparison.warning_time_s[kept],
        own=tuple(each._replace(by_run=each.by_run[kept]) for each in comparison.own),
    )


def _state(
    runs: tuple[Run, ...],
    labels: list[str],
    sheet: saved_map.Sheet,
    time: saved_charts.Axis,
    whole: saved_charts.Axis,
) -> dict[str, Any]:
    """All that the script needs: words, axes, and of each run what is known and drawn at every change."""
    axes = {
        name: {"left": saved_charts.LEFT, "right": saved_charts.WIDTH - saved_charts.RIGHT, "until": axis.until_s}
        for name, axis in (("timeline", time), ("errors", whole))
    }
    played = [_played(run, label, sheet) for run, label in zip(runs, labels, strict=True)]
    said = {name: translate(words) for name, words in WORDS.items()}
    return {"words": said, "axes": axes, "enlarged": saved_map.ENLARGED, "runs": played}


def _played(run: Run, label: str, sheet: saved_map.Sheet) -> dict[str, Any]:
    instants = playback_state.changes_s(run)
    known = [known_cells(run, rows) for rows in playback_state.known_at_each(run, instants)]
    shown: dict[str, Any] = {
        "label": label,
        "instants": instants,
        "known": [[cells[1:] for cells in rows] for rows in known],
    }
    said, notices = playback_state.notice_changes_s(run), run.notices
    since = np.searchsorted(said, instants, side="right") - 1
    for name, cells_at in (("announced", announced_cells), ("decided", decided_cells)):
        shown[name] = {"tables": [cells_at(notices, at) for at in said], "at": since.tolist()}
    return shown | saved_map.moving(sheet, run, instants)


def _dashes(look: Look) -> str:
    """Dashes and gaps of a nation's lines, pixels; "none" of a line without gaps."""
    return "none" if isinstance(look.line, str) else " ".join(f"{1.4 * points:g}" for points in look.line[1])


def _text(name: str) -> str:
    return files("trackfuse.views.report").joinpath(name).read_text(encoding="utf-8")


def _as_json(value: dict[str, Any]) -> str:
    """JSON that can stand inside a script element: no name of a user's can end it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
