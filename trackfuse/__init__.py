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
    from trackfuse.core.errors import TrackfuseError
    from trackfuse.flight.missile import Launch
    from trackfuse.sensing.sensor import Infrared, Radar
    from trackfuse.study.backtest import Backtest, backtest
    from trackfuse.study.backtest_gains import counterfactual
    from trackfuse.study.backtest_pairs import announced_pairs
    from trackfuse.study.backtest_rule import learned_rule
    from trackfuse.study.boost import predict_boost
    from trackfuse.study.catalog import alerts, launches, load_scenario, missile, sensors_table
    from trackfuse.study.change import change
    from trackfuse.study.compare import Comparison, compare
    from trackfuse.study.detections import read_detections
    from trackfuse.study.exercise import AfterAction, Exercise, play
    from trackfuse.study.exercisefile import exercises, load_exercise
    from trackfuse.study.filter_study import FilterStudy, filter_study
    from trackfuse.study.fusion_study import FusionStudy, fusion_study
    from trackfuse.study.mechanisms import mechanisms
    from trackfuse.study.owntracks import track_detections
    from trackfuse.study.scenario import Scenario
    from trackfuse.study.scenarios import scenarios
    from trackfuse.study.simulate import simulate
    from trackfuse.study.simulation import Simulation
    from trackfuse.study.stonesoup_export import to_stonesoup
    from trackfuse.study.sweeps.sensitivity import sensitivity
    from trackfuse.study.sweeps.study import Study, gains, load_sweep
    from trackfuse.study.sweeps.sweep import sweep
    from trackfuse.study.tradeoff import tradeoff
    from trackfuse.study.uncertainty import Uncertainty, headline_spread, uncertainty
    from trackfuse.study.validate import validate
    from trackfuse.tracking.settings import TrackerSettings
    from trackfuse.views import plots
    from trackfuse.views.explorer import explore
    from trackfuse.views.export import export
    from trackfuse.views.globe import globe
    from trackfuse.views.playback import playback
    from trackfuse.views.report import report
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
    "Scenario",
    "Simulation",
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
    "AfterAction": "trackfuse.study.exercise",
    "Backtest": "trackfuse.study.backtest",
    "Comparison": "trackfuse.study.compare",
    "Exercise": "trackfuse.study.exercise",
    "FilterStudy": "trackfuse.study.filter_study",
    "FusionStudy": "trackfuse.study.fusion_study",
    "Infrared": "trackfuse.sensing.sensor",
    "Launch": "trackfuse.flight.missile",
    "Place": "trackfuse.warning.rule",
    "Radar": "trackfuse.sensing.sensor",
    "Scenario": "trackfuse.study.scenario",
    "Simulation": "trackfuse.study.simulation",
    "Study": "trackfuse.study.sweeps.study",
    "TrackerSettings": "trackfuse.tracking.settings",
    "TrackfuseError": "trackfuse.core.errors",
    "Uncertainty": "trackfuse.study.uncertainty",
    "WarningRule": "trackfuse.warning.rule",
    "alerts": "trackfuse.study.catalog",
    "announced_pairs": "trackfuse.study.backtest_pairs",
    "backtest": "trackfuse.study.backtest",
    "change": "trackfuse.study.change",
    "compare": "trackfuse.study.compare",
    "counterfactual": "trackfuse.study.backtest_gains",
    "exercises": "trackfuse.study.exercisefile",
    "explore": "trackfuse.views.explorer",
    "export": "trackfuse.views.export",
    "filter_study": "trackfuse.study.filter_study",
    "fusion_study": "trackfuse.study.fusion_study",
    "gains": "trackfuse.study.sweeps.study",
    "globe": "trackfuse.views.globe",
    "headline_spread": "trackfuse.study.uncertainty",
    "launches": "trackfuse.study.catalog",
    "learned_rule": "trackfuse.study.backtest_rule",
    "load_exercise": "trackfuse.study.exercisefile",
    "load_scenario": "trackfuse.study.catalog",
    "load_sweep": "trackfuse.study.sweeps.study",
    "mechanisms": "trackfuse.study.mechanisms",
    "missile": "trackfuse.study.catalog",
    "play": "trackfuse.study.exercise",
    "playback": "trackfuse.views.playback",
    "predict_boost": "trackfuse.study.boost",
    "read_detections": "trackfuse.study.detections",
    "report": "trackfuse.views.report",
    "scenarios": "trackfuse.study.scenarios",
    "sensitivity": "trackfuse.study.sweeps.sensitivity",
    "sensors_table": "trackfuse.study.catalog",
    "simulate": "trackfuse.study.simulate",
    "sweep": "trackfuse.study.sweeps.sweep",
    "to_stonesoup": "trackfuse.study.stonesoup_export",
    "track_detections": "trackfuse.study.owntracks",
    "tradeoff": "trackfuse.study.tradeoff",
    "uncertainty": "trackfuse.study.uncertainty",
    "validate": "trackfuse.study.validate",
}
_MODULES = {"plots": "trackfuse.views.plots"}


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
