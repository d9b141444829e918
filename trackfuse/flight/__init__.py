"""Truth: missile classes, launches, and their flights fitted to published apogee, range and bearing.

Powered flight in stages, coast and re-entry on the rotating WGS-84 Earth; closed forms beside it in `kepler`. Knows no
sensor.
"""

from trackfuse.flight import kepler
from trackfuse.flight.flown import fly, refly
from trackfuse.flight.missile import Launch, MissileClass, Stage
from trackfuse.flight.truth import BOOST, COAST, PHASES, REENTRY, Flight, state_at

__all__ = ["BOOST", "COAST", "PHASES", "REENTRY", "Flight", "Launch", "MissileClass", "Stage", "fly", "kepler", "refly",
           "state_at"]
