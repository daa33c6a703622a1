"""Interactive choropleths: one HTML file a map, which opens without a network. No still pictures here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.publishing.cartography import (
    Classes,
    ColourMap,
    ValueClasses,
    drawable_areas,
    value_classes,
)
from socialai_assets.publishing.figures import picture_notes
from socialai_assets.publishing.leaflet_page import (
    PAGE_SPANISH,
    STEPS_PER_DEGREE,
    leaflet_page,
    packed_outlines,
    packed_polygons,
)

if TYPE_CHECKING:
    import geopandas as gpd

_MISSING = "no data"

# What the page itself says.
SPANISH = {
    **PAGE_SPANISH,
    "Find an area": "Buscar un distrito",
    "Type a name": "Escriba un nombre",
    "No data": "Sin datos",
    _MISSING: "sin datos",
    "No area of that name": "Ningún distrito con ese nombre",
    "areas found": "distritos encontrados",
}


def interactive_map_html(
    areas: gpd.GeoDataFrame,
    value: str,
    *,
    title: str,
    legend: str,
    source_note: str,
    licence_note: str,
    name: str = "name",
    context: Sequence[str] = (),
    unit: str = "",
    decimals: int = 1,
    interval: tuple[str, str] | None = None,
    interval_name: str = "90 % interval",
    interval_unit: str | None = None,
    comparisons: Mapping[str, str] | None = None,
    further_layers: Mapping[str, tuple[str, str]] | None = None,
    popup_fields: Mapping[str, str] | None = None,
    classes: Classes = "quantile",
    class_count: int = 5,
    class_names: Mapping[str, str] | None = None,
    colour_map: ColourMap = "viridis_r",
    outlines: gpd.GeoDataFrame | None = None,
    remarks: Mapping[str, str] | None = None,
    spanish: Mapping[str, str] | None = None,
    synthetic: bool = False,
) -> str:
    """One self-contained page with a map of the value, a search field, popups, a legend and a layer switch.

    Layers are the value, the width of its interval, each comparison, and further ones; comparisons share the value's
    classes, so that the same colour means the same figure. Shapes are rounded to five decimals of a degree
    (about a metre) and not simplified.

    Args:
        areas: polygons in any CRS, one row an area; or points, drawn as dots of one size.
        value: column to map.
        title: heading of the page.
        legend: what the value is; names its layer, legend and popup line.
        source_note: who published or estimated the figures.
        licence_note: under what licence the map may be used.
        name: column with the area's name, which the search finds.
        context: columns that tell areas of one name apart, narrowest first: province, department.
        unit: written after the figures, for instance `%`.
        decimals: decimals of the figures in popups.
        interval: columns of the interval's lower and upper end.
        interval_name: what the interval is called.
        interval_unit: unit of the interval's width where it is not the value's own, for instance `points`.
        comparisons: column to label of figures in the value's own unit, for instance the official one.
        further_layers: column to label and unit of figures of another kind, each with quantile classes of its own.
        popup_fields: column to label of further popup lines, in any unit.
        classes: `quantile`, `equal`, or ascending class edges, for the value and its comparisons.
        class_count: classes wanted, where edges are not given.
        class_names: name and colour of each class between given edges.
        colour_map: colour-blind safe colour map of the value.
        outlines: borders drawn on top, for instance those of departments; any CRS.
        remarks: language (`en`, `es`) to the column with what is said below an area's figures; a new line starts a
            new paragraph.
        spanish: Spanish of the title, labels and words among the figures; with it the page can be switched to
            Spanish, in which it opens where the browser speaks it.
        synthetic: show the banner that says the data are made up.

    Returns:
        The HTML text, to be written as UTF-8.

    Raises:
        ContractError: the areas cannot be drawn: no CRS, a column missing, no polygon.
        SocialAIError: unknown class scheme or colour map.
    """
    comparisons, popup_fields, remarks = comparisons or {}, popup_fields or {}, remarks or {}
    further_layers = further_layers or {}
    needed = [value, name, *context, *(interval or ()), *comparisons, *further_layers, *popup_fields]
    columns, shapes, left_out = drawable_areas(areas, [*needed, *remarks.values()], points=True)

    shared = value_classes(
        pd.Series(np.concatenate([_numbers(columns[column]) for column in (value, *comparisons)])),
        classes=classes,
        class_count=class_count,
        colour_map=colour_map,
        class_names=class_names,
    )
    layers = [_layer(legend, columns[value], shared, unit)]
    lines = [(legend, _figures(columns[value], decimals, unit))]
    if interval:
        lower, upper = (columns[end] for end in interval)
        # Another colour family: wide and poor must not look alike.
        width_classes = value_classes(upper - lower, class_count=class_count, colour_map="cividis_r")
        width_unit = unit if interval_unit is None else interval_unit
        layers.append(_layer(f"Width of the {interval_name}", upper - lower, width_classes, width_unit))
        ends = zip(_figures(lower, decimals, ""), _figures(upper, decimals, unit), strict=True)
        spans = [_MISSING if _MISSING in pair else f"{pair[0]} \N{EN DASH} {pair[1]}" for pair in ends]
        lines.append((interval_name, spans))
    for column, label in comparisons.items():
        layers.append(_layer(label, columns[column], shared, unit))
        lines.append((label, _figures(columns[column], decimals, unit)))
    for column, (label, its_unit) in further_layers.items():
        classes_of_its_own = value_classes(columns[column], class_count=class_count, colour_map="cividis_r")
        layers.append(_layer(label, columns[column], classes_of_its_own, its_unit))
        lines.append((label, _figures(columns[column], decimals, its_unit)))
    for column, label in popup_fields.items():
        lines.append((label, _figures(columns[column], decimals, "")))

    contexts = [", ".join(filter(None, (_text(columns[column][row]) for column in context))) for row in shapes.index]
    data = {
        "scale": STEPS_PER_DEGREE,
        "notes": picture_notes(source_note, licence_note, left_out),
        "layers": layers,
        "fields": [label for label, _ in lines],
        "translations": {} if spanish is None else {"es": {**SPANISH, **spanish}},
        "areas": [
            {
                "name": _text(area_name),
                "context": area_context,
                "fields": fields,
                **({"at": [shape.y, shape.x]} if shape.geom_type == "Point" else {"shape": packed_polygons(shape)}),
                **(
                    {"remarks": {code: _text(columns[column][row]) for code, column in remarks.items()}}
                    if remarks
                    else {}
                ),
            }
            for row, area_name, area_context, fields, shape in zip(
                shapes.index,
                columns[name],
                contexts,
                zip(*(figures for _, figures in lines), strict=True),
                shapes,
                strict=True,
            )
        ],
        "outlines": packed_outlines(outlines),
    }
    return leaflet_page("map", title, data, synthetic, header="map_search.html")


def _layer(legend: str, values: pd.Series, classes: ValueClasses, unit: str) -> dict[str, object]:
    return {
        "name": legend,
        "legend": f"{legend} ({unit})" if unit else legend,
        "classes": classes.of(values).tolist(),
        "colours": classes.colours,
        "labels": classes.labels(),
    }


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues]


def _figures(values: pd.Series, decimals: int, unit: str) -> list[str]:
    """Each value as people read it: thousands separated, whole columns without decimals, unit behind."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return [_text(value) or _MISSING for value in values]
    suffix = f" {unit}" if unit else ""
    numbers = _numbers(values)
    known = numbers[np.isfinite(numbers)]
    places = 0 if (known == np.rint(known)).all() else decimals
    return [
        f"{number:,.{places}f}{suffix}".replace("-", "\N{MINUS SIGN}") if np.isfinite(number) else _MISSING
        for number in numbers
    ]


def _numbers(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=float, na_value=np.nan)
