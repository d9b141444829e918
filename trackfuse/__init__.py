"""What does sharing missile-warning data bring, in seconds and kilometres, and for whom?

    import trackfuse as tf

    base = tf.load_scenario("hwasong12_2022_10_04")
    one = tf.simulate(base, policy="trilateral", seed=7)
    one.notices
    tf.plots.timeline(one)

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trackfuse.core.version import __version__

if TYPE_CHECKING:
    from trackfuse.catalog.catalog import alerts, launches, load_scenario, missile, sensors_table
    from trackfuse.catalog.scenario import Scenario
    from trackfuse.catalog.scenarios import scenarios
    from trackfuse.core.errors import TrackfuseError
    from trackfuse.flight.missile import Launch
    from trackfuse.history.backtest import Backtest, backtest
    from trackfuse.history.false_alarm_cases import mechanisms
    from trackfuse.history.gains import counterfactual
    from trackfuse.history.pairs import announced_pairs
    from trackfuse.history.rule import learned_rule
    from trackfuse.history.validate import validate
    from trackfuse.sensing.sensor import Infrared, Radar
    from trackfuse.simulation.boost import predict_boost
    from trackfuse.simulation.run import Run
    from trackfuse.simulation.simulate import simulate
    from trackfuse.studies.change import change
    from trackfuse.studies.compare import Comparison, compare
    from trackfuse.studies.exercise import AfterAction, Exercise, play
    from trackfuse.studies.exercisefile import exercises, load_exercise
    from trackfuse.studies.filters import FilterStudy, filter_study
    from trackfuse.studies.fusion import FusionStudy, fusion_study
    from trackfuse.studies.own_data.detections import read_detections
    from trackfuse.studies.own_data.stonesoup import to_stonesoup
    from trackfuse.studies.own_data.tracks import track_detections
    from trackfuse.studies.sweeps.sensitivity import sensitivity
    from trackfuse.studies.sweeps.study import Study, gains, load_sweep
    from trackfuse.studies.sweeps.sweep import sweep
    from trackfuse.studies.tradeoff import tradeoff
    from trackfuse.studies.uncertainty import Uncertainty, headline_spread, uncertainty
    from trackfuse.tracking.settings import TrackerSettings
    from trackfuse.views.figures import plots
    from trackfuse.views.report.export import export
    from trackfuse.views.report.report import report
    from trackfuse.views.widgets.explorer import explore
    from trackfuse.views.widgets.globe import globe
    from trackfuse.views.widgets.playback import playback
    from trackfuse.warning.rule import Place, WarningRule

__all__ = [
    "AfterAction",
    "Backtest",
    "Comparison",
    "Exercise",
    "FilterStudy",
    "FusionStudy",
    "Infrared",
    "Launch",
    "Place",
    "Radar",
    "Run",
    "Scenario",
    "Study",
    "TrackerSettings",
    "TrackfuseError",
    "Uncertainty",
    "WarningRule",
    "__version__",
    "alerts",
    "announced_pairs",
    "backtest",
    "change",
    "compare",
    "counterfactual",
    "exercises",
    "explore",
    "export",
    "filter_study",
    "fusion_study",
    "gains",
    "globe",
    "headline_spread",
    "launches",
    "learned_rule",
    "load_exercise",
    "load_scenario",
    "load_sweep",
    "mechanisms",
    "missile",
    "play",
    "playback",
    "plots",
    "predict_boost",
    "read_detections",
    "report",
    "scenarios",
    "sensitivity",
    "sensors_table",
    "simulate",
    "sweep",
    "to_stonesoup",
    "track_detections",
    "tradeoff",
    "uncertainty",
    "validate",
]

_HOMES = {
    "AfterAction": "trackfuse.studies.exercise",
    "Backtest": "trackfuse.history.backtest",
    "Comparison": "trackfuse.studies.compare",
    "Exercise": "trackfuse.studies.exercise",
    "FilterStudy": "trackfuse.studies.filters",
    "FusionStudy": "trackfuse.studies.fusion",
    "Infrared": "trackfuse.sensing.sensor",
    "Launch": "trackfuse.flight.missile",
    "Place": "trackfuse.warning.rule",
    "Radar": "trackfuse.sensing.sensor",
    "Scenario": "trackfuse.catalog.scenario",
    "Run": "trackfuse.simulation.run",
    "Study": "trackfuse.studies.sweeps.study",
    "TrackerSettings": "trackfuse.tracking.settings",
    "TrackfuseError": "trackfuse.core.errors",
    "Uncertainty": "trackfuse.studies.uncertainty",
    "WarningRule": "trackfuse.warning.rule",
    "alerts": "trackfuse.catalog.catalog",
    "announced_pairs": "trackfuse.history.pairs",
    "backtest": "trackfuse.history.backtest",
    "change": "trackfuse.studies.change",
    "compare": "trackfuse.studies.compare",
    "counterfactual": "trackfuse.history.gains",
    "exercises": "trackfuse.studies.exercisefile",
    "explore": "trackfuse.views.widgets.explorer",
    "export": "trackfuse.views.report.export",
    "filter_study": "trackfuse.studies.filters",
    "fusion_study": "trackfuse.studies.fusion",
    "gains": "trackfuse.studies.sweeps.study",
    "globe": "trackfuse.views.widgets.globe",
    "headline_spread": "trackfuse.studies.uncertainty",
    "launches": "trackfuse.catalog.catalog",
    "learned_rule": "trackfuse.history.rule",
    "load_exercise": "trackfuse.studies.exercisefile",
    "load_scenario": "trackfuse.catalog.catalog",
    "load_sweep": "trackfuse.studies.sweeps.study",
    "mechanisms": "trackfuse.history.false_alarm_cases",
    "missile": "trackfuse.catalog.catalog",
    "play": "trackfuse.studies.exercise",
    "playback": "trackfuse.views.widgets.playback",
    "predict_boost": "trackfuse.simulation.boost",
    "read_detections": "trackfuse.studies.own_data.detections",
    "report": "trackfuse.views.report.report",
    "scenarios": "trackfuse.catalog.scenarios",
    "sensitivity": "trackfuse.studies.sweeps.sensitivity",
    "sensors_table": "trackfuse.catalog.catalog",
    "simulate": "trackfuse.simulation.simulate",
    "sweep": "trackfuse.studies.sweeps.sweep",
    "to_stonesoup": "trackfuse.studies.own_data.stonesoup",
    "track_detections": "trackfuse.studies.own_data.tracks",
    "tradeoff": "trackfuse.studies.tradeoff",
    "uncertainty": "trackfuse.studies.uncertainty",
    "validate": "trackfuse.history.validate",
}
_MODULES = {"plots": "trackfuse.views.figures.plots"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
