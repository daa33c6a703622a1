"""A trace as a still picture: tables from the traced row at the top to landed files below. Walks nothing."""

from __future__ import annotations

import textwrap

from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame
from socialai_assets.tracing.walk import Step, Trace

COLUMN, ROW, BOX, BOX_HEIGHT, EDGE = 2.6, 0.95, 2.35, 0.46, 0.1
COLOURS = {"raw": "#dbe9f6", "model": "#fde3c0", "training": "#fde3c0", "plan": "#dff0d8"}
CHARACTERS = 36
DPI = 110


def trace_png(trace: Trace) -> bytes:
    """Draw a trace: a box a table with its rows, lines to what it was made from, dashed where only whole tables are.

    Tables without a row for the traced one are left out. Row links are drawn in ink, whole tables in grey.
    """
    from matplotlib.patches import FancyBboxPatch

    steps = {name: step for name, step in trace.steps.items() if step.rows != 0}
    places = _places(trace, steps)
    width = max(COLUMN * (1 + max(place for _, place in places.values())), 2 * COLUMN)
    height = ROW * (1 + max(level for level, _ in places.values()))
    synthetic = any(file.is_synthetic for step in steps.values() for file in step.files)
    named = ", ".join(f"{column}={value}" for column, value in trace.key.items())
    notes = [
        "At the top the row asked for. Each line leads to a table it was made from: drawn through where rows were "
        "followed by their keys, dashed where only the whole table can be named.",
    ]
    frame = PictureFrame(width, height, title=f"{trace.table}: {named}", notes=notes, synthetic=synthetic)
    axes = frame.axes(0, 0, width, height)
    axes.set(xlim=(-EDGE, width), ylim=(height, -EDGE))
    axes.axis("off")
    for link in trace.links:
        if link.rows != 0 and link.table in places and link.origin in places:
            (upper, start), (lower, end) = places[link.table], places[link.origin]
            axes.plot(
                [start * COLUMN + BOX / 2, end * COLUMN + BOX / 2],
                [upper * ROW + BOX_HEIGHT, lower * ROW],
                color=INK if link.rows else QUIET_INK,
                linewidth=0.9 if link.rows else 0.5,
                linestyle="-" if link.rows else "--",
                zorder=1,
            )
    for name, (level, place) in places.items():
        left, top = place * COLUMN, level * ROW
        colour = COLOURS.get(steps[name].layer, "white")
        axes.add_patch(
            FancyBboxPatch(
                (left, top), BOX, BOX_HEIGHT, boxstyle="round,pad=0.02", facecolor=colour, edgecolor=INK, linewidth=0.6
            )
        )
        first, second = _label(steps[name])
        style = {"ha": "left", "parse_math": False, "color": INK}
        axes.text(left + 0.06, top + 0.17, first, fontsize=7.5, fontweight="bold", va="center", **style)
        axes.text(left + 0.06, top + 0.36, second, fontsize=6.5, va="center", **style)
    return frame.png(dpi=DPI, source_note="lineage of this platform's tables", licence_note="that of its inputs")


def _places(trace: Trace, steps: dict[str, Step]) -> dict[str, tuple[int, int]]:
    """Level and place in it of each table: below every table made from it, near those it belongs to."""
    level = {trace.table: 0}
    # Steps come in the order walked, each after all tables made from it.
    for name in steps:
        made = [level[link.table] for link in trace.links if link.origin == name and link.table in level]
        if made:
            level[name] = 1 + max(made)
    at = {trace.table: 0.0}
    places: dict[str, tuple[int, int]] = {}
    for number in range(1 + max(level.values())):
        here = [name for name in level if level[name] == number]
        for name in here:
            made = [at[link.table] for link in trace.links if link.origin == name and link.table in at]
            at[name] = sum(made) / len(made) if made else 0.0
        for place, name in enumerate(sorted(here, key=lambda name: (at[name], name))):
            places[name] = (number, place)
            at[name] = float(place)
    return places


def _label(step: Step) -> tuple[str, str]:
    extent = f"whole, {step.total:,} rows" if step.rows is None else f"{step.rows:,} of {step.total:,} rows"
    if step.model:
        extent = f"version {step.model['version']}, trained {str(step.model['trained'])[:10]}"
    if step.files:
        file = step.files[0]
        more = f" +{len(step.files) - 1} files" if len(step.files) > 1 else ""
        lines = f":{file.lines[0]}" + (f" +{file.count - 1}" if file.count > 1 else "")
        extent = f"{file.file.rsplit('/', 1)[-1]}{lines}{more}"
    shorten = {"width": CHARACTERS, "placeholder": "…"}
    return textwrap.shorten(step.table, **shorten), textwrap.shorten(extent, **shorten)
