"""What a fused track truly follows, on tracks made for the purpose."""

import numpy as np

from trackfuse.simulation.true_objects import NOTHING, followed_in
from trackfuse.tracking import TrackClusters

N = NOTHING
FOLLOWS = np.array([[0, 0, 1, N], [0, 0, 0, 0], [2, 1, 0, N], [2, 1, 1, N]])
"""Of four own tracks, one of each of four nodes, at four cycles."""


def followed(node: int, members: list[list[int]]) -> list[int]:
    """What the fused track of a node follows, of tracks that are members at each cycle (N, J)."""
    clusters = TrackClusters(member=np.array([members]), node=np.array([node]), cluster=np.zeros(1, dtype=int))
    return followed_in(clusters, FOLLOWS)[0].tolist()


def test_a_node_s_own_track_decides() -> None:
    assert followed(0, [[0] * 4, [1] * 4, [2] * 4, [3] * 4])[:3] == [0, 0, 1]


def test_else_what_most_follow_does() -> None:
    """Of as many, what the first of them follows."""
    none = [-1] * 4
    assert followed(0, [none, [1] * 4, [2] * 4, [3] * 4])[:3] == [2, 1, 0]
    assert followed(0, [none, [1] * 4, none, [3] * 4])[:3] == [0, 0, 0]
    assert followed(1, [[0] * 4, none, none, [3] * 4])[:3] == [0, 0, 1]


def test_between_reports_it_is_what_it_was() -> None:
    none = [-1] * 4
    assert followed(0, [none, [-1, 1, -1, -1], none, none]) == [NOTHING, 0, 0, 0]
    assert followed(0, [none, none, [2, 2, 2, -1], none]) == [2, 1, 0, 0]
