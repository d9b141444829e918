"""Delivery against a slow reference that follows every path of every message, and rule by rule."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from trackfuse.core.errors import NetworkError
from trackfuse.core.rng import generator
from trackfuse.sharing import KNOWN_BY, PAYLOADS, Deliveries, Link, Policy
from trackfuse.sharing.linktable import delays, layout_of

INF = math.inf
TWO = ("A", "B")
THREE = ("A", "B", "C")


def policy_of(*links: Link) -> Policy:
    return Policy(name="test", title="", meaning="", links=links)


def link(source: str, target: str, payload: str = "detection", latency_s: float = 4.0, **more: object) -> Link:
    return Link(
        link_id=f"{source}>{target}", source=source, target=target, payload=payload, latency_s=latency_s, **more
    )


class Reference:
    """Every message along every simple path, as text-book code: dictionaries, recursion, no arrays."""

    def __init__(self, case, policy: Policy) -> None:
        self.case, self.links, self.drawn = case, policy.effective_links(), {}
        self.names = [node.node_id for node in case.nodes]

    def delay(self, link: Link, origin: str, number: int, stamp: float) -> float:
        for what, draw in (("latency", "standard_normal"), ("loss", "random")):
            if (link.link_id, origin, what) not in self.drawn:
                stream = generator(self.case.seed, self.case.run, "test", link.link_id, origin, what)
                self.drawn[link.link_id, origin, what] = getattr(stream, draw)(2000)
        sent = math.ceil(stamp / link.period_s) * link.period_s if link.period_s else stamp
        out = any(begin <= sent <= end for begin, end in link.outages_s)
        lost = self.drawn[link.link_id, origin, "loss"][number] < link.loss
        return (
            INF
            if out or lost
            else link.latency_s * math.exp(link.latency_spread * self.drawn[link.link_id, origin, "latency"][number])
        )

    def paths(
        self, at: str, when: float, level: int, home: str, origin: str, number: int, stamp: float, been: tuple[str, ...]
    ) -> Iterator[tuple[str, float]]:
        yield at, when
        for link in self.links:
            if (
                link.source == at
                and link.target not in been
                and PAYLOADS.index(link.payload) >= level
                and home in (link.origins or [home])
            ):
                left = math.ceil(when / link.period_s) * link.period_s if link.period_s else when
                there = left + self.delay(link, origin, number, stamp)
                if there < INF:
                    yield from self.paths(link.target, there, level, home, origin, number, stamp, (*been, link.target))

    def arrivals(self, level: int, home: str, origin: str, number: int, stamp: float) -> list[float]:
        least = dict.fromkeys(self.names, INF)
        for node, when in self.paths(home, stamp, level, home, origin, number, stamp, (home,)):
            least[node] = min(least[node], when)
        return list(least.values())

    def confirmation(self, plots: list[tuple[float, float]]) -> float:
        """First instant by which the node holds enough plots measured within one window."""
        need, window = self.case.confirm_plots, self.case.confirm_window_s
        for now in sorted(received for _, received in plots):
            held = sorted(measured for measured, received in plots if received <= now)
            if any(held[k + need - 1] - held[k] <= window for k in range(len(held) - need + 1)):
                return now
        return INF

    def run(self) -> dict[str, np.ndarray]:
        case, count = self.case, len(self.names)
        known, plots, seen = [INF] * count, [[] for _ in range(count)], set()
        detected, received, reported = [], [], []
        tracks, warnings = np.full((2, count, count, len(case.cycles)), INF)
        events = [(t, 0, k) for k, t in enumerate(case.t_s)] + [(t, 1, j) for j, t in enumerate(case.cycles)]
        for t, kind, k in sorted(events):
            if kind == 0:
                s = case.sensor[k]
                home = case.home[s]
                cued = s in seen or t >= known[home] + case.nodes[home].cue_delay_s
                hit = bool(case.uniform[k] < case.pd[k, int(cued)])
                detected.append(hit)
                row, report = [INF] * count, [INF] * count
                if hit:
                    seen.add(s)
                    stamp = t + case.report_delay_s[s]
                    row = self.arrivals(2, self.names[home], case.ids[s], case.number[k], stamp)
                    aware = (
                        self.arrivals(0, self.names[home], case.ids[s], case.number[k], stamp)
                        if case.infrared[s]
                        else row
                    )
                    report = aware if case.infrared[s] else report
                    for i in range(count):
                        known[i] = min(known[i], aware[i])
                        if not case.infrared[s] and row[i] < INF:
                            plots[i].append((t, row[i]))
                received.append(row)
                reported.append(report)
            else:
                for i in range(count):
                    if self.confirmation(plots[i]) <= t:
                        for level, table in ((1, tracks), (0, warnings)):
                            at = self.arrivals(level, self.names[i], self.names[i], k, t)
                            table[i, :, k] = [INF if o == i else at[o] for o in range(count)]
                        known = [min(a, b) for a, b in zip(known, warnings[i, :, k], strict=True)]
        return {
            "detected": np.array(detected),
            "received_s": np.array(received),
            "launch_report_s": np.array(reported),
            "known_s": np.array(known),
            "confirmed_s": np.array([self.confirmation(p) for p in plots]),
            "track_received_s": tracks,
            "warning_received_s": warnings,
        }


@pytest.mark.parametrize("seed", range(12))
def test_agrees_with_the_reference(make_random: Callable, make_random_policy: Callable, seed: int) -> None:
    """Bit for bit in what is detected, 1e-12 relative in instants: the order of additions along a path is the same."""
    case = make_random(seed, sensors=5, duration_s=150.0)
    policy = make_random_policy(seed, tuple(node.node_id for node in case.nodes))
    slow, fast = Reference(case, policy).run(), case.run_under(policy)
    assert slow["detected"].any()
    for name, expected in slow.items():
        np.testing.assert_allclose(getattr(fast, name), expected, rtol=1e-12, err_msg=name)


def chain(
    make_certain: Callable, *links: Link, names: tuple[str, ...] = THREE, infrared: bool = False, **more: object
) -> SimpleNamespace:
    """Sensor 0 at A looks at 10, 11, 12 s (plots at 11, 12, 13); nobody else has a sensor."""
    case = make_certain(
        names=names,
        home=[0],
        infrared=[infrared],
        t_s=[10.0, 11.0, 12.0],
        sensor=[0, 0, 0],
        cycles=[5.0, 10.0, 15.0, 20.0],
        **more,
    )
    return case.run_under(policy_of(*links))


def test_unreachable_node_never_knows(make_certain: Callable) -> None:
    got = chain(make_certain, link("C", "B"), names=TWO + ("C",))
    assert np.isinf([*got.known_s[1:], *got.confirmed_s[1:], *got.message_s[1:]]).all()
    assert list(got.known_by) == [0, -1, -1] and list(got.known_from) == [0, -1, -1]
    assert np.isinf(got.track_received_s).all() and np.isinf(got.received_s[:, 1:]).all()


def test_plots_reports_and_their_codes(make_certain: Callable) -> None:
    """Plots leave A at 11, 12 and 13 s; A's third plot confirms at 13 s; its first report leaves at 15 s."""
    got = chain(make_certain, link("A", "B", "detection", 4.0), link("B", "C", "track", 2.0))
    np.testing.assert_array_equal(got.received_s, [[11.0, 15.0, INF], [12.0, 16.0, INF], [13.0, 17.0, INF]])
    np.testing.assert_array_equal(got.confirmed_s, [13.0, 17.0, INF])
    np.testing.assert_array_equal(got.track_received_s[0], [[INF] * 4, [INF, INF, 19.0, 24.0], [INF, INF, 21.0, 26.0]])
    np.testing.assert_array_equal(got.track_received_s[1, 2], [INF, INF, INF, 22.0])
    np.testing.assert_array_equal(got.known_s, [11.0, 15.0, 21.0])
    np.testing.assert_array_equal(got.cued_s, [16.0, 20.0, 26.0])
    np.testing.assert_array_equal(got.message_s, [INF, 19.0, 21.0])
    assert [KNOWN_BY[code] for code in got.known_by] == ["own plot", "plot", "track"]
    assert list(got.known_from) == [0, 0, 0]


def test_a_warning_link_takes_the_three_items_and_no_more(make_certain: Callable) -> None:
    got = chain(make_certain, link("A", "B", "warning", 4.0), link("B", "C", "detection", 1.0))
    assert np.isinf(got.received_s[:, 1:]).all() and np.isinf(got.track_received_s).all()
    np.testing.assert_array_equal(got.warning_received_s[0, 2], [INF, INF, 20.0, 25.0])
    assert KNOWN_BY[got.known_by[2]] == "warning message" and np.isinf(got.confirmed_s[1:]).all()


def test_infrared_plot_is_a_launch_report_on_every_link_but_confirms_nothing(make_certain: Callable) -> None:
    got = chain(make_certain, link("A", "B", "warning", 4.0), infrared=True)
    np.testing.assert_array_equal(got.known_s, [11.0, 15.0, INF])
    np.testing.assert_array_equal(got.message_s, [11.0, 15.0, INF])
    assert np.isinf(got.received_s[:, 1]).all() and np.isinf(got.confirmed_s).all()
    assert KNOWN_BY[got.known_by[1]] == "infrared launch report"


def test_angles_alone_are_no_launch_report_and_confirm_nothing(make_certain: Callable) -> None:
    got = chain(make_certain, link("A", "B", "detection", 4.0), link("B", "C", "warning", 1.0), angles=[True])
    np.testing.assert_array_equal(got.received_s[:, :2], [[11.0, 15.0], [12.0, 16.0], [13.0, 17.0]])
    np.testing.assert_array_equal(got.known_s, [11.0, 15.0, INF])
    assert np.isinf(got.confirmed_s).all() and np.isinf(got.message_s).all()
    assert [KNOWN_BY[code] for code in got.known_by[:2]] == ["own plot", "plot"]


def test_origins_let_through_only_whose_data_they_name(make_certain: Callable) -> None:
    allowed = chain(make_certain, link("A", "B"), link("B", "C", origins=("A",)))
    np.testing.assert_array_equal(allowed.known_s, [11.0, 15.0, 19.0])
    withheld = chain(make_certain, link("A", "B"), link("B", "C", origins=("B", "C")))
    assert np.isinf(withheld.received_s[:, 2]).all()
    # B's own track, made from A's plots that it was given, is B's to pass on.
    np.testing.assert_array_equal(withheld.track_received_s[1, 2], [INF, INF, INF, 24.0])
    assert np.isinf(withheld.track_received_s[0, 2]).all()


def test_messages_wait_for_the_period(make_certain: Callable) -> None:
    got = chain(make_certain, link("A", "B", period_s=12.0))
    np.testing.assert_array_equal(got.received_s[:, 1], [16.0, 16.0, 28.0])


def test_outage_loses_what_is_sent_in_it(make_certain: Callable) -> None:
    got = chain(make_certain, link("A", "B", outages_s=((0.0, 11.5), (12.5, 14.0))))
    np.testing.assert_array_equal(got.received_s[:, 1], [INF, 16.0, INF])
    waiting = chain(make_certain, link("A", "B", period_s=12.0, outages_s=((11.5, 12.5),)))
    np.testing.assert_array_equal(waiting.received_s[:, 1], [INF, INF, 28.0])


def test_loss_of_one_is_silence_and_another_path_replaces_it(make_certain: Callable) -> None:
    dead = link("A", "B", loss=1.0)
    assert np.isinf(chain(make_certain, dead).known_s[1])
    around = chain(make_certain, dead, link("A", "C", latency_s=1.0), link("C", "B", latency_s=1.0))
    np.testing.assert_array_equal(around.known_s, [11.0, 13.0, 12.0])


def test_share_of_lost_messages(make_random: Callable) -> None:
    """Loss 0.3 of n plots: within 4.5 standard deviations of 0.3 n (false failure below 1e-5; the seed is fixed)."""
    case = make_random(5, names=TWO, sensors=3, duration_s=2000.0)
    case.pd = np.ones_like(case.pd)
    case.home, case.infrared = [0, 0, 0], [False] * 3
    got = case.run_under(policy_of(link("A", "B", loss=0.3)))
    n = len(case.t_s)
    assert n > 500
    assert abs(np.isinf(got.received_s[:, 1]).sum() - 0.3 * n) < 4.5 * math.sqrt(0.21 * n)


def test_whole_seconds_may_be_written_without_a_point(make_random: Callable) -> None:
    case = make_random(5, names=TWO, sensors=3, duration_s=200.0)
    whole, point = (case.run_under(policy_of(link("A", "B", latency_s=s, loss=0.3))) for s in (5, 5.0))
    np.testing.assert_array_equal(whole.received_s, point.received_s)


def test_delay_is_lognormal_about_its_median(make_random: Callable) -> None:
    """Mean and spread of the logarithm within 4.5 standard errors (false failure below 2e-5; the seed is fixed)."""
    case = make_random(6, names=TWO, sensors=3, duration_s=2000.0)
    case.pd, case.home, case.infrared = np.ones_like(case.pd), [0, 0, 0], [False] * 3
    got = case.run_under(policy_of(link("A", "B", latency_s=10.0, latency_spread=0.4)))
    log = np.log((got.received_s[:, 1] - got.received_s[:, 0]) / 10.0)
    assert abs(log.mean()) < 4.5 * 0.4 / math.sqrt(len(log))
    assert abs(log.std() - 0.4) < 4.5 * 0.4 / math.sqrt(2 * len(log))


def test_cue_comes_after_first_knowledge_and_delay(make_certain: Callable) -> None:
    """A's launch report reaches B at 15 s; with 5 s to turn, B's radar is cued from 20 s on, or after its own hit."""
    t = [10.0, 14.0, 19.9, 20.0, 21.0]
    case = make_certain(names=TWO, home=[0, 1], infrared=[True, False], t_s=t, sensor=[0, 1, 1, 1, 1], cycles=[30.0])
    case.pd = np.array([[1.0, 1.0]] + [[0.0, 1.0]] * 4)
    got = case.run_under(policy_of(link("A", "B", "warning", 4.0)))
    assert list(got.cued) == [False, False, False, True, True] and list(got.detected) == [
        True,
        False,
        False,
        True,
        True,
    ]
    case.pd[1] = 1.0
    assert list(case.run_under(policy_of()).cued) == [False, False, True, True, True]


def test_confirmation_needs_the_plots_in_one_window(make_certain: Callable) -> None:
    case = make_certain(
        names=TWO, home=[0], infrared=[False], t_s=[0.0, 20.0, 45.0, 49.0], sensor=[0] * 4, cycles=[60.0]
    )
    np.testing.assert_array_equal(case.run_under(policy_of()).confirmed_s, [50.0, INF])


def test_late_plots_confirm_in_their_order_of_receipt(make_certain: Callable) -> None:
    """The first plot takes 100 s to come; the next three are enough before it does."""
    case = make_certain(
        names=TWO, home=[0, 0], infrared=[False] * 2, t_s=[0.0, 10.0, 11.0, 12.0], sensor=[0, 1, 1, 1], cycles=[60.0]
    )
    case.report_delay_s = np.array([100.0, 1.0])
    assert case.run_under(policy_of()).confirmed_s[0] == 13.0
    case.t_s, case.sensor = case.t_s[:3], case.sensor[:3]
    case.number, case.pd, case.uniform = case.number[:3], case.pd[:3], case.uniform[:3]
    assert case.run_under(policy_of()).confirmed_s[0] == 100.0


def test_unknown_node_is_named_with_the_nearest(make_certain: Callable) -> None:
    case = make_certain(names=("JPN", "ROK"), home=[0], infrared=[False], t_s=[1.0], sensor=[0], cycles=[5.0])
    with pytest.raises(NetworkError, match=r"no node 'JPM'; did you mean 'JPN'"):
        case.run_under(policy_of(link("ROK", "JPM")))


def test_looks_out_of_order_are_refused(make_certain: Callable) -> None:
    case = make_certain(names=TWO, home=[0], infrared=[False], t_s=[2.0, 1.0], sensor=[0, 0], cycles=[5.0])
    with pytest.raises(NetworkError, match="order of time"):
        case.run_under(policy_of())


def test_link_without_origin_consent_draws_nothing_for_it(make_random: Callable, policies: tuple[Policy, ...]) -> None:
    """Same links in another order, and more of them, leave every other link's delays as they were."""
    case = make_random(3)
    shuffled = replace(policies[1], links=policies[1].links[::-1])
    one, two = case.run_under(policies[1]), case.run_under(shuffled)
    for name in ("detected", "known_s", "received_s", "launch_report_s", "track_received_s", "warning_received_s"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_message_that_no_sensor_sends_never_arrives(make_random: Callable) -> None:
    """Streams of unlike length have one table: beyond a stream's own number all is infinite, and nothing before."""
    case = make_random(3)
    network = case.network(policy_of(*(link(a, b, latency_spread=0.4) for a, b in (("JPN", "ROK"), ("ROK", "USFJ")))))
    messages = np.arange(1, 1 + len(case.home))
    layout = layout_of(network, messages, 9)
    sent = np.isfinite(delays(layout, network))
    most = [stream.messages for stream in layout.streams]
    assert set(most) == {*messages.tolist(), 9} and sent.shape == (len(most), 9)
    np.testing.assert_array_equal(sent.sum(axis=1), most)
    assert (np.diff(sent.astype(int), axis=1) <= 0).all()


def test_reports_come_with_their_states_first_and_without_what_a_rule_keeps() -> None:
    """Two nodes, two cycles, one own track of A: its state is with B at 11 and 12 s, its items at 21 and 22 s. A rule
    keeps the items of the first cycle and the state of the second; where no track is asked for, the report itself is.
    """
    track, items = np.full((2, 2, 2), INF), np.full((2, 2, 2), INF)
    track[0, 1], items[0, 1] = [11.0, 12.0], [21.0, 22.0]
    none = np.empty((0, 2))
    free = Deliveries(received_s=none, launch_report_s=none, track_received_s=track, warning_received_s=items)
    for found, expected in zip(free.reports_of(np.array([0]), np.zeros((1, 2), int)), (track, items), strict=True):
        np.testing.assert_array_equal(found, expected[:1])
    may = np.ones((2, 1, 2, 2), dtype=bool)
    may[0, 0, 0, 1] = may[1, 0, 1, 1] = False
    kept = replace(free, releasable=may)
    state, told = kept.reports_of(np.array([0]), np.zeros((1, 2), int))
    np.testing.assert_array_equal(state[0, 1], [11.0, INF])
    np.testing.assert_array_equal(told[0, 1], [INF, 22.0])
    state, told = kept.reports_of(np.array([0]), np.array([[-1, 0]]))
    np.testing.assert_array_equal(state[0, 1], [11.0, INF])
    np.testing.assert_array_equal(told[0, 1], [21.0, 22.0])
