"""The command line: `trackfuse answer | run | sweep | validate | backtest | record | scenarios | live | report | ...`.

Everything heavy is imported inside the functions that compute, so that `--help` and a usage error answer at once.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from trackfuse.core.errors import SettingsError, TrackfuseError, shortened, unknown
from trackfuse.core.version import __version__
from trackfuse.studies.sweeps.file_help import SWEEP_FILE

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells expect (128 + SIGINT)."""
VALIDATED = ("event_id", "source_country", "published_s", "computed_s", "error_s", "error_pct", "status")
"""What `trackfuse validate` prints of each launch."""
LONGEST_WORD = 300
"""Letters of a word of a message; of a longer one only the beginning is shown."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error of the program does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_error_line(message)} (see '{self.prog} --help')\n")


def _error_line(message: object) -> str:
    """What is wrong on one line, whatever was given: control characters are written out, words of any length cut."""
    words = (
        word if len(word) <= LONGEST_WORD else f"{word[:60]}... ({len(word)} letters)" for word in str(message).split()
    )
    shown = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in " ".join(words))
    return f"trackfuse: error: {''.join(shown)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the program's name; default: those of the process.

    Returns
    -------
    int
        Exit status: 0, 2 for an error that the user can mend (one line on standard error), 130 after Ctrl-C.
    """
    options, left = _PARSER.parse_known_args(arguments)
    if left:
        options.parser.error(_not_taken(left[0], options.flags))
    try:
        document, text = options.compute(options)
        print(_json(document) if options.json else text)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("trackfuse: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `trackfuse scenarios | head -1`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (TrackfuseError, OSError) as error:
        print(_error_line(error), file=sys.stderr)
        return 2
    return 0


def _not_taken(word: str, flags: Sequence[str]) -> str:
    """Why a command does not take a word."""
    if len(word) > 1 and word.startswith("-"):
        return unknown("option", word.partition("=")[0], flags)
    return f"{shortened(word)}: is one word too many"


# ---- the commands: each computes a document for --json, and a text ---------------------------------------------------

_PARSER = _Parser(
    prog="trackfuse",
    description="What is sharing missile-warning data worth, in seconds and kilometres, and for whom?",
)
_PARSER.set_defaults(json=False)
_PARSER.add_argument("--version", action="version", version=f"trackfuse {__version__}")
_COMMANDS = _PARSER.add_subparsers(title="commands", metavar="COMMAND", required=True)

_Compute = Callable[[argparse.Namespace], tuple[Any, str]]
_Argument = tuple[str, dict[str, Any]]


def _command(purpose: str, *arguments: _Argument, **layout: Any) -> Callable[[_Compute], _Compute]:
    """Make the function below a command of its name."""

    def enter(compute: _Compute) -> _Compute:
        described = purpose[0].upper() + purpose[1:] + "."
        name = compute.__name__.removeprefix("_")
        command = _COMMANDS.add_parser(name, help=purpose, description=described, **layout)
        flags = [flag for flag, _ in arguments if flag.startswith("-")]
        command.set_defaults(compute=compute, parser=command, flags=[*flags, "--help"])
        for flag, settings in arguments:
            valued: dict[str, Any] = {} if settings.get("action") == "store_true" else {"type": _name}
            command.add_argument(flag, **valued | settings)
        return compute

    return enter


def _argument(flag: str, **settings: Any) -> _Argument:
    return flag, settings


def _name(text: str) -> str:
    """Of a file, a folder, a policy: nothing has an empty one, as from a shell's variable that is not set."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"{shortened(text)} is no name")
    return text


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{shortened(text)} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{shortened(text)} is not a number") from None


def _runs(default: int, what: str) -> _Argument:
    return _argument("--runs", type=_whole, default=default, metavar="N", help=f"{what} (default: {default})")


_JSON = _argument("--json", action="store_true", help="print one JSON document instead of a table")
_SEED = _argument("--seed", type=_whole, default=0, metavar="S", help="the same seed gives the same bits (default: 0)")
_POSTURE = _argument(
    "--posture", metavar="P",
    help="sensors on station: full, none (no ship), published or drawn (default: the scenario's, else drawn)",
)  # fmt: skip
_LAUNCHES = _argument("--launches", metavar="FILE.csv", help="a file with the columns of the shipped launches")


@_command(
    "simulate a scenario under several sharing policies, on the same noise",
    _argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a TOML file"),
    _argument("--policy", action="append", metavar="P", help="a policy to compare, repeatable (default: all)"),
    _runs(100, "runs, each with its own noise"),
    _POSTURE,
    _SEED,
    _JSON,
)
def _run(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.studies.compare import compare
    from trackfuse.studies.document import document
    from trackfuse.views.report.text import comparison_text

    comparison = compare(
        options.scenario, options.policy, runs=options.runs, seed=options.seed, posture=options.posture
    )  # fmt: skip
    return document(comparison), comparison_text(comparison)


@_command(
    "fly a scenario at many points of a design, on threads or a cluster",
    _argument("file", metavar="FILE.toml", help="what to vary: see below"),
    _argument("--out", required=True, metavar="DIR", help="folder for the results; call again to resume"),
    _POSTURE,
    _SEED,
    _argument("--threads", type=_whole, metavar="N", help="threads to fly on (default: all cores)"),
    _argument("--scheduler", metavar="ADDRESS", help="of a dask cluster instead: tcp://HOST:8786"),
    _JSON,
    epilog=SWEEP_FILE,
    formatter_class=argparse.RawDescriptionHelpFormatter,
)
def _sweep(options: argparse.Namespace) -> tuple[Any, str]:
    from dataclasses import replace

    from trackfuse.catalog.catalog import load_scenario
    from trackfuse.studies.sweeps.file import read_sweep
    from trackfuse.studies.sweeps.sweep import sweep

    where = {"out": options.out, "threads": options.threads, "client": options.scheduler}
    asked = read_sweep(options.file)
    if options.posture is not None:
        asked["base"] = replace(load_scenario(asked["base"]), posture=options.posture)
    study = sweep(**asked, seed=options.seed, **where)
    not_flown = [f"point {point} not flown: {reason}" for point, reason in study.not_flown.items()]
    document = study.manifest | {"folder": str(study.folder), "not_flown": study.not_flown}
    return document, "\n".join([str(study), *not_flown])


@_command("compare computed flight times with the published ones", _LAUNCHES, _JSON)
def _validate(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.history.validate import validate
    from trackfuse.views.style.terminal import as_text, paragraph

    validated = validate(options.launches)
    table = validated[list(VALIDATED)]
    text = [as_text(table)] if len(table) else []
    stand_ins = validated[validated["remark"].str.contains("names no class")]
    text += [paragraph(f"{row.event_id} {row.source_country}: {row.remark}") for row in stand_ins.itertuples()]
    if not len(table) and not validated.attrs["left_out"]:
        text.append("nothing to compare: the file has no rows below its header")
    if validated.attrs["left_out"]:
        text.append(f"left out: {validated.attrs['left_out']} rows without apogee, range and flight time")
    return table.to_dict("records"), "\n".join(text)


@_command(
    "compare the published minutes of real alerts with simulated ones",
    _argument("--alerts", metavar="FILE.csv", help="a file with the columns of the shipped alerts"),
    _LAUNCHES,
    _runs(24, "runs a launch"),
    _SEED,
    _JSON,
)
def _backtest(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.history.backtest import backtest
    from trackfuse.views.report.text import backtest_text

    done = backtest(options.alerts, options.launches, runs=options.runs, seed=options.seed)
    return done.document(), backtest_text(done)


@_command(
    "compare what nations said of their tracking with the model's probability of it",
    _argument("--statements", metavar="FILE.csv", help="a file with the columns of the shipped statements"),
    _LAUNCHES,
    _argument(
        "--posture", metavar="P",
        help="which sensors are on station: full, none, published, drawn, learned (default: all but published)",
    ),
    _runs(6, "runs a launch and posture"),
    _SEED,
    _JSON,
)
def _record(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.history.record import record
    from trackfuse.views.report.text import record_text

    done = record(options.statements, options.launches, posture=options.posture, runs=options.runs, seed=options.seed)
    return done.document(), record_text(done)


@_command("list the shipped scenarios, the name first", _JSON)
def _scenarios(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.catalog.scenarios import scenarios
    from trackfuse.core.display import cut
    from trackfuse.views.style.terminal import WIDTH

    titles = dict(scenarios()[["name", "title"]].to_numpy())
    width = max(map(len, titles))
    # One line each, for programs that read lines; --json has the whole titles.
    return titles, "\n".join(cut(f"{name:<{width}}  {title}", WIDTH) for name, title in titles.items())


@_command(
    "run the reference study and write it as a page",
    _argument("--out", default="reports", metavar="DIR", help="folder to write to (default: reports)"),
    _argument("--lang", default="en", metavar="L", help="language of the report: en, ja or ko (default: en)"),
    _POSTURE,
)
def _report(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.views.report.report import report

    page = str(report(Path(options.out), posture=options.posture, lang=options.lang))
    return page, page


@_command(
    "say what sharing is worth: for whom, how much, when",
    _runs(60, "runs of each kind of flight and posture"),
    _SEED,
    _JSON,
)
def _answer(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.studies.answer import answer
    from trackfuse.views.style.terminal import paragraph

    given = answer(runs=options.runs, seed=options.seed)
    return {"sentences": given.sentences, "rows": given.table.to_dict("records")}, paragraph(str(given))


@_command(
    "run a scenario: every command centre in a process of its own, sharing by messages",
    _argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a TOML file"),
    _argument("--policy", default="trilateral", metavar="P", help="a policy of the scenario (default: trilateral)"),
    _argument("--detections", metavar="FILE", help="detections of your own, CSV or Parquet, by its sensors"),
    _argument("--speed", type=_number, default=1.0, metavar="X", help="seconds of the run in one second (default: 1)"),
    _argument("--until", type=_number, metavar="S", help="stop at this instant (default: when all is down)"),
    _argument("--log", metavar="DIR", help="folder for the log (default: one in results/live/)"),
    _argument(
        "--at", action="append", nargs=3, default=[], metavar=("S", "WHAT", "WHOM"),
        help="at an instant cut or mend a link, stop or start a sensor or node, or kill a node; repeatable",
    ),
    _argument("--machines", metavar="MACHINES", help="file of addresses: nodes on other machines, where `node` waits"),
    _argument(
        "--commands", action="store_true",
        help="take commands, a line each: pause, resume, cut or mend LINK, stop or start WHOM, kill NODE, end",
    ),
    _SEED,
    _JSON,
)
def _live(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.realtime.live import live, start_live
    from trackfuse.realtime.typed import obey
    from trackfuse.views.live_table import LiveTable, live_text

    events = [(_seconds(at), what, whom) for at, what, whom in options.at]
    table = None if options.json else LiveTable(sys.stderr)
    asked: dict[str, Any] = {
        "detections": options.detections, "speed": options.speed, "seed": options.seed, "log": options.log,
        "until_s": options.until, "events": events, "watch": table, "machines": options.machines,
    }  # fmt: skip
    if not options.commands:
        done = live(options.scenario, options.policy, **asked)
    else:
        run = start_live(options.scenario, options.policy, **asked)
        obey(run, sys.stdin, lambda said: print(said, file=sys.stderr, flush=True))
        done = run.result()
    return done.document, live_text(done.document)


@_command(
    "wait on this machine for a live run that another starts, and run one of its centres",
    _argument("machines", metavar="MACHINES", help="the file of addresses"),
    _argument("name", metavar="NODE", help="the centre"),
)
def _node(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.realtime.machines import read_machines
    from trackfuse.realtime.serving import serve

    away = serve(read_machines(options.machines), options.name, lambda said: print(said, file=sys.stderr, flush=True))
    return None, f"{options.name}: the run is over; {away} with unknown keys turned away"


@_command(
    "make a pair of keys for live runs on several machines, and print the public one",
    _argument("file", metavar="KEY", help="where the secret one is written; it stays on this machine"),
)
def _keys(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.realtime.machines import write_keys

    public = write_keys(options.file)
    return public, public


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"--at {text!r}: is not a number of seconds") from None


@_command("compile what the other commands need, so that their first use is like any other; set-up does this")
def _compile(options: argparse.Namespace) -> tuple[Any, str]:
    from trackfuse.realtime.first_use import compile_all

    compile_all()
    return None, "Compiled; this is kept until the package changes."


@_command("measure speed beside other libraries", _JSON)
def _bench(options: argparse.Namespace) -> tuple[Any, str]:
    import pandas as pd

    from trackfuse.views.style.terminal import as_text

    rows = _benchmarks().measure()
    columns = ["engine", "cpu_s", "wall_s", "load", "ratio_to_ours"]
    table = pd.DataFrame(rows, columns=["case", *columns])
    return rows, as_text(table[columns], 6, groups=list(table["case"]))


def _benchmarks() -> Any:
    """The benchmarks: in the wheel beside the package's data, in a checkout in benchmarks/."""
    from importlib import import_module

    here = Path(__file__).parent
    if (here / "_benchmarks").is_dir():
        return import_module("trackfuse._benchmarks.table")
    sys.path.insert(0, str(here.parent))
    return import_module("benchmarks.table")


def _json(document: Any) -> str:
    """One JSON document; what is not a finite number becomes null, never NaN."""
    text = json.dumps(document, default=lambda number: number.item())  # numpy's numbers as Python's
    return json.dumps(json.loads(text, parse_constant=lambda _: None), indent=1)
