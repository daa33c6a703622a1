"""`python -m socialai_assets.serving.fast_lane`: the worker, started again when it dies, until this is ended."""

import logging
import sys

from socialai_assets.serving.fast_lane.supervisor import keep_running

logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
keep_running([sys.executable, "-m", "socialai_assets.serving.fast_lane.worker"])
