"""Poverty's tables: what each column says and may hold. Column docs live here and nowhere else; no code does."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import Blob, Contract, QuarantineContract, RawContract, column, describe
from socialai_assets.poverty.decision_contracts import DecisionLog as DecisionLog
from socialai_assets.poverty.decision_contracts import Hotspots as Hotspots
from socialai_assets.poverty.decision_contracts import TargetingComparison as TargetingComparison
from socialai_assets.poverty.decision_contracts import TargetingPlan as TargetingPlan
from socialai_assets.poverty.drift_contracts import FeatureDrift as FeatureDrift
from socialai_assets.poverty.reason_contracts import DistrictExplanations as DistrictExplanations
from socialai_assets.poverty.reason_contracts import DistrictReasons as DistrictReasons

AREA_ID = r"\S+"
UBIGEO = r"\d{6}"


class PovertyRatesInput(RawContract):
    """Official poverty rates of areas with their 95 % confidence interval, in canonical form."""

    area_id: str = column("Code of the area.", str_matches=AREA_ID)
    year: int = column("Year the rate is for.", ge=1900, le=2200)
    poverty_rate_pct: float = column("People in monetary poverty.", unit="%", ge=0, le=100)
    lower_pct: float = column("Lower end of the 95 % confidence interval.", unit="%", nullable=True, ge=0, le=100)
    upper_pct: float = column("Upper end of the 95 % confidence interval.", unit="%", nullable=True, ge=0, le=100)
    estimate_group: str = column(
        "Areas with the same text share one estimate; missing where the area has its own.", nullable=True
    )

    class Config:
        name = "poverty.raw_poverty_rates"
        unique = ["area_id", "year"]

    @pa.dataframe_check
    def ends_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        """the lower end of the interval is at most the upper end"""
        return ~(frame["lower_pct"] > frame["upper_pct"])


class AreaIndicatorsInput(RawContract):
    """Covariates of areas in long form, such as `dropout_rate_pct` and `indigenous_language_pct`."""

    area_id: str = column("Code of the area.", str_matches=AREA_ID)
    indicator: str = column(
        "Name of the indicator with its unit, such as `dropout_rate_pct`.", str_matches=r"[a-z][a-z0-9_]*"
    )
    value: float = column("Value of the indicator, in the unit its name ends in.")

    class Config:
        name = "poverty.raw_area_indicators"
        unique = ["area_id", "indicator"]


class _Tiles(RawContract):
    """Map tiles in the XYZ scheme (EPSG:3857, row 0 in the north)."""

    z: int = column("Zoom level.", ge=0, le=24)
    x: int = column("Tile column, counted from 180 degrees west.", ge=0)
    y: int = column("Tile row, counted from the north.", ge=0)
    image: Blob = column("The tile as it was published, JPEG or PNG.")

    @pa.dataframe_check
    def inside_the_world(cls, frame: pd.DataFrame) -> pd.Series:
        """column and row are below 2 to the power of the zoom level"""
        return (frame["x"] < 2 ** frame["z"]) & (frame["y"] < 2 ** frame["z"])


class SatelliteNightInput(_Tiles):
    """Pictures of the earth at night as XYZ tiles, in canonical form."""

    class Config:
        name = "poverty.raw_satellite_night"
        unique = ["z", "x", "y"]


class SatelliteDayInput(_Tiles):
    """Pictures of the earth by day as XYZ tiles, in canonical form."""

    class Config:
        name = "poverty.raw_satellite_day"
        unique = ["z", "x", "y"]


class IneiPovertyMap2018(RawContract):
    """Monetary poverty of Peru's districts in 2018 as INEI estimates it; ranks are left out."""

    region: str = column("Department.")
    provincia: str = column("Province.")
    distrito: str = column("District.")
    ubigeo: str = column("INEI UBIGEO of the district.", unique=True, str_matches=UBIGEO)
    agrupados: str = column(
        "Group of districts that share one estimate; 000 where the district has its own.", str_matches=r"\d{3}"
    )
    pob_2020: int = column("Inhabitants projected for 2020.", unit="people", ge=0)
    conf_95_inf: float = column("Lower end of the 95 % confidence interval.", unit="%", ge=0, le=100)
    conf_95_sup: float = column("Upper end of the 95 % confidence interval.", unit="%", ge=0, le=100)
    pobreza_monetaria: float = column("People in monetary poverty.", unit="%", ge=0, le=100)

    class Config:
        name = "poverty.raw_inei_poverty_map_2018"

    @pa.dataframe_check
    def inside_the_interval(cls, frame: pd.DataFrame) -> pd.Series:
        """the estimate lies inside its confidence interval"""
        return frame["pobreza_monetaria"].between(frame["conf_95_inf"], frame["conf_95_sup"])


class MineduDistrictIndicators(RawContract):
    """School dropout and indigenous language by district of Peru, as published."""

    ubigeo: str = column("INEI UBIGEO of the district.", unique=True, str_matches=UBIGEO)
    admin_dropout_rate: float = column(
        "Pupils who left school within the year, by the schools' records.", unit="%", nullable=True, ge=0, le=100
    )
    indigenous_language_pct: float = column(
        "People who learned to speak in an indigenous language.", unit="%", nullable=True, ge=0, le=100
    )

    class Config:
        name = "poverty.raw_minedu_district_indicators"


class NasaBlackMarble(_Tiles):
    """NASA's Black Marble: night lights of Peru as XYZ tiles, 8-bit pictures and not radiance."""

    class Config:
        name = "poverty.raw_nasa_black_marble"
        unique = ["z", "x", "y"]


class NasaBlueMarble(_Tiles):
    """NASA's Blue Marble: Peru by day without clouds, as XYZ tiles."""

    class Config:
        name = "poverty.raw_nasa_blue_marble"
        unique = ["z", "x", "y"]


class OfficialRates(Contract):
    """The newest official poverty rate of each area; what the model learns from and stands beside."""

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    year: int = column("Year the rate is for.", ge=1900, le=2200)
    poverty_rate_pct: float = column("People in monetary poverty.", unit="%", ge=0, le=100)
    lower_pct: float = column("Lower end of the 95 % confidence interval.", unit="%", nullable=True, ge=0, le=100)
    upper_pct: float = column("Upper end of the 95 % confidence interval.", unit="%", nullable=True, ge=0, le=100)
    estimate_group: str = column("Areas with the same text share one estimate.", nullable=True)
    source: str = column("Source the rate comes from.")
    is_synthetic: bool = column("Whether the sample generator made the rate.")

    class Config:
        name = "poverty.official_rates"


class InputSources(Contract):
    """Which sources poverty's tables rest on, for credits and for flags on synthetic data."""

    input: str = column("Table the rows went into.")
    source: str = column("Name of the source, or `sample` for synthetic rows.")
    is_synthetic: bool = column("Whether any of the rows was made by the sample generator.")
    row_count: int = column("Number of rows.", ge=1)

    class Config:
        name = "poverty.input_sources"
        unique = ["input", "source"]


class _District(Contract):
    """What identifies an area the model speaks of."""

    area_id: str = column("Code of the admin3 area.", unique=True, str_matches=AREA_ID)
    admin1_id: str = column("The admin1 area it lies in.")
    admin2_id: str = column("The admin2 area it lies in.", nullable=True)
    natural_region: str = column("Coast, highlands or jungle.", nullable=True)
    latitude: float = column("Latitude of the capital, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude of the capital, EPSG:4326.", unit="degrees", ge=-180, le=180)
    altitude_m: float = column("Altitude of the capital.", unit="m", nullable=True, ge=-500, le=9000)
    urban_place_share: float = column("Share of places that are urban.", nullable=True, ge=0, le=1)
    dropout_rate_pct: float = column("Pupils who left school within the year.", unit="%", nullable=True, ge=0, le=100)
    indigenous_language_pct: float = column(
        "People who learned to speak in an indigenous language.", unit="%", nullable=True, ge=0, le=100
    )
    is_synthetic: bool = column("Whether any input was made by the sample generator.")


class DistrictCovariates(_District):
    """What the tables say of each admin3 area with a boundary, its poverty apart."""

    population: float = column("Inhabitants.", unit="people", nullable=True, ge=0)
    area_km2: float = column("Surface.", unit="km2", ge=0)
    place_count: int = column("Number of places.", ge=0)

    class Config:
        name = "poverty.district_covariates"


class PictureStatistics(Contract):
    """What satellite pictures show of each admin3 area: exact zonal statistics of the night and day tiles."""

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    night_light_mean: float = column("Mean luminance by night, 0 to 255.", nullable=True, ge=0, le=255)
    night_light_max: float = column("Greatest luminance by night.", nullable=True, ge=0, le=255)
    night_light_excess_sum: float = column("Sum of luminance above the lit threshold.", nullable=True, ge=0)
    night_light_lit_share: float = column("Share of the area that is lit.", nullable=True, ge=0, le=1)
    night_light_warmth_mean: float = column("Mean of red minus blue by night.", nullable=True)
    daylight_brightness_mean: float = column("Mean brightness by day, 0 to 255.", nullable=True, ge=0, le=255)
    daylight_greenness_mean: float = column("Mean excess green by day, -1 to 2.", nullable=True)
    daylight_greenness_stdev: float = column("Standard deviation of excess green by day.", nullable=True, ge=0)
    daylight_redness_mean: float = column("Mean excess red by day.", nullable=True)
    daylight_texture_mean: float = column("Mean local variation of brightness by day.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether the pictures were made by the sample generator.")

    class Config:
        name = "poverty.picture_statistics"


class Quarantine(QuarantineContract):
    """Landed rows of poverty that did not pass their source's contract, with the reason."""

    class Config:
        name = "poverty.quarantine"


class _PlacedDistrict(PictureStatistics, _District):
    """Covariates of an admin3 area before its neighbours are looked at."""

    population_log: float = column("Natural logarithm of 1 + inhabitants.", nullable=True)
    population_density_log: float = column("Natural logarithm of inhabitants per km2.", nullable=True)
    place_density_log: float = column("Natural logarithm of places per km2.", nullable=True)
    population_per_place_log: float = column("Natural logarithm of inhabitants per place.", nullable=True)
    place_distance_to_urban_km: float = column(
        "Mean distance of the area's places to the nearest urban one.", unit="km", nullable=True, ge=0
    )
    distance_to_admin2_capital_km: float = column(
        "Distance of the capital to that of its admin2 area.", unit="km", nullable=True, ge=0
    )
    distance_to_admin1_capital_km: float = column(
        "Distance of the capital to that of its admin1 area.", unit="km", nullable=True, ge=0
    )
    distance_to_city_50000_km: float = column(
        "Distance to the nearest area of 50,000 inhabitants or more.", unit="km", nullable=True, ge=0
    )
    distance_to_city_200000_km: float = column(
        "Distance to the nearest area of 200,000 inhabitants or more.", unit="km", nullable=True, ge=0
    )
    distance_to_largest_city_km: float = column(
        "Distance to the area with most inhabitants.", unit="km", nullable=True, ge=0
    )
    distance_to_outline_km: float = column("Distance to the country's outline, coast or border.", unit="km", ge=0)
    population_potential_log: float = column(
        "Natural logarithm of 1 + inhabitants near by, each counted less by e per 100 km.", nullable=True
    )


COVARIATES = tuple(description.name for description in describe(_PlacedDistrict) if description.dtype == "double")
# Distances and potentials are smooth over space already: their mean over neighbours would say nothing new.
AVERAGED = (
    "altitude_m",
    "dropout_rate_pct",
    "indigenous_language_pct",
    "population_density_log",
    "place_density_log",
    "population_per_place_log",
    "urban_place_share",
    "place_distance_to_urban_km",
    "night_light_mean",
    "night_light_max",
    "night_light_lit_share",
    "night_light_warmth_mean",
    "daylight_brightness_mean",
    "daylight_greenness_mean",
    "daylight_texture_mean",
)
NEIGHBOUR_MEANS = tuple(f"neighbours_{name}" for name in AVERAGED)


def _with_neighbour_means() -> type[_PlacedDistrict]:
    units = {description.name: description.unit for description in describe(_PlacedDistrict)}
    fields = {
        f"neighbours_{name}": column(
            f"Mean of {name} over the areas that border on it; missing where none does.",
            unit=units[name],
            nullable=True,
        )
        for name in AVERAGED
    }
    annotations = dict.fromkeys(fields, float)
    return type(
        "_WithNeighbourMeans", (_PlacedDistrict,), {"__annotations__": annotations, "__module__": __name__, **fields}
    )


class DistrictFeatures(_with_neighbour_means()):  # type: ignore[misc]
    """What the poverty model sees of each admin3 area; nothing in it comes from a poverty figure."""

    class Config:
        name = "poverty.district_features"


class ModelScores(Contract):
    """How well each model does on areas it has not seen, beside the baselines it must beat."""

    model: str = column("Name of the model or baseline.")
    version: int = column("Registered version of the district model that was scored in the same training.", ge=1)
    split: str = column("What is held out: whole provinces, whole departments, or (a warning only) random areas.")
    group: str = column("`all`, or the group of areas the figure is for.")
    metric: str = column("Name of the metric, lower case.")
    value: float = column("Value of the metric, in its own unit.", nullable=True)
    is_baseline: bool = column("Whether the model is a baseline.")
    is_served: bool = column("Whether this is the model whose estimates are served.")
    is_synthetic: bool = column("Whether any area scored rests on synthetic data.")

    class Config:
        name = "poverty.model_scores"
        unique = ["model", "version", "split", "group", "metric"]


class OutOfSample(Contract):
    """Estimates of areas by models that had not seen their block: the claims can be computed again from here."""

    area_id: str = column("Code of the area (in Peru the UBIGEO).", str_matches=AREA_ID)
    model: str = column("Name of the model or baseline.")
    split: str = column("What was held out: province, department or random.")
    fold: int = column("Fold the area was held out in.", ge=0)
    estimate: float = column("Poverty rate estimated.", unit="%", ge=0, le=100)
    lower: float = column("Lower end of the 90 % interval; only for the served model.", unit="%", nullable=True)
    upper: float = column("Upper end of the 90 % interval; only for the served model.", unit="%", nullable=True)
    observed: float = column("Official poverty rate.", unit="%", ge=0, le=100)
    is_synthetic: bool = column("Whether the area rests on synthetic data.")

    class Config:
        name = "poverty.out_of_sample"
        unique = ["area_id", "model", "split"]


class DistrictModel(Contract):
    """The district poverty model in use: which version, what it is, why it is served, and its main figures."""

    model: str = column("Name in the model registry.", unique=True)
    version: int = column("Version in use (the champion).", ge=1)
    algorithm: str = column("What the version is; a baseline where nothing beat the baselines.")
    is_baseline: bool = column("Whether a baseline is served because no model beat the baselines.")
    reason: str = column("Why this version is in use.")
    trained_at: pd.Timestamp = column("When it was trained, UTC.")
    areas: int = column("Areas it learned from.", ge=1)
    r2_province: float = column("R2 on held-out provinces.", nullable=True)
    r2_department: float = column("R2 on held-out departments.", nullable=True)
    coverage_90: float = column("Share of areas inside their 90 % interval, provinces held out.", ge=0, le=1)

    class Config:
        name = "poverty.district_model"


class DistrictPredictions(Contract):
    """Estimated poverty of each admin3 area with its interval, beside the official figure where there is one.

    An area with an official figure is estimated by a model that has not seen its province (cross-fitting), so that
    estimate and official figure can be compared; the others by the model fitted on all areas.
    """

    area_id: str = column("Code of the area (in Peru the UBIGEO).", unique=True, str_matches=AREA_ID)
    name: str = column("Name of the area.")
    admin1_name: str = column("The admin1 area it lies in.")
    admin2_name: str = column("The admin2 area it lies in.", nullable=True)
    estimate: float = column("Estimated share of people in monetary poverty.", unit="%", ge=0, le=100)
    lower: float = column("Lower end of the 90 % interval.", unit="%", ge=0, le=100)
    upper: float = column("Upper end of the 90 % interval.", unit="%", ge=0, le=100)
    official: float = column("Official poverty rate.", unit="%", nullable=True, ge=0, le=100)
    official_lower: float = column("Lower end of its 95 % interval.", unit="%", nullable=True, ge=0, le=100)
    official_upper: float = column("Upper end of its 95 % interval.", unit="%", nullable=True, ge=0, le=100)
    population: float = column("Inhabitants.", unit="people", nullable=True, ge=0)
    poor_people: float = column("Estimate times inhabitants.", unit="people", nullable=True, ge=0)
    model: str = column("What made the estimate.")
    model_version: int = column("Version of the model.", ge=1)
    is_cross_fitted: bool = column("Whether the model had not seen the area's province.")
    is_baseline: bool = column("Whether a baseline made the estimate because no model beat the baselines.")
    is_synthetic: bool = column("Whether the estimate rests on synthetic data.")

    class Config:
        name = "poverty.district_predictions"

    @pa.dataframe_check
    def estimate_inside_interval(cls, frame: pd.DataFrame) -> pd.Series:
        """the estimate lies inside its interval"""
        return frame["estimate"].between(frame["lower"], frame["upper"])


def all_covariates() -> tuple[str, ...]:
    """Every covariate a district may have, in the contract's order."""
    return (*COVARIATES, *NEIGHBOUR_MEANS)


def covariates_of(frame: pd.DataFrame) -> list[str]:
    """The covariates that have a value anywhere in a frame of features, in the contract's order."""
    return [name for name in all_covariates() if name in frame and frame[name].notna().any()]
