"""The gallery: figures drawn when the site is built, each above the code that draws it."""

from pathlib import Path

import trackfuse as tf

SHOWN = {
    "Who knew what, when": """
        run = tf.simulate("hwasong12_2022_10_04", "trilateral", seed=7)
        base = tf.simulate("hwasong12_2022_10_04", "bilateral", seed=7)
        tf.plots.timeline(run, base)""",
    "Tracks and predicted impacts on the map": """
        run = tf.simulate("hwasong12_2022_10_04", "trilateral", seed=7)
        tf.plots.map(run)""",
    "Errors beside what is claimed": """
        run = tf.simulate("hwasong12_2022_10_04", "trilateral", seed=7)
        tf.plots.accuracy(run)""",
    "Map and timeline on one sheet": """
        run, base = (tf.simulate("kn25_2023_02_20", policy, seed=7) for policy in ("trilateral", "bilateral"))
        tf.plots.overview(run, base)""",
    "Policies over many runs": """
        table = tf.compare("kn23_2022_09_25", runs=20, seed=7)
        tf.plots.policies(table)""",
    "Gains, run by run": """
        table = tf.compare("kn23_2022_09_25", runs=20, seed=7)
        tf.plots.gains(table)""",
    "What a radar covers": """
        tf.plots.coverage("hwasong12_2022_10_04", sensor="JP-FPS5-SADO")""",
    "What a cue is worth, look by look": """
        tf.plots.detectability("hwasong12_2022_10_04")""",
    "What cues are worth, radar by radar": """
        tf.plots.cues("hwasong12_2022_10_04", ["bilateral", "trilateral"], runs=20)""",
    "Before there is a track": """
        tf.plots.launch_reports(tf.simulate("hwasong12_2022_10_04", "trilateral", seed=7))""",
    "Filters beside the bound": """
        tf.plots.filters(tf.filter_study("hwasong12_2022_10_04", filters=("ekf", "ukf", "imm"), runs=20))""",
    "Rules of fusion": """
        tf.plots.fusion(tf.fusion_study("hwasong12_2022_10_04", runs=2))""",
    "Several objects": """
        tf.plots.objects(tf.simulate("kn25_2024_05_30", "trilateral", seed=7))""",
    "Tracks of your own detections": """
        run = tf.simulate("hwasong12_2022_10_04", "national", seed=7)
        tf.plots.claims(tf.track_detections(run.detections, run.scenario))""",
    "Who is warned": """
        tf.plots.warnings(tf.simulate("hwasong12_2022_10_04", "trilateral", seed=7))""",
    "Earlier or right": """
        tf.plots.tradeoff(tf.tradeoff("hwasong12_2022_10_04", over="burning", runs=20, seed=7))""",
    "Computed and published flight times": """
        tf.plots.validation(tf.validate())""",
    "How missiles climb": """
        tf.plots.ascents(["KN-25", "Nodong", "Hwasong-12", "Hwasong-18"])""",
    "An exercise": """
        tf.plots.exercise(tf.play(tf.load_exercise("three_launches"), seed=7))""",
}
"""Title -> the code that draws a figure; its last line gives it."""
LONGER = {
    "answer", "backtest", "calibration", "curves", "headline_spread", "heatmap", "record", "sensitivity", "tornado",
    "uncertainty",
}  # fmt: skip
"""Figures of studies that take longer than a page should: the tutorials have them."""


def write_gallery(folder: Path) -> None:
    """Draw every figure, and write the page.

    Parameters
    ----------
    folder : Path
        Is made; holds the page and the pictures.
    """
    folder.mkdir()
    parts = [
        "# Gallery\n\nEvery figure is drawn by the code below it when this site is built. "
        "The [reference](../reference/figures.rst) has all of them."
    ]
    for number, (title, code) in enumerate(SHOWN.items()):
        code = "\n".join(line.strip() for line in code.strip().splitlines())
        tf.plots.save(drawn(code), folder / f"{number:02d}.png", dpi=130.0)
        parts.append(f"## {title}\n\n![{title}]({number:02d}.png)\n\n```python\n{code}\n```")
    (folder / "index.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def drawn(code: str) -> "tf.plots.Figure":
    """The figure that some code gives by its last line.

    Parameters
    ----------
    code : str
        Knows the package as `tf`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    *before, last = code.splitlines()
    names = {"tf": tf}
    exec("\n".join(before), names)
    return eval(last, names)
