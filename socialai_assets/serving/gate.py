"""The one way from a request to rows: the policy is asked, then only what it grants is read. Knows no HTTP.

The lake's tables come by `query`, the vault's by `personal`; what may be done is asked by `allow`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from resources.access_log import Access
from resources.access_policy import AreaTree, Grant, Refusal, authorise
from resources.errors import LakeError, SocialAIError
from resources.lake import Lake, columns_of
from resources.settings import Settings
from resources.vault import Vault
from resources.vault_reader import VaultReader
from socialai_assets.access.policy import policy
from socialai_assets.serving.answers import AnswerKey, Answers
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.service_settings import ServiceSettings

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

AREAS = "geography.areas"
_TREE_SECONDS = 30.0


class NotMadeYet(SocialAIError):
    """A table that a page or endpoint reads has not been made."""


class TooSlow(SocialAIError):
    """A query took longer than an answer may."""


class Gate:
    """Reads for people what the policy grants them; one a process.

    Args:
        settings: of the platform.
        service: of the service.
    """

    def __init__(self, settings: Settings, service: ServiceSettings) -> None:
        self._settings, self._service = settings, service
        own = settings.model_copy(
            update={"memory_limit": service.memory_limit, "lock_timeout_seconds": service.vault_wait_seconds}
        )
        self.lake = Lake.from_settings(own, read_only=True)
        self._vault = Vault.from_settings(own)
        self._tree, self._tree_read = AreaTree(), 0.0
        self._reading_tree = Lock()
        self._columns: dict[str, tuple[int, dict[str, str]]] = {}
        self._tables: tuple[int, frozenset[str]] = (-1, frozenset())
        self._answers = Answers()

    @property
    def reader(self) -> VaultReader:
        """The reader that asks the policy and writes refusals and looks into the vault down."""
        return VaultReader(self._vault, policy(), self.tree)

    @property
    def tree(self) -> AreaTree:
        """Which area lies in which, as the lake has it now."""
        with self._reading_tree:
            if time.monotonic() - self._tree_read > _TREE_SECONDS or not self._tree.parents:
                self._tree, self._tree_read = self._read_tree(), time.monotonic()
            return self._tree

    def may(self, asker: Asker, what: str) -> bool:
        """Whether something is granted, without asking for it: for menus; writes nothing down."""
        return not isinstance(authorise(policy(), asker.request(what), self.tree), Refusal)

    def allow(self, asker: Asker, command: str) -> Grant:
        """That something may be done.

        Raises:
            AccessRefused: the policy does not allow it; that is in the access log.
        """
        return self.reader.allow(asker.request(command))

    def note(self, access: Access) -> None:
        """Write into the access log what is no question to the policy, such as a sign-in that failed."""
        self._vault.log.append(access)

    def has(self, table: str) -> bool:
        """Whether a table of the lake has been made."""
        return bool(self.columns(table, self.snapshot()))

    def tables(self) -> frozenset[str]:
        """Names of the lake's tables; what is in them is asked for by `query`."""
        newest = self.snapshot()
        if newest != self._tables[0]:
            # Listing looks at all tables, so it is done once for each state of the lake.
            self._tables = (newest, frozenset(self.lake.tables()))
        return self._tables[1]

    def snapshot(self) -> int:
        """Number of the lake's newest snapshot; it changes with every write."""
        return self.lake.newest_snapshot()

    def columns(self, table: str, snapshot: int) -> dict[str, str]:
        """Names and DuckDB types of a table's columns, read once a snapshot; empty where there is no such table."""
        kept = self._columns.get(table)
        if kept is None or kept[0] != snapshot:
            kept = self._columns[table] = (snapshot, self.lake.columns(table))
        return kept[1]

    def query(
        self,
        asker: Asker,
        sql: str,
        tables: Mapping[str, str],
        values: Mapping[str, object] | None = None,
        *,
        areas: tuple[str, ...] = (),
        as_of: int | None = None,
    ) -> pa.Table:
        """The rows of a query over some of the lake's tables, each only as far as it is granted.

        Args:
            asker: who asks.
            sql: a SELECT written by us, never by whoever asks; the tables by their names in `tables`, parameters
                as `$name`. Geometries are the lake's type: select `ST_AsWKB` or `ST_AsGeoJSON`.
            tables: the lake's `schema.table`, by the name the query gives it.
            values: the query's parameters.
            areas: keep each table to these areas and those below.
            as_of: number of a snapshot; None for the lake as it is now.

        Raises:
            AccessRefused: one of the tables is not granted.
            NotMadeYet: one of the tables has not been made, or had not been by that snapshot.
            TooSlow: it took longer than the service's limit.
        """
        reader = self.reader
        grants = {name: reader.allow(asker.request(table, areas=areas)) for name, table in tables.items()}
        # Every look asks the policy; what was granted is read once for each state of the lake.
        key = AnswerKey.of(self.snapshot(), as_of, sql, grants, values)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answered(sql, grants, values, as_of)
            self._answers.keep(key, answer)
        return answer

    def _answered(
        self, sql: str, grants: Mapping[str, Grant], values: Mapping[str, object] | None, as_of: int | None
    ) -> pa.Table:
        import duckdb

        where = ", ".join(grant.request.what for grant in grants.values())
        parts, parameters = [], dict(values or {})
        with contextlib.closing(self.lake.cursor()) as cursor, self._in_time(cursor) as told:
            # One transaction: the catalogue is looked at once, and all tables are those of one snapshot.
            cursor.execute("BEGIN")
            try:
                for name, grant in grants.items():
                    select, own = _granted(cursor, name, grant, as_of)
                    parts.append(f'"{name}" AS ({select})')
                    parameters |= own
                return cursor.execute(f"WITH {', '.join(parts)} {sql}", parameters).to_arrow_table()
            except duckdb.InterruptException as error:
                raise TooSlow(
                    f"The answer took longer than {self._service.limits.seconds:g} s",
                    where=where,
                    do="Ask for fewer rows or areas.",
                ) from error
            except (duckdb.CatalogException, duckdb.BinderException, duckdb.InvalidInputException) as error:
                if as_of is None:
                    raise
                raise NotMadeYet(
                    f"The lake has nothing of this at snapshot {as_of}",
                    where=where,
                    do="Name a later snapshot, or none for the lake as it is now.",
                ) from error
            finally:
                told.cancel()

    def personal(
        self,
        asker: Asker,
        table: str,
        *,
        columns: tuple[str, ...] | None = None,
        areas: tuple[str, ...] = (),
        child: str | None = None,
    ) -> pd.DataFrame:
        """The rows and columns of a table of the vault that are granted; the look is written down.

        Raises:
            AccessRefused: the policy does not allow it.
            NotInVault: the table has not been made yet.
            VaultError: a run has the vault open for too long.
        """
        return self.reader.read(asker.request(table, columns=columns, areas=areas, child=child))

    def personal_tables(
        self, asker: Asker, tables: Sequence[str], *, child: str | None = None, areas: tuple[str, ...] = ()
    ) -> dict[str, pd.DataFrame]:
        """What `personal` gives of each of some tables, by name, for one opening of the vault; each is written down.

        Raises:
            AccessRefused, VaultError: as `personal`, for any of them.
        """
        requests = [asker.request(table, child=child, areas=areas) for table in tables]
        return dict(zip(tables, self.reader.read_several(requests), strict=True))

    @contextlib.contextmanager
    def _in_time(self, cursor: object):
        from threading import Timer

        timer = Timer(self._service.limits.seconds, cursor.interrupt)  # type: ignore[attr-defined]
        timer.daemon = True
        timer.start()
        try:
            yield timer
        finally:
            timer.cancel()

    def _read_tree(self) -> AreaTree:
        try:
            if not self.has(AREAS):
                return AreaTree()
            rows = self.lake.read(AREAS, ["area_id", "parent_id", "level"]).to_pylist()
        except LakeError:
            # There is no lake before the first run.
            return AreaTree()
        return AreaTree(
            {row["area_id"]: row["parent_id"] for row in rows}, {row["area_id"]: row["level"] for row in rows}
        )


def _granted(
    cursor: duckdb.DuckDBPyConnection, name: str, grant: Grant, as_of: int | None
) -> tuple[str, dict[str, object]]:
    """The SELECT of what is granted of a table of the lake, and its parameters."""
    table = grant.request.what
    columns = ", ".join(f'"{column}"' for column in grant.columns) or "*"
    conditions, values = [], {}
    types = columns_of(cursor, table)
    if not types:
        raise NotMadeYet(f"Table `{table}` has not been made yet", where=table, do="Run `socialai run`.")
    has_area = "area_id" in types
    for kind, areas in (("granted", grant.areas), ("narrowed", grant.narrowed)):
        if areas is None or (kind == "narrowed" and not has_area):
            continue
        # A table that says nothing of areas is nobody's who has only some.
        conditions.append(f'"area_id" IN (SELECT unnest(${name}_{kind}))' if has_area else "false")
        if has_area:
            values[f"{name}_{kind}"] = sorted(areas)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    version = "" if as_of is None else f" AT (VERSION => {int(as_of)})"
    return f"SELECT {columns} FROM lake.{table}{version}{where}", values
