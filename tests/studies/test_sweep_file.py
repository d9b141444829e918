"""A sweep asked for by a file."""

from pathlib import Path

import pytest

from trackfuse import cli
from trackfuse.core.errors import TrackfuseError
from trackfuse.studies.sweeps.file import read_sweep

GOOD = """scenario = "hwasong12_2022_10_04"
policies = ["ideal"]
runs = 1
[over]
"rule.decision_s" = {distribution = "lognormal", median = 45, spread = 0.4, n = 2}
"launch.range_km" = [4600.0, 19000.0]
"""


def test_a_file_is_flown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    assert cli.main(["sweep", str(tmp_path / "a.toml"), "--out", str(tmp_path / "out"), "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "4 points (grid) of 1 runs" in said and "point 1 not flown" in said
    assert len(list((tmp_path / "out" / "rows").iterdir())) == 1


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("runs", "rums"), "runs"),
        (("runs = 1", 'runs = "many"'), "runs"),
        (("[over]", "[ovr]"), "over"),
        (("[over]", "[over"), "a.toml"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, change: tuple[str, str], hint: str) -> None:
    (tmp_path / "a.toml").write_text(GOOD.replace(*change))
    with pytest.raises(TrackfuseError, match=hint):
        read_sweep(tmp_path / "a.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrackfuseError, match="none"):
        read_sweep(tmp_path / "none.toml")
