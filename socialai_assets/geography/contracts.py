"""Geography's tables: what each column says and may hold. Column docs live here and nowhere else; no code does."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, Geometry, QuarantineContract, RawContract, column

AREA_ID = r"\S+"
UBIGEO = r"\d{6}"
LEVELS = ("admin1", "admin2", "admin3")
KINDS = ("urban", "rural")
NATURAL_REGIONS = ("coast", "highlands", "jungle")


class AreasInput(RawContract):
    """Administrative areas of every level, in canonical form."""

    area_id: str = column("Code of the area, unique over all levels.", unique=True, str_matches=AREA_ID)
    level: str = column(
        "Administrative level: admin1 the largest (department), admin2 (province), admin3 (district).",
        isin=LEVELS,
    )
    name: str = column("Name of the area.")
    parent_id: str = column("Code of the area one level up; missing at admin1.", nullable=True)
    population: float = column("Inhabitants.", unit="people", nullable=True, ge=0)
    area_km2: float = column("Surface.", unit="km2", nullable=True, ge=0)
    altitude_m: float = column("Altitude of the capital above sea level.", unit="m", nullable=True, ge=-500, le=9000)
    capital: str = column("Name of the capital.", nullable=True)
    latitude: float = column("Latitude of the capital, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    longitude: float = column("Longitude of the capital, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)
    natural_region: str = column("Natural region, where the publisher states it.", nullable=True, isin=NATURAL_REGIONS)

    class Config:
        name = "geography.raw_areas"


class AreaBoundariesInput(RawContract):
    """Polygons of administrative areas, in canonical form."""

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    geometry: Geometry = column("Polygon or multipolygon of the area, EPSG:4326.")

    class Config:
        name = "geography.raw_area_boundaries"


class PlacesInput(RawContract):
    """Settlements with a coordinate, in canonical form."""

    place_id: str = column("Code of the place.", unique=True, str_matches=AREA_ID)
    area_id: str = column("Code of the area the publisher counts the place to.", str_matches=AREA_ID)
    name: str = column("Name of the place.")
    kind: str = column("Whether the place is urban or rural.", isin=KINDS)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)

    class Config:
        name = "geography.raw_places"


class AreaCodesInput(RawContract):
    """Codes that other institutions give to areas, in canonical form."""

    area_id: str = column("Code of the area in this platform.", str_matches=AREA_ID)
    scheme: str = column("Whose code it is, in lower case, such as `reniec` or `iso_3166_2`.")
    code: str = column("The code in that scheme.")

    class Config:
        name = "geography.raw_area_codes"
        unique = ["area_id", "scheme"]


class _UbigeoAumentado(RawContract):
    """What the three levels of ubigeo-peru-aumentado have in common."""

    inei: str = column("INEI UBIGEO; zeros stand for the levels below.", unique=True, str_matches=UBIGEO)
    reniec: str = column("RENIEC's code of the area.", nullable=True, unique=True, str_matches=UBIGEO)
    departamento: str = column("Department.")
    iso_3166_2: str = column("ISO 3166-2 code of the department.")
    fips: str = column("FIPS 10-4 code of the department.")
    capital: str = column("Capital.", nullable=True)
    superficie: float = column("Surface.", unit="km2", nullable=True, ge=0)
    pob_densidad_2020: float = column(
        "Population density, 2020; population is this times the surface.",
        unit="people/km2",
        nullable=True,
        ge=0,
    )
    altitude: float = column("Altitude of the capital.", unit="m", nullable=True, ge=-500, le=9000)
    latitude: float = column("Latitude of the capital.", unit="degrees", nullable=True, ge=-90, le=90)
    longitude: float = column("Longitude of the capital.", unit="degrees", nullable=True, ge=-180, le=180)


class _UbigeoAumentadoBelowDepartment(_UbigeoAumentado):
    """What districts and provinces of ubigeo-peru-aumentado have in common."""

    provincia: str = column("Province.")
    region: str = column("Regional government the area is under.")
    macroregion_inei: str = column("Macro-region after INEI.")
    macroregion_minsa: str = column("Macro-region after the Ministry of Health.")


class UbigeoAumentadoDistricts(_UbigeoAumentadoBelowDepartment):
    """Districts of Peru with codes, capital, surface and density, as published; poverty columns are left out."""

    distrito: str = column("District.")

    class Config:
        name = "geography.raw_ubigeo_aumentado_districts"


class UbigeoAumentadoProvinces(_UbigeoAumentadoBelowDepartment):
    """Provinces of Peru with codes, capital, surface and density, as published; poverty columns are left out."""

    class Config:
        name = "geography.raw_ubigeo_aumentado_provinces"


class UbigeoAumentadoDepartments(_UbigeoAumentado):
    """Departments of Peru with codes, capital, surface and density, as published; poverty columns are left out."""

    class Config:
        name = "geography.raw_ubigeo_aumentado_departments"


class IneiDistrictBoundaries(RawContract):
    """District polygons of Peru, as published."""

    ubigeo: str = column("INEI UBIGEO of the district.", unique=True, str_matches=UBIGEO)
    dep_code: str = column("Code of the department (`dep.code` in the file).")
    dep: str = column("Department.")
    prov_code: str = column("Code of the province in its department (`prov.code`).")
    prov: str = column("Province.")
    distr_code: str = column("Code of the district in its province (`distr.code`).")
    distr: str = column("District.")
    capital: str = column("Capital.", nullable=True)
    geometry: Geometry = column("Multipolygon of the district, EPSG:4326.")

    class Config:
        name = "geography.raw_inei_district_boundaries"


class IneiPopulatedPlaces(RawContract):
    """Settlements of Peru with coordinates, as published."""

    inei_ccpp: str = column("INEI's code of the settlement.", unique=True, str_matches=r"\d{10}")
    inei_distrito: str = column("INEI UBIGEO of the district it is counted to.", str_matches=UBIGEO)
    departamento: str = column("Department.")
    provincia: str = column("Province.")
    distrito: str = column("District.")
    ccpp: str = column("Name of the settlement.")
    tipo: str = column("Urban or Rural, by INEI's definition.", isin=("Urban", "Rural"))
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)

    class Config:
        name = "geography.raw_inei_populated_places"


class Areas(Contract):
    """Every administrative area, of all levels, with its parents and what is known of it."""

    area_id: str = column("Code of the area, unique over all levels.", unique=True, str_matches=AREA_ID)
    level: str = column("Administrative level: admin1, admin2 or admin3 (the smallest).", isin=LEVELS)
    name: str = column("Name of the area.")
    parent_id: str = column("Area one level up; missing at admin1.", nullable=True)
    admin1_id: str = column("The admin1 area it lies in, or itself.")
    admin1_name: str = column("Name of that admin1 area.")
    admin2_id: str = column("The admin2 area it lies in, or itself; missing at admin1.", nullable=True)
    admin2_name: str = column("Name of that admin2 area; missing at admin1.", nullable=True)
    population: float = column("Inhabitants.", unit="people", nullable=True, ge=0)
    area_km2: float = column(
        "Surface of the polygon, or the stated one where there is no polygon.", unit="km2", nullable=True, ge=0
    )
    tabled_area_km2: float = column(
        "Surface as the publisher states it; differs from the polygon's in places.",
        unit="km2",
        nullable=True,
        ge=0,
    )
    altitude_m: float = column("Altitude of the capital.", unit="m", nullable=True, ge=-500, le=9000)
    capital: str = column("Name of the capital.", nullable=True)
    latitude: float = column(
        "Latitude of the capital, or of a point in the area where it is unknown, EPSG:4326.",
        unit="degrees",
        nullable=True,
        ge=-90,
        le=90,
    )
    longitude: float = column("Longitude of that point, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)
    natural_region: str = column(
        "Coast, highlands or jungle, as the source or else the rule of natural_regions says; missing above admin3.",
        nullable=True,
        isin=NATURAL_REGIONS,
    )
    urban_place_share: float = column(
        "Share of the area's places that are urban; missing where it has none.", nullable=True, ge=0, le=1
    )
    place_count: int = column("Number of places in the area.", ge=0)
    has_boundary: bool = column("Whether the area has a polygon.")
    source: str = column("Source the area comes from.")
    is_synthetic: bool = column("Whether the sample generator made the area.")

    class Config:
        name = "geography.areas"


class NaturalRegions(Contract):
    """Natural region of each admin3 area by a stated rule on altitude and side of the mountains, after INEI's three.

    Coast: below 500 m on the western slope. Jungle: below 2,000 m on the eastern slope. Highlands: all else. The
    mountains are the capitals at 3,000 m and above in the nearest degree of latitude that has any: west of the first
    of them lies the western slope, east of their mean longitude the eastern one.
    """

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    natural_region: str = column("Coast, highlands or jungle.", isin=NATURAL_REGIONS)

    class Config:
        name = "geography.natural_regions"


class Places(Contract):
    """Settlements with a coordinate."""

    place_id: str = column("Code of the place.", unique=True, str_matches=AREA_ID)
    area_id: str = column("Area the publisher counts the place to.", str_matches=AREA_ID)
    name: str = column("Name of the place.")
    kind: str = column("Urban or rural.", isin=KINDS)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    source: str = column("Source the place comes from.")
    is_synthetic: bool = column("Whether the sample generator made the place.")

    class Config:
        name = "geography.places"


class AreaCodes(Contract):
    """Codes that other institutions give to areas, such as RENIEC's beside INEI's."""

    area_id: str = column("Code of the area in this platform (in Peru, INEI's UBIGEO).", str_matches=AREA_ID)
    scheme: str = column("Whose code it is, such as `reniec`.")
    code: str = column("The code in that scheme.")
    source: str = column("Source the code comes from.")
    is_synthetic: bool = column("Whether the sample generator made the code.")

    class Config:
        name = "geography.area_codes"
        unique = ["area_id", "scheme"]


class AreaShapes(Contract):
    """Valid polygons of the areas that have one, whole and simplified for the web."""

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    level: str = column("Administrative level.", isin=LEVELS)
    geometry: Geometry = column("Valid polygon or multipolygon, EPSG:4326.")
    geometry_web: Geometry = column("The same, simplified for maps on a screen, EPSG:4326.")
    area_km2: float = column("Surface on the ellipsoid.", unit="km2", ge=0)
    is_synthetic: bool = column("Whether the sample generator made the shape.")

    class Config:
        name = "geography.area_shapes"


class Neighbours(Contract):
    """Pairs of areas of one level that share a border, each pair in both directions."""

    area_id: str = column("Code of the area.", str_matches=AREA_ID)
    neighbour_id: str = column("Code of an area that borders on it.", str_matches=AREA_ID)
    shared_border_km: float = column("Length of the common border; 0 where they meet in a point.", unit="km", ge=0)

    class Config:
        name = "geography.neighbours"
        unique = ["area_id", "neighbour_id"]


class Quarantine(QuarantineContract):
    """Landed rows of geography that did not pass their source's contract, with the reason."""

    class Config:
        name = "geography.quarantine"
