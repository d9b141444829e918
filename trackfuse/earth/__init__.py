"""The planet: distances and destinations on WGS-84, places and impact points, and the standard atmosphere.

Frames and gravity that other rooms need in quantity are compiled in `kernels/`; here is what a person calls.
"""

from trackfuse.earth.air import standard_atmosphere
from trackfuse.earth.geodesic import bearing_deg, destination, distance_km
from trackfuse.earth.ground import Impact, Place
from trackfuse.earth.plane import beside_rad

__all__ = ["Impact", "Place", "bearing_deg", "beside_rad", "destination", "distance_km", "standard_atmosphere"]
