"""Air density by height: US Standard Atmosphere 1976 to 86 km, its table joined smoothly from there to 200 km, nothing
above.

Source: U.S. Standard Atmosphere, 1976 (NOAA-S/T 76-1562): layers of table 4, densities of table I.
"""

import math

import numpy as np

from trackfuse.core.constants import G0_MPS2
from trackfuse.kernels.jit import njit

RADIUS_M = 6356766.0
"""Effective Earth radius of the standard, for geopotential height."""
AIR = 28.9644 / 8314.32
"""Molar mass over the standard's gas constant, kg K/J."""
HYDROSTATIC = G0_MPS2 * AIR
BASE_M = np.array([0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3])
LAPSE_KPM = np.array([-6.5e-3, 0.0, 1e-3, 2.8e-3, 0.0, -2.8e-3, -2e-3])
TOP_M = 86e3
CEILING_M = 200e3


def _bases():
    """Temperature (K) and pressure (Pa) at the foot of each layer, by the hydrostatic equation from sea level up."""
    temperature, pressure = np.empty(7), np.empty(7)
    temperature[0], pressure[0] = 288.15, 101325.0
    for i in range(6):
        depth = BASE_M[i + 1] - BASE_M[i]
        temperature[i + 1] = temperature[i] + LAPSE_KPM[i] * depth
        if LAPSE_KPM[i]:
            ratio = (temperature[i] / temperature[i + 1]) ** (HYDROSTATIC / LAPSE_KPM[i])
        else:
            ratio = math.exp(-HYDROSTATIC * depth / temperature[i])
        pressure[i + 1] = pressure[i] * ratio
    return temperature, pressure


BASE_K, BASE_PA = _bases()


def _in_layers(alt):
    """Molecular-scale temperature (K) and pressure (Pa) at geometric height `alt` (m); valid from -5 km to 86 km."""
    height = RADIUS_M * alt / (RADIUS_M + alt)
    i = 0
    while i < 6 and height >= BASE_M[i + 1]:
        i += 1
    above = height - BASE_M[i]
    if LAPSE_KPM[i] == 0.0:
        return BASE_K[i], BASE_PA[i] * math.exp(-HYDROSTATIC * above / BASE_K[i])
    temperature = BASE_K[i] + LAPSE_KPM[i] * above
    return temperature, BASE_PA[i] * (BASE_K[i] / temperature) ** (HYDROSTATIC / LAPSE_KPM[i])


temperature_pressure = njit(_in_layers)

NODE_M = np.array([86e3, 90e3, 95e3, 100e3, 105e3, 110e3, 115e3, 120e3, 130e3, 140e3, 150e3, 160e3, 180e3, 200e3])
TABLE_KGPM3 = np.array([6.958e-6, 3.416e-6, 1.393e-6, 5.604e-7, 2.325e-7, 9.708e-8, 4.289e-8, 2.222e-8, 8.152e-9,
                        3.831e-9, 2.076e-9, 1.233e-9, 5.194e-10, 2.541e-10])


def _nodes():
    """Logarithm of density and its slope (1/m) at the nodes; value and slope are those of the layers at 86 km."""
    temperature, pressure = _in_layers(TOP_M)
    logarithm = np.log(TABLE_KGPM3)
    logarithm[0] = math.log(pressure * AIR / temperature)
    slope = np.gradient(logarithm, NODE_M)
    geopotential_rate = (RADIUS_M / (RADIUS_M + TOP_M)) ** 2
    slope[0] = -(HYDROSTATIC + LAPSE_KPM[-1]) / temperature * geopotential_rate
    return logarithm, slope


NODE_LOG, NODE_SLOPE = _nodes()


@njit
def density(alt):
    """Density (kg/m^3) at geometric height `alt` (m): cubic in its logarithm between 86 and 200 km, 0 above."""
    if alt >= CEILING_M:
        return 0.0
    if alt <= TOP_M:
        temperature, pressure = temperature_pressure(alt)
        return pressure * AIR / temperature
    i = 0
    while alt >= NODE_M[i + 1]:
        i += 1
    step = NODE_M[i + 1] - NODE_M[i]
    u = (alt - NODE_M[i]) / step
    rise = NODE_LOG[i + 1] - NODE_LOG[i]
    left, right = NODE_SLOPE[i] * step, NODE_SLOPE[i + 1] * step
    return math.exp(NODE_LOG[i] + u * (left + u * (3.0 * rise - 2.0 * left - right + u * (left + right - 2.0 * rise))))
