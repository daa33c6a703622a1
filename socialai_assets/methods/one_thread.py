"""Sums in one thread: the same order on any machine, and no thread that waits for a core others use. Computes nothing.

scikit-learn's boosting joins its threads after every small step; where cores are shared, that is tens of times slower
than one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def on_one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """The function with OpenMP and BLAS held to one thread while it runs; TensorFlow has threads of its own."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        # The limit reaches only libraries that are loaded when it is set.
        import sklearn.ensemble  # noqa: F401
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            return function(*args, **kwargs)

    return limited
