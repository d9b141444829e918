"""Truth: missile classes, launches, and their flights fitted to published apogee, range and bearing.

Powered flight in stages, coast and re-entry on the rotating WGS-84 Earth, spent stages and perturbed flights; closed
forms beside them in `kepler`. Knows no sensor.
"""

from trackfuse.flight import kepler
from trackfuse.flight.dispersion import Dispersion, disperse
from trackfuse.flight.flown import fly, refly
from trackfuse.flight.missile import Launch, MissileClass, Stage
from trackfuse.flight.orbit import orbit_of
from trackfuse.flight.ordinary import ordinary_range_km
from trackfuse.flight.overflight import passage
from trackfuse.flight.spent import debris
from trackfuse.flight.timing import fly_timed, stretched
from trackfuse.flight.truth import BOOST, COAST, PHASES, REENTRY, Flight, Orbit, state_at

__all__ = ["BOOST", "COAST", "PHASES", "REENTRY", "Dispersion", "Flight", "Launch", "MissileClass", "Orbit", "Stage",
           "debris", "disperse", "fly", "fly_timed", "kepler", "orbit_of", "ordinary_range_km", "passage", "refly",
           "state_at", "stretched"]
