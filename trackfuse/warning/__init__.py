"""From a track to a warning: where and when it comes down, which places that concerns, and who is warned when.

`predict` carries tracks to the ground with their covariance; the warning rule is a frozen value; `notices` applies it.
Warning only: nothing here is about interception.
"""

from trackfuse.warning.arrival import Arrival, arrivals
from trackfuse.warning.boost import BoostPrediction, BoostTrack, launch_of, predict_boost
from trackfuse.warning.boost_library import Library, library
from trackfuse.warning.chain import chain_delays, chain_normal, learned_delay
from trackfuse.warning.decision_rule import Decision, DecisionRule, Prediction
from trackfuse.warning.launch_cue import LaunchCue, launch_cue
from trackfuse.warning.notice import Changes, Notices, Regions, concern, notices, notices_by
from trackfuse.warning.predict import HIT, NO_IMPACT, UNUSABLE, Predictions, predict
from trackfuse.warning.prediction_set import PredictionSet, joined, picked, prediction_set_of, rounded, soonest
from trackfuse.warning.rule import LEARNED_AT, WarningRule
from trackfuse.warning.satellite_lines import SatelliteLines
from trackfuse.warning.table import notices_table, regions_table

__all__ = [
    "HIT",
    "LEARNED_AT",
    "NO_IMPACT",
    "UNUSABLE",
    "Arrival",
    "BoostPrediction",
    "BoostTrack",
    "Changes",
    "Decision",
    "DecisionRule",
    "LaunchCue",
    "Library",
    "Notices",
    "Prediction",
    "PredictionSet",
    "Predictions",
    "Regions",
    "SatelliteLines",
    "WarningRule",
    "arrivals",
    "chain_delays",
    "chain_normal",
    "concern",
    "joined",
    "launch_cue",
    "launch_of",
    "learned_delay",
    "library",
    "notices",
    "notices_by",
    "notices_table",
    "picked",
    "predict",
    "predict_boost",
    "prediction_set_of",
    "regions_table",
    "rounded",
    "soonest",
]
