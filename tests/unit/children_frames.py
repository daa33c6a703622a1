"""A small set of children's canonical tables, drawn at random, for tests of features, labels and models."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

LAST = datetime.date(2025, 12, 31)


def terms() -> pd.DataFrame:
    """Two terms a year, 2023 to 2026."""
    rows = []
    for year in range(2023, 2027):
        rows.append((f"{year}-1", year, datetime.date(year, 3, 11), datetime.date(year, 7, 20)))
        rows.append((f"{year}-2", year, datetime.date(year, 8, 5), datetime.date(year, 12, 20)))
    return pd.DataFrame(rows, columns=["term_id", "school_year", "starts_on", "ends_on"])


def canonical(children: int = 60, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Three years of children who miss more days of school the nearer they are to leaving it."""
    random = np.random.default_rng(seed)
    calendar = terms()
    tables: dict[str, list[dict]] = {
        name: [] for name in ("children", "households", "enrolments", "attendance", "marks", "cases", "support")
    }

    def later(day: datetime.date, most: int = 40) -> datetime.date:
        return day + datetime.timedelta(int(random.integers(0, most)))

    for number in range(children):
        child, home = f"child{number:03d}", f"home{number // 2:03d}"
        start = datetime.date(2023, 3, 11)
        income = float(random.lognormal(5, 0.5))
        grade = int(random.integers(1, 9))
        tables["children"].append(
            {
                "child_id": child,
                "birth_month": datetime.date(2023 - grade - 6, int(random.integers(1, 13)), 1),
                "sex": "FM"[number % 2],
                "language": ("es", "qu")[int(random.random() < 0.3)],
                "disability": (True, False, None)[int(random.integers(0, 3))],
                "household_id": home,
                "area_id": f"area{number % 3}",
                "knowledge_date": start,
                "is_synthetic": True,
            }
        )
        if number % 2 == 0:
            for year in (2023, 2024, 2025):
                day = datetime.date(year, 4, 1)
                tables["households"].append(
                    {
                        "household_id": home,
                        "report_date": day,
                        "members": 5,
                        "adults": 2,
                        "caregiver_school_years": float(random.integers(0, 12)),
                        "income_usd_month": income,
                        "receives_aid": bool(random.random() < 0.3),
                        "has_electricity": True,
                        "has_piped_water": None,
                        "school_km": float(random.exponential(2)),
                        "knowledge_date": later(day),
                    }
                )
        leaving = datetime.date(2023, 8, 1) + datetime.timedelta(int(random.integers(0, 850)))
        leaving = leaving if random.random() < 60 / income else None
        school = f"school{number % 4}"
        for year in (2023, 2024, 2025):
            day = datetime.date(year, 3, 11)
            if leaving and day > leaving:
                break
            events = [("enrolled", day, year - 2023)]
            if number % 7 == 0 and year == 2024 and (leaving is None or leaving.year > 2024):
                events.append(("transferred", datetime.date(2024, 5, 2), 1))
            if leaving and leaving.year == year:
                events.append(("left", leaving, year - 2023))
            for event, on, further in events:
                if event == "transferred":
                    school = f"school{(number + 1) % 4}"
                tables["enrolments"].append(
                    {
                        "child_id": child,
                        "school_id": school,
                        "school_year": year,
                        "grade": grade + further,
                        "event": event,
                        "event_date": on,
                        "knowledge_date": later(on),
                    }
                )
        for month in pd.date_range("2023-03-01", "2025-11-01", freq="MS"):
            if month.month in (1, 2) or (leaving and month.date() >= leaving):
                continue
            often = 0.05 if leaving is None else 0.35 if (leaving - month.date()).days < 150 else 0.15
            tables["attendance"].append(
                {
                    "child_id": child,
                    "month": month.date(),
                    "days_open": 20,
                    "days_absent": int(random.binomial(20, often)),
                    "knowledge_date": later((month + pd.offsets.MonthEnd()).date(), 20),
                }
            )
        for term in calendar[calendar["school_year"] < 2026].itertuples():
            if leaving and term.ends_on > leaving:  # type: ignore[operator]
                continue
            for subject in ("maths", "language"):
                tables["marks"].append(
                    {
                        "child_id": child,
                        "term_id": term.term_id,
                        "subject": subject,
                        "mark": float(np.clip(random.normal(13, 3), 0, 20)),
                        "knowledge_date": later(term.ends_on),  # type: ignore[arg-type]
                    }
                )
        if random.random() < 0.25:
            day = datetime.date(2024, 1, 15) + datetime.timedelta(int(random.integers(0, 500)))
            for event, on in (("opened", day), ("closed", day + datetime.timedelta(90))):
                tables["cases"].append(
                    {
                        "case_id": f"case{number}",
                        "child_id": child,
                        "event": event,
                        "kind": "neglect",
                        "event_date": on,
                        "knowledge_date": later(on),
                    }
                )
        if random.random() < 0.4:
            day = datetime.date(2024, 4, 15) + datetime.timedelta(int(random.integers(0, 400)))
            tables["support"].append(
                {
                    "support_id": f"support{number}",
                    "child_id": child,
                    "intervention_id": "tutoring",
                    "offered_on": day,
                    "started_on": day + datetime.timedelta(20),
                    "ended_on": day + datetime.timedelta(110) if random.random() < 0.7 else None,
                    "knowledge_date": later(day),
                }
            )
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return {name: frame[frame["knowledge_date"] <= LAST].reset_index(drop=True) for name, frame in frames.items()}


def area_poverty() -> pd.DataFrame:
    """Estimated poverty of the three areas."""
    return pd.DataFrame({"area_id": ["area0", "area1", "area2"], "estimate": [20.0, 40.0, 60.0]})
