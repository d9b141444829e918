"""The table of `trackfuse bench` has the agreed columns."""

import json

import pytest

from benchmarks import table
from trackfuse import cli


def test_bench_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    once = table.taken
    monkeypatch.setattr(table, "taken", lambda work, repeat, warm=0: once(work, repeat=1, warm=0))
    monkeypatch.setattr(cli, "_benchmarks", lambda: table)
    assert cli.main(["bench", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(set(row) == {"case", "engine", "cpu_s", "wall_s", "load", "ratio_to_ours"} for row in rows)
    assert {row["engine"] for row in rows} == {"trackfuse", *table.OTHERS}
    assert all(row["cpu_s"] > 0.0 and row["wall_s"] > 0.0 for row in rows)
    assert all(row["ratio_to_ours"] == 1.0 for row in rows if row["engine"] == "trackfuse")
