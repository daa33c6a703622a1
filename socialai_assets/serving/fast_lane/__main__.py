"""`python -m socialai_assets.serving.fast_lane`: the worker, until it is ended."""

from socialai_assets.serving.fast_lane.worker import main

main()
