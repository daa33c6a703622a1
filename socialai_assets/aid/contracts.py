"""Aid's tables: what each column says and may hold. What lands is described in input_ and publisher_contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.aid.forecast_contracts import DemandDrivers as DemandDrivers
from socialai_assets.aid.forecast_contracts import DemandForecasts as DemandForecasts
from socialai_assets.aid.forecast_contracts import ForecastOutOfSample as ForecastOutOfSample
from socialai_assets.aid.forecast_contracts import ForecastScores as ForecastScores
from socialai_assets.aid.input_contracts import CalendarInput as CalendarInput
from socialai_assets.aid.input_contracts import DeliveriesInput as DeliveriesInput
from socialai_assets.aid.input_contracts import DemandHistoryInput as DemandHistoryInput
from socialai_assets.aid.input_contracts import DepotsInput as DepotsInput
from socialai_assets.aid.input_contracts import ItemsInput as ItemsInput
from socialai_assets.aid.input_contracts import RoadLinksInput as RoadLinksInput
from socialai_assets.aid.input_contracts import SitesInput as SitesInput
from socialai_assets.aid.input_contracts import StockInput as StockInput
from socialai_assets.aid.input_contracts import TravelTimesInput as TravelTimesInput
from socialai_assets.aid.input_contracts import VehiclesInput as VehiclesInput
from socialai_assets.aid.plan_contracts import AllocationGroups as AllocationGroups
from socialai_assets.aid.plan_contracts import AllocationPlan as AllocationPlan
from socialai_assets.aid.plan_contracts import DecisionLog as DecisionLog
from socialai_assets.aid.plan_contracts import FairnessCurve as FairnessCurve
from socialai_assets.aid.plan_contracts import InventoryPolicy as InventoryPolicy
from socialai_assets.aid.plan_contracts import InventorySimulation as InventorySimulation
from socialai_assets.aid.plan_contracts import PlanComparison as PlanComparison
from socialai_assets.aid.publisher_contracts import LambayequeRespiratoryInfections as LambayequeRespiratoryInfections
from socialai_assets.aid.publisher_contracts import OtassWaterTrucks as OtassWaterTrucks
from socialai_assets.aid.route_contracts import RoutePlan as RoutePlan
from socialai_assets.aid.route_contracts import RouteStops as RouteStops
from socialai_assets.aid.route_contracts import UnservedStops as UnservedStops
from socialai_assets.aid.shared_columns import PERIODS, PLACE_KINDS, CalendarColumns, RoadLinkColumns, TravelTimeColumns
from socialai_assets.ingest.contract import Contract, QuarantineContract, RefusalContract, SourcedContract, column
from socialai_assets.ingest.supply_inputs import CODE, VEHICLE_TYPES, StockColumns, VehicleColumns

AREA_ID = r"\S+"


class LocatedDeliveries(Contract):
    """Plan Cisterna's deliveries with a coordinate: the UTM zone that brings them nearest to their district.

    The publisher does not give the zone. A delivery that ends over 50 km from its district's capital in zones 17, 18
    and 19 is in `aid.quarantine` instead. The month of a delivery is unknown, so nothing here makes a monthly series.
    """

    delivery_id: str = column("Code of the delivery: `otass-` and the publisher's number.", unique=True)
    site_id: str = column("Code of the site: deliveries to one coordinate of one district are to one site.")
    depot_id: str = column("Code of the utility's depot.")
    area_id: str = column("District the publisher states, INEI UBIGEO.", str_matches=AREA_ID)
    provider: str = column("Water utility that delivered.")
    place: str = column("Where in the district, in the publisher's words.", nullable=True)
    is_emergency: bool = column("Whether it was emergency service.")
    year: int = column("Year of the delivery.", ge=2000, le=2200)
    day_of_month: int = column("Day of the month the record states; its month is lost.", ge=0, le=31)
    utm_zone: int = column("UTM zone that fits, southern hemisphere.", isin=(17, 18, 19))
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    distance_km: float = column("Distance to the district's capital.", unit="km", ge=0, le=50)
    volume_m3: float = column("Water delivered.", unit="m3", ge=0)
    trips: int = column("Number of distributions.", ge=0)
    households: int = column("Dwellings served.", unit="households", ge=0)
    source: str = column("Source the row comes from.")
    is_synthetic: bool = column("Whether the sample generator made the row.")
    file_name: str = column("File the row was read from, below the landing folder.")
    file_line: int = column("Line of the file.", ge=1)

    class Config:
        name = "aid.located_deliveries"


class RefusedRows(RefusalContract):
    """Rows that keep their own contract and cannot be used beside the other tables, with the reason."""

    class Config:
        name = "aid.refused_rows"
        unique = ["input", "row_key", "rule", "source"]


class Sites(SourcedContract):
    """Places aid is delivered to, with defaults where a source says nothing."""

    site_id: str = column("Code of the site.", unique=True, str_matches=CODE)
    name: str = column("Name of the site.")
    area_id: str = column("Area it lies in, of the smallest level.", str_matches=AREA_ID)
    admin2_id: str = column("The admin2 area it lies in; missing where its area is unknown.", nullable=True)
    admin1_id: str = column("The admin1 area it lies in; missing where its area is unknown.", nullable=True)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column(
        "People it serves; 3.5 a household are assumed where only households are known, 0 where neither is.",
        unit="people",
        ge=0,
    )
    households: float = column("Households it serves.", unit="households", nullable=True, ge=0)
    opens_minute: int = column("From when it can be served.", unit="minutes after midnight", ge=0, le=1440)
    closes_minute: int = column("Until when service may begin.", unit="minutes after midnight", ge=0, le=1440)
    service_minutes: float = column(
        "Time to unload there; 15 where the source does not say.", unit="minutes", ge=0, le=1440
    )
    priority: int = column("Priority, 1 the highest to 5; 3 where the source does not say.", ge=1, le=5)
    largest_vehicle: str = column(
        f"Largest type of vehicle that gets there, of {', '.join(VEHICLE_TYPES)}; missing: any.",
        nullable=True,
        isin=VEHICLE_TYPES,
    )
    depot_id: str = column("Depot that serves it, where that is laid down; missing: any.", nullable=True)

    class Config:
        name = "aid.sites"


class Items(SourcedContract):
    """What is handed out, and what is counted as demand."""

    item_id: str = column("Code of the item.", unique=True, str_matches=CODE)
    name: str = column("Name in English.")
    name_es: str = column("Name in Spanish; the English one where there is none.")
    unit: str = column("What one of it is: m3, parcel, kit, case.")
    weight_kg: float = column("Weight of one unit; missing for what is not carried.", unit="kg", nullable=True, ge=0)
    volume_m3: float = column("Room one unit takes; missing for what is not carried.", unit="m3", nullable=True, ge=0)
    shelf_life_days: int = column("Days it keeps; missing where it does not spoil.", unit="days", nullable=True, ge=1)
    unit_cost_usd: float = column("Cost of one unit.", unit="USD", nullable=True, ge=0)
    need_per_person_week: float = column("Units a person needs in a week.", nullable=True, ge=0)
    is_carried: bool = column("Whether it has weight or room, so that it can be delivered; cases of illness cannot.")

    class Config:
        name = "aid.items"


class DemandHistory(SourcedContract):
    """How much was needed where and when: every period from a series' first to the last its source reports on.

    A period without a row in the source has one here, not reported and without a quantity: it is not a zero.
    """

    place_id: str = column("Code of the site or area.", str_matches=CODE)
    place_kind: str = column("Whether the place is a site or an area.", isin=PLACE_KINDS)
    area_id: str = column("The area itself, or the one the site lies in.", str_matches=AREA_ID)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period: str = column("Length of the period.", isin=PERIODS)
    period_start: datetime.date = column("First day of the period.")
    quantity: float = column("Units needed; missing where nothing was reported.", nullable=True, ge=0)
    is_reported: bool = column("Whether the place reported on the period.")

    class Config:
        name = "aid.demand_history"
        unique = ["place_id", "item_id", "period", "period_start"]


class Deliveries(SourcedContract):
    """Deliveries planned and made."""

    delivery_id: str = column("Code of the delivery.", unique=True, str_matches=CODE)
    site_id: str = column("Site it was for.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    planned_date: datetime.date = column("Day it was planned for.", nullable=True)
    delivered_on: datetime.date = column("Day it was made; missing where only the year is known.", nullable=True)
    delivered_year: int = column("Year it was made; missing where it was not.", nullable=True, ge=1990, le=2200)
    planned_quantity: float = column("Units planned.", nullable=True, ge=0)
    delivered_quantity: float = column("Units delivered; missing where it was not made.", nullable=True, ge=0)
    people_reached: float = column("People it reached.", unit="people", nullable=True, ge=0)
    trips: float = column("Trips it took.", nullable=True, ge=0)
    minutes_late: float = column("Minutes after the planned time; negative where early.", unit="minutes", nullable=True)
    cost_usd: float = column("What it cost.", unit="USD", nullable=True, ge=0)
    provider: str = column("Who made it.", nullable=True)
    vehicle_id: str = column("Vehicle that made it.", nullable=True)

    class Config:
        name = "aid.deliveries"


class Stock(SourcedContract, StockColumns):
    """Stock on hand and on order at depots, by batch, at the newest count of each depot and item."""

    class Config:
        name = "aid.stock"
        unique = ["depot_id", "item_id", "batch"]


class Depots(SourcedContract):
    """Depots that stock is kept at and vehicles start from."""

    depot_id: str = column("Code of the depot.", unique=True, str_matches=CODE)
    name: str = column("Name of the depot.")
    area_id: str = column("Area it lies in, of the smallest level.", str_matches=AREA_ID)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    capacity_m3: float = column("Room for stock; missing where it is not known.", unit="m3", nullable=True, ge=0)
    opens_minute: int = column("When it opens.", unit="minutes after midnight", ge=0, le=1440)
    closes_minute: int = column("When it closes.", unit="minutes after midnight", ge=0, le=1440)
    is_derived: bool = column("Whether its place is only the median of its deliveries' coordinates.")

    class Config:
        name = "aid.depots"


class Vehicles(SourcedContract, VehicleColumns):
    """Vehicles that deliver."""

    class Config:
        name = "aid.vehicles"


class TravelTimes(TravelTimeColumns, SourcedContract):
    """Time and way between sites and depots; rows with an hour or weekday go before those without."""

    class Config:
        name = "aid.travel_times"
        unique = ["from_id", "to_id", "weekday", "hour"]


class RoadLinks(RoadLinkColumns, SourcedContract):
    """Roads between sites, depots and junctions, with their closures: the graph that routes may be planned on."""

    class Config:
        name = "aid.road_links"
        unique = ["from_id", "to_id"]


class Calendar(CalendarColumns, SourcedContract):
    """Days that change demand or work."""

    class Config:
        name = "aid.calendar"
        unique = ["day", "area_id", "kind", "name"]


class DemandFeatures(Contract):
    """Demand by place, item and period, beside what a forecast made the day before the period began may know."""

    place_id: str = column("Code of the site or area.", str_matches=CODE)
    place_kind: str = column("Whether the place is a site or an area.", isin=PLACE_KINDS)
    area_id: str = column("The area itself, or the one the site lies in.", str_matches=AREA_ID)
    admin2_id: str = column("The admin2 area it lies in.", nullable=True)
    admin1_id: str = column("The admin1 area it lies in.", nullable=True)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period: str = column("Length of the period.", isin=PERIODS)
    period_start: datetime.date = column("First day of the period.")
    quantity: float = column("Units needed, the target; missing where nothing was reported.", nullable=True, ge=0)
    is_reported: bool = column("Whether the place reported on the period.")
    lag_1: float = column("Quantity one period before.", nullable=True, ge=0)
    lag_2: float = column("Quantity two periods before.", nullable=True, ge=0)
    lag_4: float = column("Quantity four periods before.", nullable=True, ge=0)
    lag_year: float = column("Quantity 52 weeks or 12 months before.", nullable=True, ge=0)
    mean_4: float = column("Mean of the reported quantities of the 4 periods before.", nullable=True, ge=0)
    mean_13: float = column("Mean of the reported quantities of the 13 periods before.", nullable=True, ge=0)
    stdev_13: float = column("Standard deviation of the same.", nullable=True, ge=0)
    nonzero_share_26: float = column(
        "Share of the reported periods among the 26 before in which anything was needed.", nullable=True, ge=0, le=1
    )
    periods_since_report: int = column("Periods since the last report; missing before the first.", nullable=True, ge=1)
    month: int = column("Month the period begins in.", ge=1, le=12)
    year_sine: float = column("Sine of the time of year.", ge=-1, le=1)
    year_cosine: float = column("Cosine of the time of year.", ge=-1, le=1)
    holiday_days: int = column("Holidays in the period, where the place is.", ge=0)
    season_days: int = column("Days of a named season in the period.", ge=0)
    event_days: int = column("Days of an event known beforehand in the period.", ge=0)
    closure_days: int = column("Days without deliveries in the period.", ge=0)
    population: float = column("Inhabitants of the area.", unit="people", nullable=True, ge=0)
    people: float = column("People the site serves, or inhabitants of the area.", unit="people", nullable=True, ge=0)
    poverty_estimate: float = column("Estimated poverty of the area.", unit="%", nullable=True, ge=0, le=100)
    poverty_lower: float = column("Lower end of its 90 % interval.", unit="%", nullable=True)
    poverty_upper: float = column("Upper end of its 90 % interval.", unit="%", nullable=True)
    natural_region: str = column("Coast, highlands or jungle.", nullable=True)
    is_synthetic: bool = column("Whether any input was made by the sample generator.")

    class Config:
        name = "aid.demand_features"
        unique = ["place_id", "item_id", "period", "period_start"]


class DeliveryPerformance(Contract):
    """Planned against delivered by provider, item, area and month (year where the month is unknown)."""

    provider: str = column("Who delivered; `unknown` where the source does not say.")
    item_id: str = column("Code of the item.", str_matches=CODE)
    area_id: str = column("Area of the sites.", str_matches=AREA_ID)
    year: int = column("Year of the planned day, or of the delivery where there was no plan.", nullable=True)
    month: int = column("Month of the same; missing where only the year is known.", nullable=True, ge=1, le=12)
    deliveries: int = column("Deliveries planned or made.", ge=1)
    delivered: int = column("Deliveries made.", ge=0)
    planned_quantity: float = column("Units planned; missing where there was no plan.", nullable=True, ge=0)
    delivered_quantity: float = column("Units delivered.", ge=0)
    fulfilment_share: float = column(
        "Units delivered of those planned, over deliveries with a plan; above 1 where more came.", nullable=True, ge=0
    )
    timed: int = column("Deliveries made whose punctuality is known.", ge=0)
    on_time_share: float = column("Share of these at most 15 minutes late.", nullable=True, ge=0, le=1)
    mean_minutes_late: float = column("Mean lateness of these; early counts as 0.", unit="minutes", nullable=True, ge=0)
    mean_days_late: float = column(
        "Mean days between the planned day and that of delivery.", unit="days", nullable=True
    )
    cost_usd: float = column("What they cost, where known.", unit="USD", nullable=True, ge=0)
    cost_per_unit_usd: float = column("Cost of a unit, over deliveries of known cost.", unit="USD", nullable=True, ge=0)
    people_reached: float = column("People reached, counted once a delivery.", unit="people", nullable=True, ge=0)
    trips: float = column("Trips it took, where known.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether any delivery was made up by the sample generator.")

    class Config:
        name = "aid.delivery_performance"
        unique = ["provider", "item_id", "area_id", "year", "month"]


class Quarantine(QuarantineContract):
    """Landed rows of aid that did not pass their source's contract, with the reason."""

    class Config:
        name = "aid.quarantine"


class SiteDeliveries(Contract):
    """Planned against delivered by site, item and week, the weeks of plans; deliveries without a day are left out."""

    site_id: str = column("Code of the site.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period_start: datetime.date = column("First day of the week of the planned day, or else of the delivery.")
    deliveries: int = column("Deliveries planned or made.", ge=1)
    delivered: int = column("Deliveries made.", ge=0)
    planned_quantity: float = column("Units planned; missing where there was no plan.", nullable=True, ge=0)
    delivered_quantity: float = column("Units delivered.", ge=0)
    unmet_quantity: float = column("Units planned and not delivered; a delivery not made counts whole.", ge=0)
    people_reached: float = column("People reached, counted once a delivery.", unit="people", nullable=True, ge=0)
    is_synthetic: bool = column("Whether any delivery was made up by the sample generator.")

    class Config:
        name = "aid.site_deliveries"
        unique = ["site_id", "item_id", "period_start"]


class FailedSystemDemand(Contract):
    """Water that people need whose water system has failed (`water.supply_failures`), at the site nearest to it."""

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    name: str = column("Name of the system.", nullable=True)
    area_id: str = column("Smallest area it is counted to.", nullable=True)
    reason: str = column("What tells that its water does not flow.")
    report_date: datetime.date = column("Newest visit that found it so.", nullable=True)
    people: float = column("People it should serve; missing where not known.", unit="people", nullable=True, ge=0)
    site_id: str = column("Nearest site, within the distance of aid/sharing.yaml; missing: none.", nullable=True)
    km: float = column("Distance to the nearest site, great circle.", unit="km", nullable=True, ge=0)
    item_id: str = column("Code of the item they need.", str_matches=CODE)
    litres_per_person_day: float = column("What the standard asks for.", unit="litres", ge=0)
    quantity: float = column("What they need in a week.", unit="m3", ge=0)
    status: str = column(
        "`counted`: planned for, unless aid/sharing.yaml says otherwise; else why not: `too_old`, also without a day.",
        isin=("counted", "too_old", "no_site_near", "people_unknown"),
    )
    standard: str = column("Handbook, edition and clause of the standard.")
    source: str = column("Source of the system.")
    is_synthetic: bool = column("Whether the sample generator made it.")

    class Config:
        name = "aid.failed_system_demand"
