"""Pages that are made of the code: the tutorials, the reference of every public name, and the gallery of figures."""

import inspect
import shutil
from pathlib import Path

from gallery import write_gallery

import trackfuse as tf

REFERENCE = {
    "Scenarios and data": (
        "Scenario load_scenario scenarios Launch Place Impact Radar Infrared missile sensors_table launches alerts "
        "statements change"
    ),
    "One run": (
        "simulate Run load_run predict_boost launch_cue launch_point_error figures_of_merit Figure TrackerSettings "
        "WarningRule"
    ),
    "Many runs": (
        "compare Comparison sweep Study load_sweep gains sensitivity uncertainty Uncertainty headline_spread tradeoff "
        "answer Answer"
    ),
    "Filters, fusion and biases": (
        "filter_study FilterStudy fusion_study FusionStudy bias_ways calibration"
    ),
    "Published history": (
        "validate backtest Backtest record Record counterfactual announced_pairs false_alarm_cases learned_rule"
    ),
    "Exercises": "exercises load_exercise Exercise play AfterAction",
    "Live runs": "live start_live LiveRun LiveResult replay",
    "Your own data": "read_detections track_detections to_stonesoup",
    "Parts of your own": (
        "register FusionRule Common Estimate TrackFilter Detection SharingRule Message NodeView DecisionRule Decision "
        "Prediction SensorModel SensorLooks FlightPath Sight"
    ),
    "Looking at results": "explore playback globe live_view export save_page report",
    "Errors": "TrackfuseError PluginError",
}
"""Page of the reference -> the names on it."""
APART = {"plots", "__version__"}
"""Names that have a page of their own, or need none."""


def write(docs: Path) -> None:
    """Write every page that is made of the code into `docs/made`, which is made anew.

    Parameters
    ----------
    docs : Path
        Folder of the documents.
    """
    made = docs / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    write_tutorials(docs.parent / "notebooks", made / "tutorials")
    write_reference(made / "reference")
    write_gallery(made / "gallery")


def write_tutorials(notebooks: Path, folder: Path) -> None:
    """Copy the notebooks beside the documents, where Sphinx reads them."""
    folder.mkdir()
    for path in sorted(notebooks.glob("*.ipynb")):
        shutil.copy(path, folder / path.name)


def write_reference(folder: Path) -> None:
    """One page a group of names, and one of all figures; each name is described by its docstring."""
    folder.mkdir()
    for title, names in (REFERENCE | {"Every other name": " ".join(sorted(ungrouped()))}).items():
        if names:
            entries = "".join(_entry(f"trackfuse.{name}", getattr(tf, name)) for name in names.split())
            _page(folder, title, entries)
    figures = "".join(_entry(f"trackfuse.plots.{name}", getattr(tf.plots, name)) for name in tf.plots.__all__)
    _page(folder, "Figures", figures)


def ungrouped() -> set[str]:
    """Public names that no group has."""
    return set(tf.__all__) - APART - {name for names in REFERENCE.values() for name in names.split()}


def _page(folder: Path, title: str, entries: str) -> None:
    name = title.lower().replace(", ", "-").replace(" ", "-")
    (folder / f"{name}.rst").write_text(f"{title}\n{'=' * len(title)}\n\n{entries}", encoding="utf-8")


def _entry(dotted: str, value: object) -> str:
    if inspect.isclass(value):
        members = "" if issubclass(value, Exception) else "   :members:\n"
        return f".. autoclass:: {dotted}\n{members}\n"
    return f".. autofunction:: {dotted}\n\n"
