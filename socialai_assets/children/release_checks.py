"""Checks of what has left the vault, from what is published alone: nobody can be singled out. Releases nothing."""

from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetChecksDefinition, AssetCheckSeverity, asset_check

from socialai_assets.children import release_contracts as contracts
from socialai_assets.children.disclosure_settings import disclosure_settings
from socialai_assets.children.release_contracts import DIMENSIONS
from socialai_assets.children.release_tables import content_hash
from socialai_assets.children.releasing import Register, told_by
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.factories.tables import asset_key

CELLS, GROUPS, RELEASES = "children.published_cells", "children.release_groups", "children.releases"
_SMALLEST = disclosure_settings().smallest_count
_SAME = " AND ".join(f"a.{name} = b.{name}" for name in DIMENSIONS)


def _line_sql(dimension: str) -> str:
    """Told cells whose parts along a dimension are withheld in part, with what the told parts leave to the others."""
    others = " AND ".join(f"part.{name} = whole.{name}" for name in DIMENSIONS if name != dimension)
    return f"""
        SELECT whole.release_id, '{dimension}' AS dimension, whole.count - coalesce(sum(part.count), 0) AS remainder
        FROM lake.{CELLS} AS whole
        JOIN lake.{GROUPS} AS groups ON groups.release_id = whole.release_id
            AND groups.dimension = '{dimension}' AND groups.parent = whole.{dimension}
        JOIN lake.{CELLS} AS part ON part.release_id = whole.release_id
            AND part.{dimension} = groups.name AND {others}
        WHERE NOT whole.is_suppressed
            AND NOT EXISTS (
                SELECT 1 FROM lake.{GROUPS} AS other WHERE other.release_id = groups.release_id
                    AND other.dimension = groups.dimension AND other.parent = groups.parent
                    AND other.name <> groups.name
                    AND len(list_intersect(string_split(other.codes, '|'), string_split(groups.codes, '|'))) > 0
            )
        GROUP BY whole.release_id, {", ".join(f"whole.{name}" for name in DIMENSIONS)}, whole.count
        HAVING bool_or(part.is_suppressed)
            AND whole.count - coalesce(sum(part.count), 0) < {_SMALLEST}
    """


def _singled_out() -> AssetChecksDefinition:
    @asset_check(
        asset=asset_key(CELLS),
        name="nobody_is_singled_out",
        additional_deps=[asset_key(GROUPS), asset_key(RELEASES)],
        blocking=True,
        description="No small count, and no group that is all alike, follows from all releases together.",
        required_resource_keys={"io_manager"},
    )
    def singled_out(context: AssetCheckExecutionContext) -> AssetCheckResult:
        lake = context.resources.io_manager.lake
        register = Register(lake.read_frame(RELEASES), lake.read_frame(GROUPS), lake.read_frame(CELLS))
        hashes = dict(zip(register.releases["release_id"], register.releases["content_hash"], strict=True))
        changed = [
            str(name) for name, cells in register.cells.groupby("release_id") if hashes.get(name) != content_hash(cells)
        ]
        told = told_by(register, disclosure_settings())
        # How many and of what kind, never which: the list would do what the check is to prevent.
        kinds = {kind: sum(found.kind == kind for _, found in told) for kind in ("small", "alike", "contradiction")}
        return AssetCheckResult(
            passed=not told and not changed,
            severity=AssetCheckSeverity.ERROR,
            description=None if not told and not changed else "Take the newest releases back before anyone reads them.",
            metadata={
                "releases": len(hashes),
                "cells": len(register.cells),
                "not as registered": len(changed),
                **kinds,
            },
        )

    return singled_out


CHECKS = [
    contract_check(contracts.ReleaseCounts),
    contract_check(contracts.Releases),
    contract_check(contracts.ReleaseGroups),
    contract_check(contracts.PublishedCells),
    _singled_out(),
    rows_check(
        CELLS,
        "no_small_count_is_told",
        f"SELECT release_id, count(*) AS cells FROM lake.{CELLS} "
        f"WHERE count BETWEEN 1 AND {_SMALLEST - 1} GROUP BY ALL",
        "releases that tell a count below the smallest allowed",
        blocking=True,
    ),
    rows_check(
        CELLS,
        "no_small_remainder_is_told",
        f"SELECT release_id, dimension, count(*) AS cells FROM ({' UNION ALL '.join(map(_line_sql, DIMENSIONS))}) "
        "GROUP BY ALL",
        "releases in which the counts told leave fewer than the smallest count to the withheld ones",
        also_reads=[GROUPS],
        blocking=True,
    ),
    rows_check(
        CELLS,
        "no_small_change_is_told",
        f"SELECT a.release_id, b.release_id AS before, count(*) AS cells FROM lake.{CELLS} AS a JOIN lake.{CELLS} AS b "
        f"ON a.population = b.population AND a.release_id > b.release_id AND {_SAME} "
        f"WHERE abs(a.count - b.count) BETWEEN 1 AND {_SMALLEST - 1} GROUP BY ALL",
        "pairs of releases between which a count changes by fewer than the smallest allowed",
        blocking=True,
    ),
]
