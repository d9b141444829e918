"""Policies as values: what is refused, and what an override acts on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trackfuse.core.errors import NetworkError
from trackfuse.sharing import Link, Node, Policy, check_carries

LINK = Link(link_id="a>b", source="a", target="b", payload="track", latency_s=2.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"latency_s": -1.0}, "latency_s"),
        ({"latency_s": float("nan")}, "latency_s"),
        ({"loss": 1.5}, "loss"),
        ({"period_s": -12.0}, "period_s"),
        ({"payload": "tracks"}, "did you mean 'track'"),
        ({"target": "a"}, "both 'a'"),
        ({"outages_s": ((10.0, 5.0),)}, "outage end"),
        ({"outages_s": ((float("nan"), 5.0),)}, "outage begin"),
        ({"period_s": float("nan")}, "period_s"),
        ({"capacity_per_s": 0.0}, "capacity_per_s: 0.0 is not above 0"),
        ({"capacity_per_s": -2.0}, "capacity_per_s"),
        ({"capacity_per_s": float("nan")}, "capacity_per_s"),
    ],
)
def test_impossible_link_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(NetworkError, match=says):
        replace(LINK, **change)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_impossible_processing_is_refused(value: float) -> None:
    with pytest.raises(NetworkError, match="node 'hub' processing_s"):
        Node(node_id="hub", nation="USA", name="hub", processing_s=value)


def test_a_link_that_nothing_can_cross_is_refused() -> None:
    """It takes only what nobody brings; a centre that receives nothing is a policy all the same."""
    onward = Link(link_id="b>c", source="b", target="c", payload="track", latency_s=1.0, origins=("a",))
    check_carries(Policy(name="p", title="", meaning="", links=(LINK, onward)))
    check_carries(Policy(name="p", title="", meaning="", links=(replace(LINK, source="b", target="a"),)))
    with pytest.raises(NetworkError, match=r"link 'b>c': nothing can cross it, .* data of a, which no .* brings to b"):
        check_carries(Policy(name="p", title="", meaning="", links=(onward,)))
    withheld = replace(LINK, origins=("b",))
    with pytest.raises(NetworkError, match="link 'a>b': nothing can cross it"):
        check_carries(Policy(name="p", title="", meaning="", links=(withheld, onward)))


def test_two_links_of_one_name_are_refused() -> None:
    with pytest.raises(NetworkError, match="one name"):
        Policy(name="p", title="", meaning="", links=(LINK, LINK))


def test_impossible_override_is_refused(policies: tuple[Policy, ...]) -> None:
    with pytest.raises(NetworkError, match="latency_s"):
        replace(policies[2], latency_s=-5.0)


@pytest.mark.parametrize(("name", "changed"), [("national", ()), ("bilateral", ("relay",)), ("trilateral", ("hub",))])
def test_override_acts_on_the_fastest_exchange_alone(
    make_ladder: Callable[..., tuple[Policy, ...]], name: str, changed: tuple[str, ...]
) -> None:
    policy = next(p for p in make_ladder() if p.name == name)
    slower = replace(policy, latency_s=60.0, loss=0.25, payload="detection")
    after = {link.link_id: link for link in slower.effective_links()}
    for link in policy.links:
        if link.exchange and link.link_id.split()[-1] in changed:
            assert after[link.link_id] == replace(
                link, latency_s=60.0, latency_spread=0.0, loss=0.25, payload="detection"
            )
        else:
            assert after[link.link_id] == link


def test_no_override_changes_nothing(policies: tuple[Policy, ...]) -> None:
    for policy in policies:
        assert policy.effective_links() == policy.links
