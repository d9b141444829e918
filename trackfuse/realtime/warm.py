"""Makes a node ready before its run begins: all that it calls is loaded, or compiled, on a made-up flight."""

from dataclasses import replace

import numpy as np
import pymap3d

from trackfuse.realtime.bodies import Message, Plot, Report
from trackfuse.realtime.knowledge import Knowledge
from trackfuse.realtime.node import LiveNode
from trackfuse.realtime.setup import NodeSetup
from trackfuse.sensing import ERRORS

SITE, CYCLES = (38.0, 128.0, 0.0), 16


def warm_up(setup: NodeSetup) -> None:
    """Have a throw-away node track a made-up rise seen by a made-up radar, and fuse it with another node's report.

    Parameters
    ----------
    setup : NodeSetup
    """
    cycles = min(CYCLES, len(setup.cycle_s))
    node, number = LiveNode(replace(setup, cycle_s=setup.cycle_s[:cycles])), 0
    knows = Knowledge(setup.node, setup.tracker)
    for t_s in (1.0, 2.0):  # angles alone, as of an infrared sensor
        knows.plot(replace(_plot(t_s, 0, setup), infrared=True), setup.node, t_s)
    other = setup.nodes[(setup.node + 1) % len(setup.nodes)].node_id
    for now_s in setup.cycle_s[:cycles]:
        for t_s in (now_s - 3.0, now_s - 1.0):
            message = Message(origin=other, sequence=number, sent_s=t_s, body=_plot(t_s, number, setup))
            node.receive(message, float(now_s))
            number += 1
        for report in (each for each in node.step()[1] if isinstance(each, Report)):
            node.receive(Message(origin=other, sequence=number, sent_s=float(now_s), body=report), float(now_s))


def _plot(t_s: float, number: int, setup: NodeSetup) -> Plot:
    """What a radar at `SITE` sees of something that rises some 300 km away."""
    east, north, up = 1e5 + 800.0 * t_s, 2e5, 6e4 + 1500.0 * t_s
    azimuth, elevation, reach = pymap3d.enu2aer(east, north, up, deg=False)
    lat, lon = np.radians(SITE[:2])
    axes = np.array([
        [-np.sin(lon), np.cos(lon), 0.0],
        [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)],
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)],
    ])  # fmt: skip
    return Plot(
        sensor=setup.sources.names[0], number=number, object=0, measured_s=float(t_s),
        z=np.array([reach, azimuth, elevation, np.nan], dtype=float), sigma=np.array([50.0, 1e-3, 1e-3, np.inf]),
        site_m=np.array(pymap3d.geodetic2ecef(*SITE)), site_velocity_mps=np.zeros(3), enu_from_ecef=axes,
        infrared=False, cued=True, snr_db=20.0, registration=np.zeros((3, len(ERRORS))),
    )  # fmt: skip
