"""The stage between track and published figure: shares, rounding, and quantiles of what may be published."""

import numpy as np
import pytest

from trackfuse.core.errors import ScenarioError
from trackfuse.history.announcement import Announcement, Figures, announced_figures, announcements, weighted_quantiles

MADE_BY = Announcement(nation="JPN", ordinary_path_share=0.4, ordinary_path_from_km=350.0, rounding_km=50.0,
                       publish_near=0.9, publish_far=0.7, publish_far_from_km=500.0)  # fmt: skip


def test_a_far_flight_is_published_either_way() -> None:
    figures = announced_figures(MADE_BY, np.array([411.0, 409.0]), np.array([570.0, 560.0]), 570.0)
    assert figures.km.tolist() == [400.0, 400.0, 550.0, 550.0]
    assert figures.weight == pytest.approx([0.4, 0.4, 0.6, 0.6])


def test_a_near_flight_is_published_as_the_track_ends() -> None:
    figures = announced_figures(MADE_BY, np.array([200.0]), np.array([300.0]), 300.0)
    assert weighted_quantiles(figures, (0.05, 0.5, 0.95)) == (300.0, 300.0, 300.0)


def test_quantiles_are_those_of_a_sample_with_as_many_of_each() -> None:
    rng = np.random.default_rng(5)
    km, counts = rng.permutation(np.arange(40.0)), rng.integers(0, 6, 40)
    figures = Figures(km, counts.astype(float))
    shares = (0.05, 0.25, 0.5, 0.9, 0.95)
    sample = np.quantile(np.repeat(km, counts), shares, method="inverted_cdf")
    assert weighted_quantiles(figures, shares) == pytest.approx(tuple(sample))


def test_nothing_tracked_has_no_quantiles() -> None:
    assert np.isnan(weighted_quantiles(Figures(np.empty(0), np.empty(0)), (0.5,))).all()


def test_silence_is_likelier_far_away() -> None:
    assert (MADE_BY.publish(499.0), MADE_BY.publish(500.0)) == (0.9, 0.7)


def test_shipped_values_are_in_order_and_cover_every_nation() -> None:
    low, nominal, high = (announcements(name) for name in ("low", "nominal", "high"))
    assert set(nominal) == {"JPN", "ROK", "USA"}
    assert nominal["JPN"].ordinary_path_share == 0.45
    assert low["JPN"].publish_far < nominal["JPN"].publish_far < high["JPN"].publish_far
    with pytest.raises(ScenarioError, match="nominal"):
        announcements("nominl")
