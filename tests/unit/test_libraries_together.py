"""Libraries that one run loads into one process do not break one another."""

from __future__ import annotations

import subprocess
import sys

PLAN_AFTER_TRAINING = """
import numpy as np
from socialai_assets.methods import neural_networks
from socialai_assets.methods.targeting import allocate

network = neural_networks.tabular_network(2, (4,), 0)
neural_networks.train(network, [np.eye(2, dtype=np.float32)], np.ones(2), 0, epochs=1)
random = np.random.default_rng(0)
for whole in (True, False):
    for areas in (3, 40, 200):
        plan = allocate(random.uniform(0, 9, areas), random.uniform(1, 9, areas), 50.0, whole=whole)
        assert plan.status == "optimal"
"""


def test_a_plan_is_solved_in_the_process_that_has_trained_a_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAN_AFTER_TRAINING], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stderr[-2000:]}"
