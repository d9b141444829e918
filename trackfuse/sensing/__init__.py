"""What radars and space infrared see of a flight, and what they make of it.

Sensors are frozen values. `observe` works out every look once a scenario, `draw` one run's noise, `measure` the
detections of the looks that detect. Beside them what they rest on and come to: detection theory, refraction, coverage.
Knows no missile and no network.
"""

from trackfuse.sensing.arrays import REFERENCE_SNR_DB, first_look_s, frames_at
from trackfuse.sensing.coverage import Footprint, coverage, detection_range_m, footprint, footprints
from trackfuse.sensing.detection import albersheim_db, detection_probability, required_snr_db, shnidman_db
from trackfuse.sensing.detections import Detections, joined, measured
from trackfuse.sensing.false_plots import false_plots, false_plots_per_look, searched_cells
from trackfuse.sensing.flight_path import FlightPath, Sight
from trackfuse.sensing.lines_of_sight import lines_of_sight
from trackfuse.sensing.looks import Draws, Looks, draw, measure, observe
from trackfuse.sensing.refraction import horizon_four_thirds_km, horizon_km, refraction_bias
from trackfuse.sensing.registration import ERRORS, draw_registration, refraction_biases, registration_table
from trackfuse.sensing.resolution import resolved
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sensing.sensor_model import SensorLooks, SensorModel
from trackfuse.sensing.shape import TUMBLING, Shape, aspect_db
from trackfuse.sensing.systematic import registration_gradient, with_registration
from trackfuse.sensing.terrain import hidden, skyline_rad

__all__ = [
    "ERRORS", "REFERENCE_SNR_DB", "TUMBLING", "Detections", "Draws", "FlightPath", "Footprint", "Infrared", "Looks",
    "Radar", "Sensor", "SensorLooks", "SensorModel", "Shape", "Sight",
    "albersheim_db", "aspect_db", "coverage", "detection_probability", "detection_range_m", "draw", "draw_registration",
    "false_plots", "false_plots_per_look", "first_look_s", "footprint", "footprints", "frames_at", "hidden",
    "horizon_four_thirds_km", "horizon_km", "joined", "lines_of_sight", "measure", "measured", "observe",
    "refraction_bias", "refraction_biases", "registration_gradient", "registration_table", "required_snr_db",
    "resolved", "searched_cells", "shnidman_db", "skyline_rad", "with_registration",
]  # fmt: skip
