"""Over which link a centre has a message first."""

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.realtime import material
from trackfuse.realtime.bodies import ITEMS, TRACK
from trackfuse.realtime.network import Cuts, Emulated
from trackfuse.realtime.sensors import networks_of, numbers_of
from trackfuse.sharing import Link

NAME = "kn25_2023_02_20"


def emulated(policy: str) -> tuple[Emulated, tuple[Link, ...], list[str]]:
    scenario = tf.load_scenario(NAME)
    picked = scenario.policy(policy)
    given = material.drawn(scenario, picked, seed=0)
    network = networks_of(scenario, picked, given.prepared, given.noise)[0]
    made = Emulated(network, numbers_of(given.prepared, given.measurements), len(given.prepared.cycle_s))
    return made, picked.effective_links(), [node.node_id for node in scenario.nodes]


@pytest.mark.parametrize("policy", ["national", "bilateral", "trilateral", "ideal"])
@pytest.mark.parametrize("level", [TRACK, ITEMS])
def test_links_lead_back_to_where_a_message_is_from(policy: str, level: int) -> None:
    made, links, names = emulated(policy)
    for origin in range(len(names)):
        arrivals = made.of_report(level, origin, 10, 55.0)
        reached = np.flatnonzero(np.isfinite(arrivals.at_s)).tolist()
        assert arrivals.link[origin] == -1 and {i for i, link in enumerate(arrivals.link) if link >= 0} == {
            i for i in reached if i != origin
        }
        for i in reached:
            at, hops = i, 0
            while at != origin:
                link = links[arrivals.link[at]]
                assert link.target == names[at] and hops < len(names)
                before = names.index(link.source)
                assert arrivals.at_s[before] <= arrivals.at_s[at]
                at, hops = before, hops + 1


def test_people_carry_what_the_hub_no_longer_does() -> None:
    made, links, names = emulated("trilateral")
    rok, jpn = names.index("ROK"), names.index("JPN")
    for cut, over in ((Cuts(), "hub-usfj-jpn"), (Cuts(links=frozenset({"hub-usfj-jpn"})), "tisa-usfj-jpn")):
        assert links[made.of_report(ITEMS, rok, 10, 55.0, cut).link[jpn]].link_id == over
