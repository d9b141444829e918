"""The command line: `trackfuse run | sweep | validate | backtest | scenarios | report | bench`.

Everything heavy is imported inside the handlers, so that `--help` and a usage error answer at once.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from trackfuse.core.errors import TrackfuseError
from trackfuse.core.version import __version__

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells expect (128 + SIGINT)."""
VALIDATED = ("event_id", "source_country", "published_s", "computed_s", "error_s", "error_pct", "status")
"""What `trackfuse validate` prints of each launch."""

SWEEP_FILE = """\
the file:
  scenario = "hwasong12_2022_10_04"       name of a shipped scenario, or a TOML file beside this one
  policies = ["bilateral", "trilateral"]  (default: all)
  runs = 100                              runs at each point
  design = "grid"                         or one_at_a_time, random, lhs, sobol, saltelli
  points = 64                             of the last four; a power of two for sobol and saltelli
  [over]                                  or, for everything that is assumed: over = "assumed"
  "policies.trilateral.latency_s" = [1, 5, 15, 60]
  "policy.loss" = {low = 0.0, high = 0.5, n = 6}
  "rule.decision_s" = {distribution = "lognormal", median = 45, spread = 0.4}
  "sensors.fps5.range_km" = "assumed"     low, nominal and high of the data
distributions: uniform, loguniform (low, high), normal (mean, sd), lognormal (median, spread),
triangular (low, mode, high); in a grid with n, the number of levels."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error of the program does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"trackfuse: error: {message} (see '{self.prog} --help')\n")


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
    options = _parser().parse_args(arguments)
    try:
        options.handler(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("trackfuse: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `trackfuse scenarios | head -1`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (TrackfuseError, OSError) as error:
        print(f"trackfuse: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    question = "What is sharing missile-warning data worth, in seconds and kilometres, and for whom?"
    parser = _Parser(prog="trackfuse", description=question)
    parser.add_argument("--version", action="version", version=f"trackfuse {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = _command(commands, "run", _run, "simulate a scenario under several sharing policies, on the same noise")
    run.add_argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a TOML file")
    run.add_argument("--policy", action="append", metavar="P", help="a policy to compare, repeatable (default: all)")
    run.add_argument("--runs", type=int, default=100, metavar="N", help="runs, each with its own noise (default: 100)")
    run.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed gives the same bits (default: 0)")

    sweep = _command(commands, "sweep", _sweep, "fly a scenario at many points of a design, on threads or a cluster")
    sweep.add_argument("file", metavar="FILE.toml", help="what to vary: see below")
    sweep.add_argument("--out", required=True, metavar="DIR", help="folder for the results; call again to resume")
    sweep.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed, the same bits (default: 0)")
    sweep.add_argument("--threads", type=int, metavar="N", help="threads to fly on (default: all cores)")
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="of a dask cluster instead: tcp://HOST:8786")
    sweep.formatter_class = argparse.RawDescriptionHelpFormatter
    sweep.epilog = SWEEP_FILE

    validate = _command(commands, "validate", _validate, "compare computed flight times with the published ones")
    validate.add_argument("--launches", metavar="FILE.csv", help="a file with the columns of the shipped launches")

    back = _command(commands, "backtest", _backtest, "hold the published minutes of real alerts against simulated ones")
    back.add_argument("--alerts", metavar="FILE.csv", help="a file with the columns of the shipped alerts")
    back.add_argument("--launches", metavar="FILE.csv", help="a file with the columns of the shipped launches")
    back.add_argument("--runs", type=int, default=24, metavar="N", help="runs a launch (default: 24)")
    back.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed gives the same bits (default: 0)")

    _command(commands, "scenarios", _scenarios, "list the shipped scenarios, the name first", can_json=False)

    report = _command(commands, "report", _report, "run the reference study and write it as a page", can_json=False)
    report.add_argument("--out", default="reports", metavar="DIR", help="folder to write to (default: reports)")

    _command(commands, "bench", _bench, "measure speed beside other libraries")
    return parser


def _command(
    commands: Any, name: str, handler: Callable[[argparse.Namespace], None], purpose: str, *, can_json: bool = True
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    command.set_defaults(handler=handler)
    if can_json:
        command.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    return command


def _run(options: argparse.Namespace) -> None:
    from trackfuse.studies.compare import compare
    from trackfuse.studies.document import document

    comparison = compare(options.scenario, options.policy, runs=options.runs, seed=options.seed)
    if options.json:
        _print_json(document(comparison))
        return
    from trackfuse.views.report.text import comparison_text

    print(comparison_text(comparison))


def _sweep(options: argparse.Namespace) -> None:
    from trackfuse.studies.sweeps.file import read_sweep
    from trackfuse.studies.sweeps.sweep import sweep

    where = {"out": options.out, "threads": options.threads, "client": options.scheduler}
    made = sweep(**read_sweep(options.file), seed=options.seed, **where)
    if options.json:
        _print_json(made.manifest | {"folder": str(made.folder), "not_flown": made.not_flown})
        return
    print(made)
    for point, reason in made.not_flown.items():
        print(f"point {point} not flown: {reason}")


def _validate(options: argparse.Namespace) -> None:
    from trackfuse.history.validate import validate

    made = validate(options.launches)
    table = made[list(VALIDATED)]
    if options.json:
        _print_json(table.to_dict("records"))
        return
    if len(table):
        print(table.to_string(index=False, float_format="{:.1f}".format, na_rep="-"))
    for row in made.to_dict("records"):
        if "names no class" in row["remark"]:
            print(f"{row['event_id']} {row['source_country']}: {row['remark']}")
    if made.attrs["left_out"]:
        print(f"left out: {made.attrs['left_out']} rows that do not give apogee, range and flight time")


def _backtest(options: argparse.Namespace) -> None:
    from trackfuse.history.backtest import backtest

    done = backtest(options.alerts, options.launches, runs=options.runs, seed=options.seed)
    if options.json:
        _print_json(done.document())
        return
    from trackfuse.views.report.text import backtest_text

    print(backtest_text(done))


def _scenarios(options: argparse.Namespace) -> None:
    from trackfuse.catalog.catalog import load_scenario, scenario_names

    names = scenario_names()
    for name in names:
        print(f"{name:<{max(map(len, names))}}  {load_scenario(name).title}")


def _report(options: argparse.Namespace) -> None:
    from trackfuse.views.report.report import report

    print(report(Path(options.out)))


def _bench(options: argparse.Namespace) -> None:
    rows = _benchmarks().measure()
    if options.json:
        _print_json(rows)
        return
    print(f"{'case':<60}{'engine':<24}{'seconds':>10}{'to ours':>10}")
    for row in rows:
        print(f"{row['case']:<60}{row['engine']:<24}{row['seconds']:>10.6f}{row['ratio_to_ours']:>10.1f}")


def _benchmarks() -> Any:
    """The benchmarks: in the wheel beside the package's data, in a checkout in benchmarks/."""
    from importlib import import_module

    here = Path(__file__).parent
    if (here / "_benchmarks").is_dir():
        return import_module("trackfuse._benchmarks.table")
    sys.path.insert(0, str(here.parent))
    return import_module("benchmarks.table")


def _print_json(document: Any) -> None:
    """Print one JSON document; what is not a finite number becomes null, never NaN."""
    print(json.dumps(_plain(document), allow_nan=False, indent=1))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
