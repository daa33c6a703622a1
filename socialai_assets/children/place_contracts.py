"""Open figures on places that children's work rests on: the register of schools, indicators of districts. No person."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, RawContract, SourcedContract, column

LEVELS = ("initial", "primary", "secondary", "special", "adult", "tertiary", "other")
UBIGEO = r"\d{6}"


class MineduSchools(RawContract):
    """Schools as the Ministry of Education's register lists them, one row a level taught."""

    code: str = column("Code of the school's level (código modular).", unique=True, str_matches=r"\d+")
    name: str = column("Name of the school.")
    ubigeo: str = column("Code of the district (INEI).", str_matches=UBIGEO)
    level: str = column("Level or kind of teaching, as the register calls it.")
    management: str = column("Who runs it, as the register calls it.")
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)

    class Config:
        name = "children.raw_minedu_schools"


class RegisteredSchools(SourcedContract):
    """Schools of the official register, by level taught; whether or not any enrolment names them."""

    school_id: str = column("Code of the school's level.", unique=True)
    name: str = column("Name of the school.")
    level: str = column("Level it teaches.", isin=LEVELS)
    is_public: bool = column("Whether it is public.")
    area_id: str = column("Code of the district.")
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)

    class Config:
        name = "children.registered_schools"


class DistrictIndicators(Contract):
    """What is known of districts that bears on schooling: dropout on record, language, schools."""

    area_id: str = column("Code of the district.", unique=True)
    dropout_rate_pct: float = column("Pupils who dropped out, on record.", unit="%", nullable=True, ge=0, le=100)
    indigenous_language_pct: float = column(
        "Inhabitants who learned an indigenous language first.", unit="%", nullable=True, ge=0, le=100
    )
    primary_schools: int = column("Primary schools of the register; missing where it lists none.", nullable=True, ge=0)
    secondary_schools: int = column("Secondary schools of it; missing where it lists none.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether the sample generator made any of it.")

    class Config:
        name = "children.district_indicators"
