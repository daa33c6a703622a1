"""Children's tables: what each column says and may hold. What lands is in input_contracts.py.

A table with a personal column is in the vault, all others in the open lake.
"""

from __future__ import annotations

from socialai_assets.children.fairness_contracts import Fairness as Fairness
from socialai_assets.children.fairness_contracts import FairnessOptions as FairnessOptions
from socialai_assets.children.help_contracts import AssignmentComparison as AssignmentComparison
from socialai_assets.children.help_contracts import Assignments as Assignments
from socialai_assets.children.help_contracts import BenefitEstimates as BenefitEstimates
from socialai_assets.children.help_contracts import FlagAcknowledgementsInput as FlagAcknowledgementsInput
from socialai_assets.children.help_contracts import Flags as Flags
from socialai_assets.children.help_contracts import HelpComparisons as HelpComparisons
from socialai_assets.children.help_contracts import OutcomeCells as OutcomeCells
from socialai_assets.children.help_contracts import Recommendations as Recommendations
from socialai_assets.children.help_contracts import SupportOutcomes as SupportOutcomes
from socialai_assets.children.help_contracts import Unassigned as Unassigned
from socialai_assets.children.help_contracts import Worklists as Worklists
from socialai_assets.children.input_contracts import AttendanceInput as AttendanceInput
from socialai_assets.children.input_contracts import CasesInput as CasesInput
from socialai_assets.children.input_contracts import ChildrenInput as ChildrenInput
from socialai_assets.children.input_contracts import EnrolmentsInput as EnrolmentsInput
from socialai_assets.children.input_contracts import HouseholdsInput as HouseholdsInput
from socialai_assets.children.input_contracts import InterventionsInput as InterventionsInput
from socialai_assets.children.input_contracts import MarksInput as MarksInput
from socialai_assets.children.input_contracts import OutcomesInput as OutcomesInput
from socialai_assets.children.input_contracts import ReviewsInput as ReviewsInput
from socialai_assets.children.input_contracts import SchoolsInput as SchoolsInput
from socialai_assets.children.input_contracts import ServicesInput as ServicesInput
from socialai_assets.children.input_contracts import StaffInput as StaffInput
from socialai_assets.children.input_contracts import SupportInput as SupportInput
from socialai_assets.children.input_contracts import TermsInput as TermsInput
from socialai_assets.children.oulad_contracts import OuladAssessments as OuladAssessments
from socialai_assets.children.oulad_contracts import OuladCalibration as OuladCalibration
from socialai_assets.children.oulad_contracts import OuladCourses as OuladCourses
from socialai_assets.children.oulad_contracts import OuladFeatures as OuladFeatures
from socialai_assets.children.oulad_contracts import OuladOutOfSample as OuladOutOfSample
from socialai_assets.children.oulad_contracts import OuladScores as OuladScores
from socialai_assets.children.oulad_contracts import OuladStudents as OuladStudents
from socialai_assets.children.oulad_contracts import OuladSubmissions as OuladSubmissions
from socialai_assets.children.place_contracts import DistrictIndicators as DistrictIndicators
from socialai_assets.children.place_contracts import MineduSchools as MineduSchools
from socialai_assets.children.place_contracts import RegisteredSchools as RegisteredSchools
from socialai_assets.children.release_contracts import LambayequeAttended as LambayequeAttended
from socialai_assets.children.release_contracts import LambayequeScreenings as LambayequeScreenings
from socialai_assets.children.release_contracts import PublishedCells as PublishedCells
from socialai_assets.children.release_contracts import ReleaseCounts as ReleaseCounts
from socialai_assets.children.release_contracts import ReleaseGroups as ReleaseGroups
from socialai_assets.children.release_contracts import Releases as Releases
from socialai_assets.children.risk_contracts import ModelScores as ModelScores
from socialai_assets.children.risk_contracts import RiskCalibration as RiskCalibration
from socialai_assets.children.risk_contracts import RiskDrift as RiskDrift
from socialai_assets.children.risk_contracts import RiskFeatures as RiskFeatures
from socialai_assets.children.risk_contracts import RiskLabels as RiskLabels
from socialai_assets.children.risk_contracts import RiskModels as RiskModels
from socialai_assets.children.risk_contracts import RiskOutOfSample as RiskOutOfSample
from socialai_assets.children.risk_contracts import RiskScores as RiskScores
from socialai_assets.children.tables_contracts import Attendance as Attendance
from socialai_assets.children.tables_contracts import Cases as Cases
from socialai_assets.children.tables_contracts import Children as Children
from socialai_assets.children.tables_contracts import Enrolments as Enrolments
from socialai_assets.children.tables_contracts import Households as Households
from socialai_assets.children.tables_contracts import Interventions as Interventions
from socialai_assets.children.tables_contracts import Marks as Marks
from socialai_assets.children.tables_contracts import Outcomes as Outcomes
from socialai_assets.children.tables_contracts import RefusedRows as RefusedRows
from socialai_assets.children.tables_contracts import RefusedServices as RefusedServices
from socialai_assets.children.tables_contracts import Reviews as Reviews
from socialai_assets.children.tables_contracts import Schools as Schools
from socialai_assets.children.tables_contracts import Services as Services
from socialai_assets.children.tables_contracts import Staff as Staff
from socialai_assets.children.tables_contracts import Support as Support
from socialai_assets.children.tables_contracts import Terms as Terms
from socialai_assets.ingest.contract import QuarantineContract


class Quarantine(QuarantineContract):
    """Landed rows on places and services that broke their source's contract; those on persons are in the vault."""

    class Config:
        name = "children.quarantine"
