"""Every command with words that nobody meant to write: refused in a line that says which, or begun; never a traceback.

The words come from the parser itself, so that a new command, option or kind of value is tried as well. Nothing is
flown: what is tried ends where a command's work begins. Bounded and seeded; `python -m
tests.core.test_fuzz_command_line 1000` tries so many of each command.
"""

import argparse
import io
import math
import os
import re
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import strategies as st

from tests.core import test_fuzz as files
from tests.core.searches import search
from trackfuse import cli
from trackfuse.studies.sweeps import engine

COMMANDS = cli._COMMANDS.choices
WORK = {
    "run": "trackfuse.studies.compare.runner",
    "sweep": "trackfuse.studies.sweeps.sweep._fill",
    "validate": "trackfuse.history.validate._compared",
    "backtest": "trackfuse.history.backtest.shipped_cases",
    "record": "trackfuse.history.record.events_of",
    "scenarios": "trackfuse.catalog.scenarios.scenarios",
    "report": "trackfuse.views.report.report._answer",
    "answer": "trackfuse.studies.compare.runner",
    "live": "trackfuse.realtime.material.drawn",
    "node": "trackfuse.realtime.serving.serve",
    "keys": "trackfuse.realtime.machines.new_keys",
    "compile": "trackfuse.realtime.first_use.compile_all",
    "bench": "trackfuse.cli._benchmarks",
}
"""Where the work of a command begins, after all that it refuses."""
GIVEN = "trackfuse.realtime.live.given_to"
"""Where that of a live run of given detections begins."""
GOOD = {
    "SCENARIO": ["kn25_2023_02_20", "own.toml", "own.v1.toml"],
    "FILE.toml": ["sweep.toml"],
    "FILE.csv": ["launches.csv", "alerts.csv", "statements.csv"],
    "FILE": ["detections.csv"],
    "MACHINES": ["machines.toml"],
    "KEY": ["new.key"],
    "L": ["ja", "ko"],
    "NODE": ["JPN"],
    "DIR": ["new", "new/deep", "folder", "own.v1"],
    "P": ["trilateral", "national", "full", "none", "drawn"],
    "N": ["1", "2"],
    "S": ["0", "7", "20220", "12.5"],
    "X": ["1", "1000", "12.5"],
    "ADDRESS": ["tcp://127.0.0.1:9"],
    "WHAT": ["cut", "mend", "stop", "start", "kill"],
    "WHOM": ["JPN", "us-jpn", "fps5-shimokoshiki"],
}
"""Values as they are meant, by the kind that the help names: beside an odd one all else should be in order."""
ODD = (
    *files.ODD, "1" + "0" * 400, "-" + "9" * 30, "1e-400", "--", "-", "-x", "-x.toml", "=", "=x.csv", "a b", "\udcff",
    "\x1b[31mred", "\ud800", "a\nb", "../own.toml", "folder", "folder/", "full", "pipe", "loop", "loop/x", "empty.csv",
    "empty.toml", "binary.toml", "absent.toml", "absent.csv", "own.toml/x", "x" * 300 + ".toml", "pipe/x",
    "kn25_2023_02_2", "KN25_2023_02_20", "trilatral", "a.b.c", "sweep.toml", "launches.csv", "folder.toml", "null.toml",
    "tcp://", "tcp://[::1", "http://127.0.0.1:9", "127.0.0.1:x", "tcp://127.0.0.1:999999", "inproc://1",
)  # fmt: skip
MACHINES = "".join(
    f"[{name}]\naddress = '127.0.0.1:{port}'\npublic = '{letter * 40}'\nsecret = 'new.key'\n"
    for name, port, letter in (("links", 7000, "a"), ("nodes.JPN", 7001, "b"))
)
"""A file of addresses."""
LONGEST = 2500
"""Letters of a line; what is longest lists all valid names."""
PATIENCE_S = 60
"""Nothing takes a tenth of it on a quiet machine."""
SEED = 20


class Begun(BaseException):
    """The words were accepted."""


class Hang(BaseException):
    """Nothing came within `PATIENCE_S`."""


@st.composite
def values(draw: st.DrawFn, kind: str) -> str:
    """A value: as it is meant, odd, or any text."""
    how = draw(st.integers(0, 9))
    if how < 5:
        return draw(st.sampled_from(GOOD.get(kind, ODD)))
    return draw(st.sampled_from(ODD)) if how < 9 else draw(st.text(max_size=6).filter(inside))


def inside(word: str) -> bool:
    """Whether a word, as a path, stays in the folder at hand."""
    return "/" not in word and "\\" not in word and "~" not in word


def kinds_of(action: argparse.Action) -> tuple[str, ...]:
    """What the help calls the values of an option or a word."""
    return action.metavar if isinstance(action.metavar, tuple) else (action.metavar,) if action.metavar else ()


@st.composite
def option(draw: st.DrawFn, action: argparse.Action) -> list[str]:
    """An option with its values: whole or in part, mistyped, with one value more or less, joined by an equals sign."""
    flag = draw(st.sampled_from(action.option_strings))
    how = draw(st.integers(0, 15))
    flag = {0: flag[:-1], 1: flag[:3] + flag[4:], 2: flag.upper()}.get(how, flag)
    count = (action.nargs if isinstance(action.nargs, int) else 1) + {3: 1, 4: -1}.get(how, 0)
    kinds = kinds_of(action) or ("",)
    given = [draw(values(kinds[min(k, len(kinds) - 1)])) for k in range(max(count, 0))]
    return [f"{flag}={given[0]}", *given[1:]] if given and how in (5, 6, 7, 8) else [flag, *given]


@st.composite
def words(draw: st.DrawFn, name: str) -> list[str]:
    """What follows `trackfuse` for a command: all that it needs, options once or more, in any order."""
    actions = COMMANDS[name]._actions
    chosen = [a for a in actions if a.required and draw(st.integers(0, 9))]
    chosen += draw(st.lists(st.sampled_from(actions), max_size=4))
    parts = [draw(option(a)) if a.option_strings else [draw(values(str(a.metavar)))] for a in chosen]
    if not draw(st.integers(0, 19)):
        parts.append([draw(st.sampled_from(ODD))])
    found = [name, *(word for part in draw(st.permutations(parts)) for word in part)]
    return found if draw(st.integers(0, 19)) else [draw(st.sampled_from(ODD)), *found[1:]]


def lay_out(folder: Path) -> None:
    """What the words may name: good files, empty ones, folders, a pipe and a loop of links."""
    for name, content in (
        ("own.toml", files.LAUNCH), ("own.v1.toml", files.LAUNCH), ("-x.toml", files.LAUNCH),
        ("sweep.toml", files.SWEEP), ("launches.csv", files.LAUNCHES), ("alerts.csv", files.ALERTS),
        ("statements.csv", files.STATEMENTS), ("=x.csv", files.LAUNCHES), ("empty.csv", ""), ("empty.toml", ""),
    ):  # fmt: skip
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "detections.csv").write_text(files.DETECTIONS, encoding="utf-8")
    (folder / "machines.toml").write_text(MACHINES, encoding="utf-8")
    (folder / "binary.toml").write_bytes(bytes(range(256)))
    for name in ("folder", "full/inner", "folder.toml"):
        (folder / name).mkdir(parents=True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        (folder / "loop").symlink_to(folder / "loop")


@contextmanager
def at_hand() -> Iterator[None]:
    """A folder of those files to work in, and an alarm for what does not end."""

    def ring(*_: object) -> None:
        raise Hang

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        os.chdir(folder)
        if hasattr(signal, "SIGALRM"):
            old = signal.signal(signal.SIGALRM, ring)
            signal.alarm(PATIENCE_S)
        try:
            yield
        finally:
            if hasattr(signal, "SIGALRM"):
                signal.alarm(0)
                signal.signal(signal.SIGALRM, old)
            os.chdir(before)


def listed() -> set[Path]:
    """All that is in the folder at hand."""
    return set(Path().rglob("*"))


def said_by(arguments: list[str]) -> tuple[int | None, str, str]:
    """Status, output and errors of the command line; status None where work begins."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", newline="")
    status: int | None = None
    with at_hand(), warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("ignore")
        before = listed()
        try:
            status = cli.main(arguments)
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except Begun:
            assert_all_finite(cli._PARSER.parse_args(arguments))
        else:
            assert listed() == before
    for each in (out, err):
        each.flush()
    return status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()  # type: ignore[attr-defined]


def assert_all_finite(taken: argparse.Namespace) -> None:
    """No command begins with a number that is none."""
    numbers = [value for value in vars(taken).values() if isinstance(value, float)]
    numbers += [float(at) for at, *_ in getattr(taken, "at", [])]
    assert all(map(math.isfinite, numbers)), taken


def names_what(said: str, arguments: list[str]) -> bool:
    """Whether a message has an option, a field or a kind of value of the command, or a word as it was given."""
    parser = COMMANDS.get(arguments[0], cli._PARSER)
    known = {str(name) for a in parser._actions for name in (a.dest, a.metavar, *a.option_strings)}
    parts = [part.split("/")[0].split() for word in arguments for part in (word, word.partition("=")[2])]
    given = {repr(" ".join(part))[1:-1][:12] for part in parts if part}
    return any(name in said for name in known | given | {"COMMAND"})


def try_words(arguments: list[str]) -> None:
    """Give words to the command line; anything but help, work or a line that names what is wrong is a fault."""
    status, out, err = said_by(arguments)
    if status is None:
        return
    assert status in (0, 2)
    if status == 2:
        assert out == ""
        assert re.fullmatch(r"trackfuse: error: [^\n]+\n", err), err
        assert err[:-1].isprintable(), err
        assert len(err) < LONGEST, len(err)
        assert names_what(err, arguments), err


@contextmanager
def bounded() -> Iterator[None]:
    """No command does its work, and no scheduler is waited for long."""
    with patch.object(engine, "ANSWER_WITHIN_S", 0.05), patch.dict(os.environ, {"COLUMNS": "80"}):
        stops = []
        for place in dict.fromkeys((*WORK.values(), GIVEN)):
            module, _, _ = place.rpartition(".")
            import_module(module)
            stops.append(patch(place, side_effect=Begun))
        try:
            for stop in stops:
                stop.start()
            yield
        finally:
            for stop in stops:
                with suppress(RuntimeError):
                    stop.stop()


@pytest.mark.parametrize("name", COMMANDS)
def test_odd_words(name: str) -> None:
    with bounded():
        search(words(name), 30, try_words, SEED)


def test_all_commands_and_kinds_of_value_are_tried() -> None:
    kinds = {kind for each in COMMANDS.values() for a in each._actions if a.nargs != 0 for kind in kinds_of(a)}
    assert set(WORK) == set(COMMANDS) and set(GOOD) == kinds


@pytest.mark.parametrize("name", COMMANDS)
def test_good_words_begin(name: str) -> None:
    needed = [GOOD[kind][0] for a in COMMANDS[name]._actions if not a.option_strings for kind in kinds_of(a)]
    needed += ["--out", "new"] if name == "sweep" else []
    with bounded():
        assert said_by([name, *needed]) == (None, "", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "kn25_2023_02_20", "--polcy", "ideal"], "no option '--polcy'; did you mean '--policy'?"),
        (["scenarios", "a\n\x1b[31m"], r"'a\n\x1b[31m': is one word too many"),
        (["validate", "--launches", ""], "--launches: '' is no name"),
        (["run", "kn25_2023_02_20", "--runs", "9" * 5000], "... (5002 letters) is not a whole number"),
        (["run", "x" * 5000 + "/a.toml"], f"{'x' * 59}... (500"),
        (["live", "kn25_2023_02_20", "--until", "nan"], "live until_s: nan is not a finite number in [0, inf)"),
        (["live", "kn25_2023_02_20", "--at", "nan", "kill", "JPN"], "live event kill at_s: nan is not a finite number"),
        (["live", "kn25_2023_02_20", "--log", "full"], "full: is there already; choose another folder"),
    ],
)
def test_a_line_says_what_is_wrong_before_any_work(arguments: list[str], said: str) -> None:
    with bounded():
        status, _, err = said_by(arguments)
    assert status == 2 and said in err


@pytest.mark.parametrize("folder", ["full", "own.toml", *(["loop"] if hasattr(os, "mkfifo") else [])])
@pytest.mark.parametrize("words", ["sweep sweep.toml --out", "report --out", "live own.toml --log"])
def test_a_folder_that_is_in_use_is_left_as_it_is(words: str, folder: str) -> None:
    with bounded():
        status, _, err = said_by([*words.split(), folder])
    assert status == 2 and folder in err


if __name__ == "__main__":
    for each in COMMANDS:
        begun = time.monotonic()
        try:
            with bounded():
                search(words(each), int(sys.argv[1]), try_words, SEED)
            print(f"{each}: {sys.argv[1]} inputs, {time.monotonic() - begun:.0f} s, no fault", flush=True)
        except BaseException as fault:
            print(f"{each}: {type(fault).__name__}: {str(fault)[:300]}", flush=True)
