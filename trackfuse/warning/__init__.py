"""From a track to a warning: where and when it comes down, which places that concerns, and who is told when.

`predict` carries tracks to the ground with their covariance; the warning rule is a frozen value; `notices` applies it.
Warning only: nothing here is about interception.
"""

from trackfuse.warning.notice import Notices, arrivals, concern, notices, notices_table
from trackfuse.warning.predict import HIT, NO_IMPACT, UNUSABLE, Predictions, predict
from trackfuse.warning.rule import Place, WarningRule

__all__ = [
    "HIT",
    "NO_IMPACT",
    "UNUSABLE",
    "Notices",
    "Place",
    "Predictions",
    "WarningRule",
    "arrivals",
    "concern",
    "notices",
    "notices_table",
    "predict",
]
