"""The planet: distances and destinations on WGS-84.

Frames, gravity and the standard atmosphere, which other rooms need in quantity, are compiled in `kernels/`.
"""

from trackfuse.earth.geodesic import bearing_deg, destination, distance_km

__all__ = ["bearing_deg", "destination", "distance_km"]
