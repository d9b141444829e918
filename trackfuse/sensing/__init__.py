"""What radars and space infrared see of a flight, and what they make of it.

Sensors are frozen values. `observe` works out every look once a scenario, `draw` one run's noise, `measure` the plots
of the looks that detect. Beside them what they rest on and come to: detection theory, refraction, coverage. Knows no
missile and no network.
"""

from trackfuse.sensing.arrays import REFERENCE_SNR_DB, first_look_s
from trackfuse.sensing.coverage import Footprint, coverage, detection_range_m, footprint, footprints
from trackfuse.sensing.detection import albersheim_db, detection_probability, required_snr_db, shnidman_db
from trackfuse.sensing.looks import Draws, Looks, draw, measure, observe
from trackfuse.sensing.refraction import horizon_four_thirds_km, horizon_km, refraction_bias
from trackfuse.sensing.registration import draw_registration, refraction_biases, registration_table
from trackfuse.sensing.sensor import Infrared, Radar, Sensor

__all__ = [
    "REFERENCE_SNR_DB", "Draws", "Footprint", "Infrared", "Looks", "Radar", "Sensor", "albersheim_db", "coverage",
    "detection_probability", "detection_range_m", "draw", "draw_registration", "first_look_s", "footprint",
    "footprints", "horizon_four_thirds_km", "horizon_km", "measure", "observe", "refraction_bias", "refraction_biases",
    "registration_table", "required_snr_db", "shnidman_db",
]  # fmt: skip
