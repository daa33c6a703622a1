"""Functions on data about persons, whose failures may not quote a value. Computes nothing.

A message of pandas, DuckDB or a model may hold a cell of a row, and Dagster keeps every message. What is left of a
failure here is where it happened and what kind it is.
"""

import functools
import traceback
from collections.abc import Callable, Iterator
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any, TypeVar

from resources.errors import ContractError, LakeError, LandingError, SettingsError, VaultError

F = TypeVar("F", bound=Callable[..., Any])
# Their messages are written so that they hold no value of a personal table.
_OURS = (ContractError, SettingsError, VaultError)


def without_values(function: F) -> F:
    """The function, whose failures say where they happened and of what kind they are, and quote nothing.

    Raises:
        VaultError: in place of whatever the function raises.
    """
    if isgeneratorfunction(function):

        @functools.wraps(function)
        def guarded_iterator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - whatever it is, its message may quote a row
                raise _told(error) from None

        return guarded_iterator  # type: ignore[return-value]

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, its message may quote a row
            raise _told(error) from None

    return guarded  # type: ignore[return-value]


def _told(error: Exception) -> Exception:
    if isinstance(error, _OURS):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    here = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{Path(here[-1].filename).name}, line {here[-1].lineno}, in {here[-1].name}" if here else "unknown"
    what = {LandingError: "A landed file cannot be read", LakeError: "A table cannot be read or written"}
    return VaultError(
        f"{what.get(type(error), 'Work on data about persons failed')} ({type(error).__name__})",
        where=place,
        do="The message is left out, since it may quote a row. Look at the place it names; the data are as before.",
    )
