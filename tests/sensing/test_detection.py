"""Detection theory against tables computed from the non-central chi-square distribution, and against that itself."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from trackfuse.core.errors import SettingsError
from trackfuse.kernels import detection as kernel
from trackfuse.sensing import albersheim_db, detection_probability, required_snr_db, shnidman_db

# Pd, Pfa; exact Swerling 0, Albersheim, Shnidman 0; exact 1, Shnidman 1; exact 3, Shnidman 3: dB, one pulse.
REQUIRED = [
    (0.5, 1e-6, 11.242553, 11.231985, 11.171614, 12.771866, 12.513739, 11.953714, 11.842676),
    (0.9, 1e-6, 13.183490, 13.114544, 13.121693, 21.143643, 21.346083, 17.295957, 17.233888),
    (0.9, 1e-4, 11.749083, 11.674317, 11.762712, 19.366011, 19.664741, 15.599375, 15.713726),
    (0.9, 1e-8, 14.227351, 14.193792, 14.101895, 22.401366, 22.648648, 18.511849, 18.375271),
    (0.99, 1e-6, 14.494770, 14.524757, 14.381172, 31.378703, 31.265849, 22.946189, 22.823511),
]
PRINTED = 1e-6
"""Tables above are printed to six decimals."""


@pytest.mark.parametrize("row", REQUIRED, ids=lambda row: f"{row[0]}-{row[1]:g}")
def test_required_snr_of_one_pulse(row: tuple[float, ...]) -> None:
    pd, pfa, exact0, albersheim, shnidman0, exact1, shnidman1, exact3, shnidman3 = row
    assert required_snr_db(pd, pfa, 0) == pytest.approx(exact0, abs=PRINTED)
    assert required_snr_db(pd, pfa, 1) == pytest.approx(exact1, abs=PRINTED)
    assert required_snr_db(pd, pfa, 3) == pytest.approx(exact3, abs=PRINTED)
    assert albersheim_db(pd, pfa) == pytest.approx(albersheim, abs=PRINTED)
    for swerling, expected in ((0, shnidman0), (1, shnidman1), (3, shnidman3)):
        assert shnidman_db(pd, pfa, swerling) == pytest.approx(expected, abs=PRINTED)


def test_required_snr_of_a_steady_target_to_all_printed_digits() -> None:
    assert required_snr_db(0.9, 1e-6, 0) == pytest.approx(13.183490056794499, abs=1e-10)


def test_required_snr_of_ten_pulses() -> None:
    exact = [required_snr_db(0.9, 1e-6, swerling, 10) for swerling in (0, 1, 2, 3)]
    assert exact == pytest.approx([5.267487, 13.499563, 6.291847, 9.601346], abs=PRINTED)
    assert albersheim_db(0.9, 1e-6, 10) == pytest.approx(4.990386, abs=PRINTED)
    assert shnidman_db(0.9, 1e-6, 0, 10) == pytest.approx(5.333642, abs=PRINTED)
    assert shnidman_db(0.9, 1e-6, 2, 10) == pytest.approx(6.158331, abs=PRINTED)


def test_probability_at_13_db() -> None:
    found = [float(detection_probability(13.0, 1e-6, swerling)) for swerling in (0, 1, 3)]
    assert found == pytest.approx([0.874441, 0.517178, 0.608965], abs=PRINTED)


def test_swerling_1_closed_form() -> None:
    """SNR = ln Pfa / ln Pd - 1."""
    for pd, pfa in ((0.1, 1e-4), (0.5, 1e-6), (0.95, 1e-9)):
        assert required_snr_db(pd, pfa, 1) == pytest.approx(10 * math.log10(math.log(pfa) / math.log(pd) - 1), abs=1e-8)


def test_albersheim_against_the_exact_square_law() -> None:
    """The documented 0.2 dB hold from Pd 0.4 on; below 0.3 the formula asks for too little."""
    for pfa in (1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        for pd, within in (*((x, 0.1) for x in np.linspace(0.4, 0.9, 11)), (0.3, 0.3)):
            assert abs(albersheim_db(pd, pfa) - required_snr_db(pd, pfa, 0)) < within
        assert albersheim_db(0.1, pfa) - required_snr_db(0.1, pfa, 0) < -0.7


def test_shnidman_is_within_a_decibel() -> None:
    for swerling in (0, 1, 2, 3, 4):
        for pd in (0.1, 0.3, 0.5, 0.8, 0.95):
            for pulses in (1, 10, 100):  # measured: at most 0.83 dB
                apart = shnidman_db(pd, 1e-6, swerling, pulses) - required_snr_db(pd, 1e-6, swerling, pulses)
                assert abs(apart) < 1.0, (swerling, pd, pulses)


@pytest.mark.parametrize("pulses", [1, 10, 300])
@pytest.mark.parametrize("pfa", [1e-12, 1e-6, 0.1])
def test_steady_target_is_the_noncentral_chi_square(pulses: int, pfa: float) -> None:
    snr_db = np.linspace(-20.0, 25.0, 91)
    threshold = stats.chi2.isf(pfa, 2 * pulses)
    expected = stats.ncx2.sf(threshold, 2 * pulses, 2 * pulses * 10 ** (snr_db / 10))
    np.testing.assert_allclose(detection_probability(snr_db, pfa, 0, pulses), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("swerling", "shape", "each_pulse"), [(1, 1, False), (2, 1, True), (3, 2, False), (4, 2, True)]
)
def test_fluctuation_is_an_average_over_cross_sections(swerling: int, shape: int, each_pulse: bool) -> None:
    """The steady target averaged over the gamma density of the mean cross-section of three pulses."""
    pulses, pfa, snr_db = 3, 1e-4, 9.0
    k = shape * pulses if each_pulse else shape
    threshold = stats.chi2.isf(pfa, 2 * pulses)

    def weighted(u: float) -> float:
        return stats.gamma.pdf(u, k, scale=1 / k) * stats.ncx2.sf(threshold, 2 * pulses, 2 * pulses * u * 10**0.9)

    expected = integrate.quad(weighted, 0.0, 30.0, limit=400, epsabs=1e-12)[0]
    assert float(detection_probability(snr_db, pfa, swerling, pulses)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("swerling", [0, 1, 3])
@pytest.mark.parametrize("pfa", [1e-12, 1e-8, 1e-6, 1e-3, 0.1])
def test_kernel_agrees_with_the_exact_sum(swerling: int, pfa: float) -> None:
    snr_db = np.linspace(-30.0, 60.0, 361)
    found = [kernel.detection(10 ** (x / 10), -math.log(pfa), swerling) for x in snr_db]
    np.testing.assert_allclose(found, detection_probability(snr_db, pfa, swerling), atol=1e-9)


@pytest.mark.parametrize("swerling", [0, 1, 3])
def test_kernel_inverse(swerling: int) -> None:
    for pd in (1e-3, 0.5, 0.99):
        found = 10 * math.log10(kernel.required(pd, -math.log(1e-6), swerling))
        assert found == pytest.approx(required_snr_db(pd, 1e-6, swerling), abs=1e-8)


@pytest.mark.parametrize("call", [
    lambda: detection_probability(13.0, 0.0, 0),
    lambda: detection_probability(13.0, 1e-6, 5),
    lambda: detection_probability(13.0, 1e-6, 1, 0),
    lambda: detection_probability(math.nan, 1e-6, 1),
    lambda: required_snr_db(1.0, 1e-6, 0),
    lambda: required_snr_db(1e-7, 1e-6, 0),
    lambda: albersheim_db(0.0, 1e-6),
    lambda: shnidman_db(0.9, 1e-6, 1, 20_000),
])  # fmt: skip
def test_bad_arguments_are_named(call: object) -> None:
    with pytest.raises(SettingsError, match=r"pfa|swerling|pulses|snr_db|pd"):
        call()  # type: ignore[operator]
