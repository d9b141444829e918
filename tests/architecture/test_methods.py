"""Every equation of docs/methods.md is compared with something else by a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")

COMPARED = {
    r"a(t) = \frac{a_0}{1 - a_0\,t / c}": "flight/test_kernel.py:test_rocket_equation",
    r"\ddot{\mathbf r} = \mathbf g(\mathbf r)": (
        "flight/test_kernel.py:test_same_flight_in_inertial_axes_by_another_integrator"
    ),
    r"P_d = P_{fa}^{\,1/(1 + \mathrm{SNR})}": "sensing/test_detection.py:test_swerling_1_closed_form",
    r"\mathbf P^- = \mathbf F \mathbf P \mathbf F^\top": (
        "tracking/test_filter.py:test_coasting_filter_equals_that_of_filterpy"
    ),
    r"\mathbf G_k(h_k) = \mathbf x": "warning/test_launch_cue.py:test_three_lines_agree_with_brute_force",
    r"P(m \mid \text{lines})": "warning/test_launch_cue.py:test_claims_are_those_of_bayes_rule",
    r"\sigma \approx \sigma_h": (
        "warning/test_launch_cue.py:test_one_line_of_what_climbs_upright_is_as_long_as_the_height_is_unsure"
    ),
    r"\mathbf P^{-1} = w\,\mathbf A^{-1}": "tracking/test_rules.py:test_skew_ellipses",
    r"\varepsilon = \mathbf e^\top": (
        "scoring/test_accuracy.py:test_nees_equals_the_textbook_form_for_a_full_covariance"
    ),
    r"\mathbf J = \sum_k": "scoring/test_bound.py:test_two_radars_alone_together_and_late",
    r"d(X, Y)^p = \min_{\gamma}": "scoring/test_assignment.py:test_stone_soup_agrees",
    r"g_r = f_r(\text{baseline})": "scoring/test_gains.py:test_gain_is_paired_and_signed",
    r"binomial$(n, \tfrac12)$": "scoring/test_gains.py:test_median_interval_has_at_least_its_binomial_coverage",
    "exact interval of Clopper & Pearson": "scoring/test_gains.py:test_share_interval_is_that_of_scipy",
}
"""What the page says, from its beginning, and the test that compares it."""


def test_every_equation_is_listed() -> None:
    equations = [" ".join(each.split()) for each in re.findall(r"\$\$(.+?)\$\$", METHODS, re.DOTALL)]
    without = [each for each in equations if not any(each.startswith(begin) for begin in COMPARED)]
    assert not without and len(equations) == 12


@pytest.mark.parametrize(("said", "test"), COMPARED.items(), ids=COMPARED.values())
def test_the_test_of_an_equation_exists(said: str, test: str) -> None:
    assert said in METHODS
    path, name = test.split(":")
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
