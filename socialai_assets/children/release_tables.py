"""Releases between frames and the gate: counts in, published rows and their groups out and back in. Reads no store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from socialai_assets.children.disclosure_settings import Population
from socialai_assets.children.release_contracts import DIMENSIONS
from socialai_assets.methods.disclosure.lattice import Groups, Release, with_total

UNKNOWN = "unknown"
ALL = "all"
_SCREENING_KINDS = {"VIOLENCIA FAMILIAR/MALTRATO INFANTIL": "violence"}
_COUNTED = ["area_id", "period", "sex", "age", "category", "source", "is_synthetic"]


def attended_counts(attended: pd.DataFrame) -> pd.DataFrame:
    """People attended by month, district, sex, age band and diagnosis, each counted once a year.

    Args:
        attended: `children.raw_lambayeque_attended`.

    Returns:
        Rows of `children.release_counts`.
    """
    rows = _coded(attended).assign(category=attended["diagnosis"], count=attended["attended"])
    return _summed(rows, "attended")


def screening_counts(screenings: pd.DataFrame) -> pd.DataFrame:
    """Screenings by result: the positive ones as published, the negative ones as what is left of all of them.

    Rows with a further condition are among the others already. Where more positive screenings are published than
    screenings, all are taken to be positive.

    Args:
        screenings: `children.raw_lambayeque_screenings`.

    Returns:
        Rows of `children.release_counts`.
    """
    rows = _coded(screenings).assign(
        kind=screenings["screening"].map(_SCREENING_KINDS).fillna("mental health"),
        screened=screenings["screened"],
        cases=screenings["cases"],
    )
    keys = [name for name in _COUNTED if name != "category"]
    wide = (
        rows.groupby([*keys, "kind", "screened"])["cases"]
        .sum()
        .unstack("screened", fill_value=0)
        .reindex(columns=["TOTAL DE TAMIZAJES", "SOLO TAMIZAJES POSITIVOS"], fill_value=0)
        .set_axis(["total", "positive"], axis=1)
        .reset_index()
    )
    parts = [
        wide.assign(category=wide["kind"] + " positive", count=wide["positive"]),
        wide.assign(category=wide["kind"] + " negative", count=(wide["total"] - wide["positive"]).clip(lower=0)),
    ]
    return _summed(pd.concat(parts, ignore_index=True), "screened")


def helped_counts(helped: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    """Children whose help began, once for each risk they are helped for, by what was found after the last help.

    Args:
        helped: `children.support_outcomes`.
        children: `children.children`.

    Returns:
        Rows of `children.release_counts`; the month is that in which the last help began.
    """
    begun = helped[helped["started_on"].notna()].sort_values(["started_on", "support_id"])
    last = begun.drop_duplicates(["child_id", "label"], keep="last")
    rows = last.merge(children[["child_id", "sex", "birth_month", "source"]], on="child_id")
    started = pd.to_datetime(rows["started_on"])
    years = (started - pd.to_datetime(rows["birth_month"])).dt.days / 365.25
    counted = rows.assign(
        area_id=rows["area_id"].fillna(UNKNOWN),
        period=started.dt.strftime("%Y-%m"),
        age=np.select([years < 12, years < 18], ["0-11", "12-17"], default="18+"),
        category=rows["label"] + ", " + rows["outcome"],
        count=1,
    )
    return _summed(counted, "helped")


def area_groups(areas: pd.DataFrame, counted: Iterable[str], smallest: str) -> dict[str, frozenset[str]]:
    """The areas to publish by: all of the departments that counted areas lie in, empty ones too, down to a level.

    Args:
        areas: `geography.areas`.
        counted: codes of the areas that people are counted in; those that are no area make up the group `unknown`.
        smallest: level of the smallest areas to publish.
    """
    levels = ("admin1", "admin2", "admin3")
    codes = set(counted)
    known = areas.set_index("area_id")
    inside = codes & set(known.index)
    kept = areas[areas["admin1_id"].isin(set(known.loc[sorted(inside), "admin1_id"]))]
    below: dict[str, set[str]] = {}
    # Nobody is counted in an area as a whole that has smaller ones, unless the counts say so.
    for row in kept[(kept["level"] == levels[-1]) | kept["area_id"].isin(inside)].itertuples():
        for code in (row.admin1_id, row.admin2_id, row.area_id):
            if isinstance(code, str):
                below.setdefault(code, set()).add(str(row.area_id))
    wanted = kept[kept["level"].isin(levels[: levels.index(smallest) + 1])].sort_values(["level", "area_id"])
    groups = {str(code): frozenset(below[str(code)]) for code in wanted["area_id"] if code in below}
    strange = frozenset(codes - inside)
    if strange or not groups:
        groups[UNKNOWN] = strange or frozenset([UNKNOWN])
    return with_total(groups, ALL)


def period_groups(months: Iterable[str]) -> dict[str, frozenset[str]]:
    """All months from the first to the last, and each calendar year of them where there are several.

    Args:
        months: YYYY-MM.
    """
    known = sorted(months)
    span = pd.period_range(known[0], known[-1], freq="M").strftime("%Y-%m")
    years: dict[str, list[str]] = {}
    for month in span:
        years.setdefault(month[:4], []).append(month)
    groups = {f"{own[0]}..{own[-1]}": frozenset(own) for own in years.values()}
    return with_total(groups, f"{span[0]}..{span[-1]}")


def whole_period(periods: Iterable[str]) -> str:
    """The period of a release that holds its others."""
    ends = [period.split("..") for period in periods]
    return f"{min(first for first, _ in ends)}..{max(last for _, last in ends)}"


def release_groups(population: Population, counts: pd.DataFrame, areas: pd.DataFrame) -> dict[str, Groups]:
    """The groups a population's counts are published by."""
    return {
        "area_id": area_groups(areas, counts["area_id"], population.smallest_area),
        "period": period_groups(counts["period"]),
        **{
            name: with_total({group: frozenset(codes) for group, codes in groups.items()}, ALL)
            for name, groups in (("sex", population.sex), ("age", population.age), ("category", population.category))
        },
    }


def by_codes(counts: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Counts by their codes, in the order of the dimensions."""
    sums = counts.groupby(list(DIMENSIONS))["count"].sum()
    return {tuple(map(str, codes)): float(count) for codes, count in sums.items()}  # type: ignore[call-overload]


def counts_text(counts: pd.DataFrame, groups: Mapping[str, Groups]) -> str:
    """A hash of what is counted and how it is to be published; small counts can be tried out from it, so key it."""
    told = sorted((*codes, int(count)) for codes, count in by_codes(counts).items() if count)
    how = [(name, group, *sorted(codes)) for name, own in groups.items() for group, codes in own.items()]
    return hashlib.sha256(repr((told, how)).encode()).hexdigest()


def cell_rows(release: Release) -> pd.DataFrame:
    """A release's cells as rows: the dimensions' columns, count and is_suppressed."""
    names = [list(groups) for groups in release.groups.values()]
    rows = pd.MultiIndex.from_product(names, names=list(release.groups)).to_frame(index=False)
    counts = release.counts.ravel()
    return rows.assign(count=pd.array(counts, dtype="Int64"), is_suppressed=np.isnan(counts))


def group_rows(release: Release) -> pd.DataFrame:
    """A release's groups as rows: dimension, name, parent, codes."""
    rows = []
    for dimension, groups in release.groups.items():
        for name, codes in groups.items():
            above = [other for other, held in groups.items() if codes < held]
            parent = min(above, key=lambda other: len(groups[other]), default=None)
            rows.append((dimension, name, parent, "|".join(sorted(codes))))
    return pd.DataFrame(rows, columns=["dimension", "name", "parent", "codes"])


def content_hash(cells: pd.DataFrame) -> str:
    """SHA-256 of published cells, whatever their order."""
    told = cells.sort_values(list(DIMENSIONS))[[*DIMENSIONS, "count", "is_suppressed"]]
    told = told.astype({"count": "Int64", "is_suppressed": bool})
    return hashlib.sha256(told.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def read_releases(releases: pd.DataFrame, groups: pd.DataFrame, cells: pd.DataFrame) -> dict[str, list[Release]]:
    """What has been published, by population, oldest first; the three tables as in the lake.

    Raises:
        ValueError: cells that are not every combination of their release's groups, once each.
    """
    found: dict[str, list[Release]] = {}
    for row in releases.sort_values(["state", "released_on", "release_id"], kind="stable").itertuples():
        own = groups[groups["release_id"] == row.release_id]
        table = {
            dimension: {
                str(group.name_): frozenset(str(group.codes).split("|"))
                for group in own[own["dimension"] == dimension].rename(columns={"name": "name_"}).itertuples()
            }
            for dimension in DIMENSIONS
        }
        told = cells[cells["release_id"] == row.release_id].set_index(list(DIMENSIONS))["count"]
        every = pd.MultiIndex.from_product([list(table[name]) for name in DIMENSIONS], names=list(DIMENSIONS))
        if told.index.has_duplicates or len(told) != len(every) or not every.isin(told.index).all():
            raise ValueError(f"release {row.release_id} does not hold every combination of its groups once")
        shape = [len(table[name]) for name in DIMENSIONS]
        counts = told.reindex(every).to_numpy(dtype=float, na_value=np.nan).reshape(shape)
        found.setdefault(str(row.population), []).append(Release(table, counts, int(row.state), str(row.history)))  # type: ignore[arg-type]
    return found


def _coded(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area_id": rows["ubigeo"],
            "period": rows["year"].astype(str).str.zfill(4) + "-" + rows["month"].astype(str).str.zfill(2),
            "sex": rows["sex"],
            "age": rows["age_band"],
            "source": rows["source"],
            "is_synthetic": rows["is_synthetic"],
        }
    )


def _summed(rows: pd.DataFrame, population: str) -> pd.DataFrame:
    sums = rows.groupby(_COUNTED, as_index=False)["count"].sum() if len(rows) else rows[[*_COUNTED, "count"]]
    return sums.assign(population=population)
