"""What radars and space infrared see of a flight, and what they make of it.

Sensors are frozen values. `observe` works out every look once a scenario, `draw` one run's noise, `measure` the
detections of the looks that detect. Beside them what they come to: coverage. Detection theory and refraction are
compiled in `kernels/`. Knows no missile and no network.
"""

from trackfuse.sensing.arrays import REFERENCE_SNR_DB, first_look_s, frames_at
from trackfuse.sensing.coverage import Footprint, coverage, detection_range_m, footprint, footprints
from trackfuse.sensing.detections import Detections, joined, measured
from trackfuse.sensing.false_plots import false_plots, false_plots_per_look, searched_cells
from trackfuse.sensing.looks import Draws, Looks, draw, measure, observe
from trackfuse.sensing.registration import draw_registration, refraction_biases
from trackfuse.sensing.resolution import resolved
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sensing.shape import TUMBLING, Shape
from trackfuse.sensing.systematic import registration_gradient
from trackfuse.sensing.terrain import hidden, skyline_rad

__all__ = [
    "REFERENCE_SNR_DB", "TUMBLING", "Detections", "Draws", "Footprint", "Infrared", "Looks", "Radar", "Sensor", "Shape",
    "coverage", "detection_range_m", "draw", "draw_registration", "false_plots", "false_plots_per_look", "first_look_s",
    "footprint", "footprints", "frames_at", "hidden", "joined", "measure", "measured", "observe", "refraction_biases",
    "registration_gradient", "resolved", "searched_cells", "skyline_rad",
]  # fmt: skip
