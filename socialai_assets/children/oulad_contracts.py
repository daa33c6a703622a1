"""OULAD's tables: adult students of a British university, a stand-in for pupils, of whom no such record is public.

Columns as its publisher names them, then features, estimates and scores. What says anything of a student is personal.
"""

from __future__ import annotations

import datetime
from typing import Any

from socialai_assets.children.oulad_features import AGES, DAYS, DEPRIVATION, EDUCATION
from socialai_assets.children.oulad_records import MISPRINTED_BANDS
from socialai_assets.children.oulad_training import ALL, HANDED_IN, MODELS, PRESENTATIONS
from socialai_assets.ingest.contract import Contract, RawContract, column

MODULE, PRESENTATION = r"[A-Z]{3}", r"\d{4}[BJ]"
METRICS = ("auc", "brier", "calibration_error", "accuracy", "precision", "recall", "f1")


class OuladCourses(RawContract):
    """Courses of the Open University, one row a presentation of a module (OULAD, CC BY 4.0)."""

    code_module: str = column("Code of the module.", str_matches=MODULE)
    code_presentation: str = column("Year, and B for a start in February, J for October.", str_matches=PRESENTATION)
    module_presentation_length: int = column("How long it takes.", unit="days", ge=1, le=500)

    class Config:
        name = "children.raw_oulad_courses"
        unique = ["code_module", "code_presentation"]


class OuladAssessments(RawContract):
    """What is to be handed in or sat in each course (OULAD, CC BY 4.0)."""

    code_module: str = column("Code of the module.", str_matches=MODULE)
    code_presentation: str = column("Year and B or J.", str_matches=PRESENTATION)
    id_assessment: str = column("Number of the assessment.", unique=True, str_matches=r"\d+")
    assessment_type: str = column("Marked by a tutor, by computer, or an exam.", isin=("TMA", "CMA", "Exam"))
    date: int = column("Day it is due, from the start of the course; missing for most exams.", nullable=True, ge=0)
    weight: float = column("Weight in the final mark; exams count apart.", unit="%", ge=0, le=100)

    class Config:
        name = "children.raw_oulad_assessments"


class OuladStudents(RawContract):
    """Students of each course with what their form said and their final result (OULAD, CC BY 4.0)."""

    code_module: str = column("Code of the module.", str_matches=MODULE, personal=True)
    code_presentation: str = column("Year and B or J.", str_matches=PRESENTATION, personal=True)
    id_student: str = column("Pseudonym of the student.", str_matches=r"\w+", identifies="student")
    gender: str = column("Sex.", isin=("F", "M"), personal=True)
    region: str = column("Region of residence.", personal=True)
    highest_education: str = column("Highest education before.", isin=EDUCATION, personal=True)
    imd_band: str = column(
        "Tenth of the index of multiple deprivation of the place of residence, the most deprived first.",
        nullable=True,
        isin=(*DEPRIVATION, *MISPRINTED_BANDS),
        personal=True,
    )
    age_band: str = column("Age band.", isin=AGES, personal=True)
    num_of_prev_attempts: int = column("Earlier attempts at the module.", ge=0, personal=True)
    studied_credits: int = column("Credits of all modules studied at the time.", ge=0, personal=True)
    disability: str = column("Whether a disability was declared.", isin=("N", "Y"), personal=True)
    final_result: str = column("Result at the end.", isin=("Pass", "Fail", "Withdrawn", "Distinction"), personal=True)

    class Config:
        name = "children.raw_oulad_students"
        unique = ["id_student", "code_module", "code_presentation"]


class OuladSubmissions(RawContract):
    """What students handed in, with its score (OULAD, CC BY 4.0)."""

    id_assessment: str = column("Number of the assessment.", str_matches=r"\d+", personal=True)
    id_student: str = column("Pseudonym of the student.", str_matches=r"\w+", identifies="student")
    date_submitted: int = column("Day it was handed in, from the start of the course.", personal=True)
    is_banked: int = column("Whether it was carried over from an earlier attempt.", isin=(0, 1), personal=True)
    score: float = column("Score.", nullable=True, ge=0, le=100, personal=True)

    class Config:
        name = "children.raw_oulad_submissions"
        unique = ["id_student", "id_assessment"]


class OuladStudentDay(Contract):
    """What tells rows about a student in a course on a day apart."""

    id_student: str = column("Pseudonym of the student.", identifies="student")
    code_module: str = column("Code of the module.", personal=True)
    code_presentation: str = column("Year and B or J.", personal=True)
    day: int = column("Days from the start of the course to what is known.", unit="days", isin=DAYS, personal=True)


def _known(description: str, unit: str | None = None) -> Any:
    return column(description, unit=unit, nullable=True, personal=True)


class OuladFeatures(OuladStudentDay):
    """What was known of each OULAD student (an adult: a stand-in for pupils) on days after the start of the course."""

    as_of_date: datetime.datetime = column("That day by the calendar, courses starting on the 1st.", personal=True)
    sex: str = column("Sex.", personal=True)
    region: str = column("Region of residence.", personal=True)
    is_female: float = _known("Whether female, 1 or 0.")
    has_disability: float = _known("Whether a disability was declared, 1 or 0.")
    age_band: float = _known("Age band: 0 up to 35, 1 from 35, 2 from 55 years.")
    education_level: float = _known("Highest education, 0 for none to 4 for a degree after the first.")
    deprivation_tenth: float = _known("Tenth of deprivation of the place of residence, 1 the most deprived.")
    attempts_before: float = _known("Earlier attempts at the module.")
    credits: float = _known("Credits of all modules studied at the time.")
    credits_above_class: float = _known("Credits above the median of the class.")
    modules_at_once: float = _known("Courses of OULAD begun on the same day.")
    starts_in_february: float = _known("Whether the course starts in February, 1 or 0.")
    course_days: float = _known("Length of the course.", "days")
    earlier_modules: float = _known("Courses of OULAD begun before.")
    earlier_same_module: float = _known("Those of the same module.")
    earlier_known: float = _known("Those whose result was known.")
    earlier_failed: float = _known("Those that were failed.")
    earlier_withdrawn: float = _known("Those that the student withdrew from.")
    earlier_passed: float = _known("Those that were passed.")
    earlier_credits: float = _known("Credits at the start of earlier courses, summed.")
    earlier_submitted_share: float = _known("Share of what was due in earlier courses that was handed in.")
    earlier_score: float = _known("Mean score in earlier courses.")
    earlier_same_submitted_share: float = _known("The highest such share in an earlier course of the module.")
    earlier_last_day: float = _known("Last day of an earlier course on which anything was handed in.", "days")
    module_rate: float = _known("Share of the module's students who failed or withdrew in courses known by then.")
    due: float = _known("Assessments due by the day.")
    submitted: float = _known("Assessments handed in or banked by the day.")
    missed: float = _known("Assessments due and not handed in.")
    missed_weight: float = _known("Their share of the weight of all.")
    submitted_weight: float = _known("Share of the weight of all that was handed in.")
    banked: float = _known("Assessments carried over from an earlier attempt.")
    ahead: float = _known("Assessments handed in that are not due yet.")
    late: float = _known("Assessments handed in late.")
    missed_tutor_marked: float = _known("Tutor-marked assessments missed.")
    missed_computer_marked: float = _known("Computer-marked assessments missed.")
    score_mean: float = _known("Mean score.")
    score_least: float = _known("Lowest score.")
    score_last: float = _known("Score of the last assessment, by due day.")
    score_change: float = _known("That score less the first.")
    score_tutor_marked: float = _known("Mean score of tutor-marked assessments.")
    score_computer_marked: float = _known("Mean score of computer-marked assessments.")
    days_early_mean: float = _known("Mean days from handing in to the due day.", "days")
    days_early_least: float = _known("Least days from handing in to the due day, below 0 where late.", "days")
    days_since_submission: float = _known("Days since anything was handed in.", "days")
    last_due_missed: float = _known("Whether the last assessment due was missed, 1 or 0.")
    days_since_due: float = _known("Days since the last assessment was due.", "days")
    missed_share: float = _known("Share of what was due that was missed.")
    behind_class_due: float = _known(
        "Mean share of the class that handed in, less what the student did, of what is due."
    )
    behind_class_open: float = _known("Such shares summed over what is open and not due.")
    behind_class_most: float = _known("The largest such share.")
    points_due: float = _known("Mean score of what was due, 0 for what was missed.")
    points: float = _known("Sum of scores.")
    score_standard: float = _known("Mean score in standard deviations from the class.")
    score_standard_least: float = _known("The lowest one.")
    score_rank: float = _known("Mean rank of scores in the class, 0 to 1.")
    early_rank: float = _known("Mean rank in the class of days handed in before the due day, 0 to 1.")
    early_rank_last: float = _known("That rank at the last assessment handed in.")
    points_due_rank: float = _known("Rank of `points_due` in the class.")
    points_rank: float = _known("Rank of `points` in the class.")
    other_modules_submitted: float = _known("Assessments handed in in other modules begun on the same day.")
    other_modules_missed: float = _known("Assessments missed in them.")
    other_modules_behind_class_due: float = _known("`behind_class_due` in them, summed.")
    other_modules_points_due: float = _known("`points_due` in them, summed.")

    class Config:
        name = "children.oulad_features"
        unique = ["id_student", "code_module", "code_presentation", "day"]


def _probability(description: str) -> Any:
    return column(description, nullable=True, ge=0, le=1, personal=True)


class OuladOutOfSample(OuladStudentDay):
    """Probabilities that an OULAD student fails or withdraws, by models that had learned from earlier courses only."""

    handed_in: bool = column("Whether the student had handed in anything of their own by the day.", personal=True)
    observed: float = column("Whether the student failed or withdrew, 1 or 0.", isin=(0, 1), personal=True)
    random: float = _probability("Baseline: the rate of all, which ranks nobody.")
    module_rate: float = _probability("Baseline: the rate of the module.")
    most_deprived_first: float = _probability("Baseline: by tenth of deprivation.")
    points_score: float = _probability("Baseline: a score added up by hand.")
    untuned_boosting: float = _probability("Baseline: boosting as scikit-learn sets it.")
    decision_tree: float = _probability("A small decision tree.")
    random_forest: float = _probability("A random forest.")
    gradient_boosting: float = _probability("Gradient boosting.")
    network: float = _probability("A Keras network; missing where none was trained.")
    calibrated_ensemble: float = _probability("Forest, boosting and network together, calibrated.")

    class Config:
        name = "children.oulad_out_of_sample"
        unique = ["id_student", "code_module", "code_presentation", "day"]


class OuladScores(Contract):
    """How well OULAD's failures and withdrawals are foreseen, by day, model and size of the list.

    OULAD's students are adults: a stand-in for pupils. Withdrawals before the day cannot be left out, as there are no
    days of registration in this copy: not to have handed in is partly to have left. So figures are also given among
    those who had handed something in.
    """

    day: int = column("Days from the start of the course to what is known.", unit="days", isin=DAYS)
    presentation: str = column("Courses judged; 2014J is the test, the others served to choose.", isin=PRESENTATIONS)
    people: str = column("All, or those who had handed in anything of their own.", isin=(ALL, HANDED_IN))
    students: int = column("How many of them, a student counted in each course.", ge=1)
    model: str = column("Name of the model.", isin=MODELS)
    metric: str = column("Name of the score.", isin=METRICS)
    capacity: float = column("Share of the students on the list; missing where the score has no list.", nullable=True)
    value: float = column("The score.", nullable=True)
    lower: float = column("Lower end of its 95 % bootstrap interval over students; of the test only.", nullable=True)
    upper: float = column("Upper end.", nullable=True)
    is_baseline: bool = column("Whether the model is a baseline.")
    is_chosen: bool = column("Whether it regrets least over days and courses before the test.")

    class Config:
        name = "children.oulad_scores"
        unique = ["day", "presentation", "people", "model", "metric", "capacity"]


class OuladCalibration(Contract):
    """How often OULAD's students of the test failed or withdrew among those of whom about the same was said."""

    day: int = column("Days from the start of the course to what is known.", unit="days", isin=DAYS)
    model: str = column("Name of the model.", isin=MODELS)
    bin: int = column("Number of the tenth of students, by probability.", ge=1)
    probability: float = column("Mean probability said.", ge=0, le=1)
    rate: float = column("Share that failed or withdrew.", ge=0, le=1)
    people: int = column("Students in it, to the nearest ten.", ge=0)

    class Config:
        name = "children.oulad_calibration"
        unique = ["day", "model", "bin"]
