"""What set-up compiles is all that the common verbs need."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERBS = """
import importlib, pkgutil
from numba.core.dispatcher import Dispatcher
import trackfuse as tf
import trackfuse.kernels
from tests.realtime.rehearsal import rehearse
from trackfuse.realtime import first_use, material

names = [each.name for each in pkgutil.iter_modules(tf.kernels.__path__)]
modules = [importlib.import_module(f"trackfuse.kernels.{name}") for name in names]

def compiled():
    made = [one for module in modules for one in vars(module).values() if isinstance(one, Dispatcher)]
    return {(one.py_func.__module__, one.py_func.__qualname__, str(each)) for one in made for each in one.signatures}

for part in first_use.PARTS:
    part()
before = compiled()
tf.simulate("hwasong12_2022_10_04", policy="trilateral", seed=1)
tf.simulate("unha3_2012_12_12", seed=1)
tf.compare("hwasong18_2023_07_12", runs=2, seed=1)
run = tf.simulate("kn25_2024_05_30", seed=1)
tf.predict_boost(run, "ROK", 60.0)
for name in ("kn25_2024_05_30", "hwasong12_2022_10_04"):
    scenario = tf.load_scenario(name)
    policy = scenario.policy("mesh")
    made = material.drawn(scenario, policy, seed=1)
    for _ in rehearse(scenario, policy, made.prepared, made.noise, made.measurements):
        pass
assert len(before) > 20
print(*sorted(compiled() - before), sep="\\n")
"""


def test_the_first_use_after_set_up_compiles_nothing() -> None:
    """Kernels that Python calls, and for which types of arguments, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", VERBS], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
