"""Physical constants (SI), and one of the normal law. Sources: WGS-84 (NIMA TR8350.2, 2000), EGM96 J2, IERS Earth
rotation, BIPM.
"""

MU_M3PS2 = 3.986004418e14
"""Earth's gravitational parameter, WGS-84."""
EARTH_RATE_RADPS = 7.292115e-5
"""Earth's rotation rate, WGS-84."""
J2 = 1.08262668e-3
"""Second zonal harmonic, unnormalised, EGM96."""
SEMI_MAJOR_M = 6378137.0
"""WGS-84 equatorial radius."""
FLATTENING = 1.0 / 298.257223563
ECC2 = FLATTENING * (2.0 - FLATTENING)
"""WGS-84 first eccentricity squared."""
MEAN_RADIUS_M = 6371008.8
"""IUGG mean radius; only for spherical closed forms and great-circle distances."""
G0_MPS2 = 9.80665
"""Standard gravity."""
C_MPS = 299792458.0
"""Speed of light."""
Z95 = 1.6448536269514722
"""The normal law's 95 % point: what is given from 5 to 95 % spans twice as many standard deviations."""
