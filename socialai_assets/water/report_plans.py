"""What a district's water report says of plans: repairs, new points, inspections, in two languages. Plans none."""

from __future__ import annotations

import pandas as pd

from socialai_assets.publishing.documents import Block, Paragraph, Table, long_day
from socialai_assets.publishing.languages import Language

ACTIONS = {"repair": ("Repair", "Reparar"), "build": ("Build a new point", "Construir un punto nuevo")}
LISTED = 30


def plan_blocks(repairs: pd.DataFrame, inspections: pd.DataFrame, language: Language) -> list[Block]:
    """What is proposed in a district, who gains, and when it is inspected; that nothing is, is said too.

    Args:
        repairs: the district's rows of `water.repair_plan` of one scenario.
        inspections: its rows of `water.inspection_stops` of one scenario.
    """
    return [*_repair_blocks(repairs, language), Paragraph(inspection_words(inspections, language))]


def inspection_words(inspections: pd.DataFrame, language: Language) -> str:
    """How many systems are to be visited, and when."""
    spanish = language == "es"
    planned = inspections[inspections["status"] == "planned"]
    if planned.empty:
        return (
            "Las próximas rondas de inspección no visitan ningún sistema aquí; hay otros más urgentes o más cercanos."
            if spanish
            else "The coming inspection rounds visit no system here; others are more urgent or nearer."
        )
    days = pd.to_datetime(planned["day"])
    first, last = (long_day(day.date(), language) for day in (days.min(), days.max()))
    if spanish:
        when = f"el {first}" if first == last else f"entre el {first} y el {last}"
        return f"Sistemas que se propone inspeccionar: {len(planned):,} de {len(inspections):,}, {when}."
    when = f"on {first}" if first == last else f"between {first} and {last}"
    return f"Systems proposed for inspection: {len(planned):,} of {len(inspections):,}, {when}."


def _repair_blocks(repairs: pd.DataFrame, language: Language) -> list[Block]:
    spanish = language == "es"
    chosen = repairs[repairs["is_chosen"].astype(bool)]
    if chosen.empty:
        text = (
            "El plan de reparaciones y obras no propone nada aquí dentro de su presupuesto."
            if spanish
            else "Within its budget the plan of repairs and new points proposes nothing here."
        )
        return [Paragraph(text)]
    ordered = chosen.sort_values(["people_gaining", "action_id"], ascending=[False, True])
    rows = tuple(
        (
            ACTIONS[row["action"]][spanish],
            row["name"] if isinstance(row["name"], str) else "\N{EN DASH}",
            f"{row['people_gaining']:,.0f}",
            f"{row['cost_usd']:,.0f}",
        )
        for row in ordered.head(LISTED).to_dict("records")
    )
    people, cost = f"{chosen['people_gaining'].sum():,.0f}", f"{chosen['cost_usd'].sum():,.0f}"
    text = (
        f"Ganarían acceso a un punto que funcione unas {people} personas, con unos {cost} USD. "
        "Es la propuesta de un programa dentro de un presupuesto; nadie la ha decidido todavía."
        if spanish
        else f"About {people} people would gain access to a point that works, for about {cost} USD. "
        "This is what a program proposes within a budget; nobody has decided it yet."
    )
    heads = (
        ("Qué", "Dónde", "Personas que ganan", "Costo, USD")
        if spanish
        else ("What", "Where", "People gaining", "Cost, USD")
    )
    caption = "Obras propuestas" if spanish else "Proposed works"
    if len(rows) < len(chosen):
        caption += f": {len(rows)} de {len(chosen)}" if spanish else f": {len(rows)} of {len(chosen)}"
    return [Paragraph(text), Table(caption, heads, rows, frozenset({2, 3}), frozenset(), (0.28, 0.36, 0.18, 0.18))]
