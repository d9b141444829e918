"""Small networks and looks for the tests of sharing, made by hand or at random."""

from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from trackfuse.sharing import (
    PAYLOADS,
    Confirmation,
    Deliveries,
    Detected,
    Knowledge,
    Link,
    Network,
    Node,
    Opportunities,
    Policy,
    Sources,
    detect,
)

NAMES = ("JPN", "ROK", "USFJ", "USFK", "INDOPACOM")
RELAY_S, RELAY_SPREAD = float(np.sqrt(120.0 * 600.0)), float(np.log(600.0 / 120.0) / 2.0 / 1.6448536)


def both(a: str, b: str, tag: str, **fields: object) -> tuple[Link, Link]:
    return tuple(Link(link_id=f"{s}>{t} {tag}", source=s, target=t, **fields) for s, t in ((a, b), (b, a)))


def ladder(*, period_s: float = 12.0, loss: float = 0.0, spread: float = 0.3) -> tuple[Policy, ...]:
    """The five arrangements, poorest first, each holding every link of the one before."""
    inner = sum(
        (
            both(a, b, "us", payload="detection", latency_s=1.0, latency_spread=spread, loss=loss)
            for a, b in (("USFJ", "INDOPACOM"), ("USFK", "INDOPACOM"))
        ),
        (),
    )
    allied = sum(
        (
            both(a, b, "allied", payload="track", latency_s=2.0, period_s=period_s, loss=loss)
            for a, b in (("USFJ", "JPN"), ("USFK", "ROK"))
        ),
        (),
    )

    def exchanged(tag: str, **fields: object) -> tuple[Link, ...]:
        return tuple(
            Link(link_id=f"{s}>{t} {tag}", source=s, target=t, origins=(s,), exchange=True, **fields)
            for s, t in (("JPN", "ROK"), ("ROK", "JPN"))
        )

    relay = exchanged("relay", payload="warning", latency_s=RELAY_S, latency_spread=RELAY_SPREAD)
    hub = exchanged("hub", payload="warning", latency_s=5.0, latency_spread=0.5, loss=loss)
    direct = both("JPN", "ROK", "direct", payload="track", latency_s=2.0, period_s=period_s)
    full = tuple(
        Link(link_id=f"{a}>{b} ideal", source=a, target=b, payload="detection", latency_s=0.0)
        for a in NAMES
        for b in NAMES
        if a != b
    )
    steps = (("national", inner), ("bilateral", allied + relay), ("trilateral", hub), ("mesh", direct), ("ideal", full))
    links: tuple[Link, ...] = ()
    policies = []
    for name, more in steps:
        links += more
        policies.append(Policy(name=name, title=name, meaning="", links=links))
    return tuple(policies)


def random_policy(seed: int, names: tuple[str, ...]) -> Policy:
    """Links of every kind between some of the nodes."""
    rng = np.random.default_rng(seed)
    links = []
    for a in names:
        for b in names:
            if a != b and rng.random() < 0.6:
                origins = tuple(n for n in names if rng.random() < 0.7) if rng.random() < 0.4 else ()
                outages = ((40.0, 70.0), (120.0, 121.0)) if rng.random() < 0.2 else ()
                links.append(
                    Link(
                        link_id=f"{a}>{b}",
                        source=a,
                        target=b,
                        payload=PAYLOADS[rng.integers(3)],
                        latency_s=rng.uniform(0, 20),
                        latency_spread=rng.choice([0.0, 0.5]),
                        period_s=rng.choice([0.0, 12.0]),
                        loss=rng.choice([0.0, 0.3, 1.0]),
                        origins=origins,
                        outages_s=outages,
                    )
                )
    return Policy(name="test", title="", meaning="", links=tuple(links))


class Case:
    """Nodes, sensors and looks of a test, run under any policy."""

    def __init__(
        self,
        *,
        nodes: tuple[Node, ...],
        home: list[int],
        infrared: list[bool],
        t_s: np.ndarray,
        sensor: np.ndarray,
        number: np.ndarray,
        pd: np.ndarray,
        uniform: np.ndarray,
        report_delay_s: np.ndarray,
        cycles: np.ndarray,
        ids: tuple[str, ...] = (),
        angles: list[bool] | None = None,
        confirm_plots: int = 3,
        confirm_window_s: float = 30.0,
        seed: int = 1,
        run: int = 0,
    ) -> None:
        self.__dict__.update({key: value for key, value in locals().items() if key != "self"})
        self.ids = ids or tuple(f"sensor {s}" for s in range(len(home)))

    @property
    def looks(self) -> Opportunities:
        return Opportunities(t_s=self.t_s, sensor=self.sensor, number=self.number, pd=self.pd, uniform=self.uniform)

    @property
    def confirmation(self) -> Confirmation:
        return Confirmation(plots=self.confirm_plots, window_s=self.confirm_window_s)

    def network(self, policy: Policy, *, seed: int | None = None) -> Network:
        sources = Sources(names=self.ids, home=np.array(self.home), is_infrared=np.array(self.infrared),
                          angles_only=np.array(self.angles or self.infrared),
                          report_delay_s=self.report_delay_s)  # fmt: skip
        return Network(nodes=self.nodes, policy=policy, sources=sources, seed=self.seed if seed is None else seed,
                       run=self.run, launch_id="test")  # fmt: skip

    def detect_under(self, policy: Policy) -> Detected:
        return detect(self.looks, self.network(policy), self.confirmation, self.cycles)

    def run_under(self, policy: Policy, *, seed: int | None = None) -> SimpleNamespace:
        """What `detect` gives, side by side; `detected` (n,), `received_s` and `launch_report_s` (n, N) by look, never
        without detection.
        """
        found = detect(self.looks, self.network(policy, seed=seed), self.confirmation, self.cycles)
        assert len(found.rows) == len(found.deliveries.received_s)
        detected = np.zeros(len(self.t_s), dtype=bool)
        detected[found.rows] = True
        by_look = {}
        for name in ("received_s", "launch_report_s"):
            by_look[name] = np.full((len(self.t_s), len(self.nodes)), np.inf)
            by_look[name][found.rows] = getattr(found.deliveries, name)
        parts = [(found.deliveries, Deliveries), (found.knowledge, Knowledge)]
        values = {field.name: getattr(part, field.name) for part, kind in parts for field in fields(kind)}
        return SimpleNamespace(**values | by_look, detected=detected, cued=found.cued)


def nodes_of(names: tuple[str, ...], cue_delay_s: float = 5.0) -> tuple[Node, ...]:
    return tuple(Node(node_id=name, nation=name[:3], name=name, cue_delay_s=cue_delay_s) for name in names)


def random_case(seed: int, *, names: tuple[str, ...] = NAMES, sensors: int = 6, duration_s: float = 200.0) -> Case:
    """Looks of sensors with revisits of 1 to 12 s whose detection probability wanders between 0 and 1."""
    rng = np.random.default_rng(seed)
    rows = []
    for s in range(sensors):
        revisit = rng.uniform(1.0, 12.0)
        k = np.arange(int(duration_s / revisit))
        rows.append(np.stack([rng.uniform(0, revisit) + k * revisit, np.full(len(k), s), k], axis=1))
    looks = np.concatenate(rows)
    looks = looks[np.lexsort((looks[:, 1], looks[:, 0]))]
    pd = np.sort(rng.random((len(looks), 2)) ** 3, axis=1)
    return Case(
        nodes=tuple(Node(node_id=n, nation=n, name=n, cue_delay_s=rng.uniform(0, 10)) for n in names),
        home=list(rng.integers(0, len(names), sensors)),
        infrared=list(rng.random(sensors) < 0.2),
        t_s=looks[:, 0],
        sensor=looks[:, 1].astype(np.int32),
        number=looks[:, 2].astype(np.int32),
        pd=pd,
        uniform=rng.random(len(looks)),
        report_delay_s=rng.uniform(0, 3, sensors),
        cycles=5.0 * np.arange(1, int(duration_s / 5) + 1),
        seed=seed,
    )


def certain_case(
    *,
    names: tuple[str, ...],
    home: list[int],
    infrared: list[bool],
    t_s: list[float],
    sensor: list[int],
    cycles: list[float],
    delay_s: float = 1.0,
    cue_delay_s: float = 5.0,
    **more: object,
) -> Case:
    """Looks that all detect."""
    n = len(t_s)
    number = np.array([sensor[:k].count(sensor[k]) for k in range(n)], dtype=np.int32)
    return Case(
        nodes=nodes_of(names, cue_delay_s),
        home=home,
        infrared=infrared,
        t_s=np.array(t_s),
        sensor=np.array(sensor, dtype=np.int32),
        number=number,
        pd=np.ones((n, 2)),
        uniform=np.full(n, 0.5),
        report_delay_s=np.full(len(home), delay_s),
        cycles=np.array(cycles),
        **more,
    )


@pytest.fixture(scope="session")
def policies() -> tuple[Policy, ...]:
    return ladder()


@pytest.fixture(scope="session")
def make_ladder() -> Callable[..., tuple[Policy, ...]]:
    return ladder


@pytest.fixture(scope="session")
def make_random() -> Callable[..., Case]:
    return random_case


@pytest.fixture(scope="session")
def make_random_policy() -> Callable[..., Policy]:
    return random_policy


@pytest.fixture(scope="session")
def make_certain() -> Callable[..., Case]:
    return certain_case
