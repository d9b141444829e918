"""Files and code of a view of the explorer: its code, figure and table, each with its provenance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from matplotlib.figure import Figure

from trackfuse.core.errors import SettingsError
from trackfuse.core.plugins import ROLES, name_of
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison
from trackfuse.tracking import TrackerSettings
from trackfuse.views.figures.gainstable import one_run_frame
from trackfuse.views.report.folder import write_atomically
from trackfuse.views.style.style import save
from trackfuse.views.widgets.choice import DEFAULT, OWN
from trackfuse.views.widgets.controls import Controls

OWN_SCENARIO = "scenario = mine  # the scenario that the explorer was given"


def as_code(controls: Controls, *, own_scenario: bool) -> str:
    """The cell that gives the explorer's view without the explorer.

    Parameters
    ----------
    controls : Controls
    own_scenario : bool
        The launch chosen is of the scenario that the explorer was given, which has no name to load it by.

    Returns
    -------
    str
        Python; it leaves `run`, `base` and `table` behind.
    """
    own, choice = controls.launch.value == OWN, controls.choice()
    name = DEFAULT if own else str(controls.launch.value)
    assumed = "" if controls.assumed.value == "nominal" else f", assumptions={controls.assumed.value!r}"
    lines = [OWN_SCENARIO if own_scenario else f"scenario = tf.load_scenario({name!r}{assumed})"]
    changes = []
    if own:
        launch = controls.own.launch()
        lines.append(f"missile = tf.missile({launch.missile.name!r})")
        fields = ("lat_deg", "lon_deg", "azimuth_deg", "apogee_km", "range_km")
        values = _arguments({field: getattr(launch, field) for field in fields})
        lines.append(f'launch = tf.Launch(launch_id="own", missile=missile, {values})')
        changes.append("launch=launch")
    off = [key for key in controls.sensors if key in choice.sensors_off]
    if off:
        lines.append(f"off = {off}")
        kind = '"satellites" if isinstance(s, tf.Infrared) else s.nation'
        lines.append(f"on = tuple(s for s in scenario.sensors if ({kind}) not in off)")
        changes.append("sensors=on")
    usual = asdict(TrackerSettings())
    tracked = {name: value for name, value in choice.tracker_settings().items() if own_scenario or value != usual[name]}
    if tracked:
        changes.append(f"tracker=tf.change(scenario.tracker, {_arguments(tracked)})")
    ruled = choice.rule_changes()
    if ruled:
        changes.append(f"rule=tf.change(scenario.rule, {_arguments(ruled)})")
    if changes:
        lines.append(f"scenario = tf.change(scenario, {', '.join(changes)})")
    policy = ", ".join(filter(None, [repr(choice.policy), _arguments(choice.policy_changes())]))
    lines += [
        f"policy = scenario.policy({policy})",
        f"run = tf.simulate(scenario, policy, seed={choice.seed}, posture={choice.posture!r})",
        f"base = tf.simulate(scenario, {choice.against!r}, seed={choice.seed}, posture={choice.posture!r})",
        f"tf.plots.overview(run, base, at_s={controls.view().at_s!r})",
    ]
    return "\n".join(["import trackfuse as tf", "", *lines, ""])


def _arguments(given: Mapping[str, object]) -> str:
    # A part of the user's own can be written down only by the name that it is registered by.
    own = {n: name_of(n, value) for n, value in given.items() if n in ROLES and not isinstance(value, str)}
    return ", ".join(f"{n}={own.get(n, repr(value))}" for n, value in given.items())


def save_figure(folder: Path, run: Run, base: Run, figure: Figure) -> list[Path]:
    """Write a figure as PNG, SVG and PDF; its caption says where it comes from.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    run, base : Run
    figure : matplotlib.figure.Figure

    Returns
    -------
    list of Path
    """
    return save(figure, _folder(folder) / _stem(run, base))


def save_table(folder: Path, run: Run, base: Run, compared: Comparison | None) -> Path:
    """Write the gains as CSV, after lines with # that say where they come from.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    run, base : Run
    compared : Comparison or None
        Gains over many runs, if those are shown.

    Returns
    -------
    Path
    """
    caption = run.caption() if compared is None else compared.caption()
    gains = one_run_frame(run, base) if compared is None else compared.gains
    path = _folder(folder) / f"{_stem(run, base)}.csv"
    head = f"# {caption}\n# {run.policy.name} over {base.policy.name}; positive gain: sooner, closer, more warning\n"
    write_atomically(path, (head + gains.to_csv(index=False, float_format="%.6g")).encode(), "table")
    return path


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise SettingsError(f"folder {str(folder)!r}: cannot be made: {wrong.strerror}") from None
    return folder


def _stem(run: Run, base: Run) -> str:
    words = f"{run.scenario.name} {run.policy.name} over {base.policy.name} seed {run.seed}"
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_")
