"""What publishers release for aid, column by column as they release it. Canonical inputs are in input_contracts.py."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import RawContract, column

UBIGEO = r"\d{6}"


class OtassWaterTrucks(RawContract):
    """Water-truck deliveries of Peru's Plan Cisterna, 2020 and 2021, as published by OTASS.

    The UTM zone of the coordinates is not given, and the date has lost its month (YYYY00DD).
    """

    fecha_corte: str = column("Day the table was drawn up, YYYYMMDD.", str_matches=r"\d{8}")
    uuid: str = column("Number of the delivery.", unique=True, str_matches=r"\d+")
    anio_ejecucion: int = column("Year of the delivery.", ge=2000, le=2200)
    fecha_registro: str = column("Date of the record, YYYY00DD: the month is lost.", str_matches=r"\d{8}")
    nombre_eps: str = column("Water utility that delivered.")
    departamento: str = column("Department.")
    provincia: str = column("Province.")
    distrito: str = column("District.")
    ubigeo: str = column("INEI UBIGEO of the district.", str_matches=UBIGEO)
    coordenada_este: float = column("UTM easting, of a zone that is not given.", unit="m", ge=100000, le=900000)
    coordenada_norte: float = column("UTM northing, southern hemisphere.", unit="m", ge=0, le=10000000)
    tipo_de_servicio: str = column("Emergency or ordinary service.", isin=("EMERGENCIA", "NORMAL"))
    zona: str = column("Where in the district, in words.", nullable=True)
    volumen_m3_distribuido: float = column("Water delivered.", unit="m3", ge=0)
    cantidad_distribucion: int = column("Number of distributions.", ge=0)
    viviendas_beneficiadas: int = column("Dwellings served.", unit="households", ge=0)

    class Config:
        name = "aid.raw_otass_water_trucks"


class LambayequeRespiratoryInfections(RawContract):
    """Respiratory infections that health services of Lambayeque reported, by district and epidemiological week."""

    departamento: str = column("Department.")
    provincia: str = column("Province.")
    distrito: str = column("District.")
    anio: int = column("Epidemiological year.", ge=1990, le=2200)
    semana: int = column("Epidemiological week, beginning on Sunday.", ge=1, le=53)
    sub_reg_nt: str = column("Health network that reported; a district may have several.")
    ubigeo: str = column("INEI UBIGEO of the district.", str_matches=UBIGEO)
    ira_no_neumonia: int = column("Acute respiratory infections without pneumonia.", unit="cases", ge=0)
    neumonias_men5: int = column("Pneumonias of children under 5.", unit="cases", ge=0)
    neumonias_60mas: int = column("Pneumonias of people of 60 and over.", unit="cases", ge=0)
    hospitalizados_men5: int = column("Children under 5 in hospital.", unit="cases", ge=0)
    hospitalizados_60mas: int = column("People of 60 and over in hospital.", unit="cases", ge=0)
    defunciones_men5: int = column("Deaths of children under 5.", unit="deaths", ge=0)
    defunciones_60mas: int = column("Deaths of people of 60 and over.", unit="deaths", ge=0)

    class Config:
        name = "aid.raw_lambayeque_respiratory_infections"
        unique = ["ubigeo", "anio", "semana", "sub_reg_nt"]

    @pa.dataframe_check
    def the_year_has_the_week(cls, frame: pd.DataFrame) -> pd.Series:
        """the epidemiological year has that week; few years have a week 53"""
        fourth = pd.to_datetime({"year": frame["anio"], "month": 1, "day": 4})
        next_fourth = pd.to_datetime({"year": frame["anio"] + 1, "month": 1, "day": 4})
        # Weeks begin on Sunday, and the first is the one with 4 January.
        first, next_first = (day - pd.to_timedelta((day.dt.weekday + 1) % 7, "D") for day in (fourth, next_fourth))
        return frame["semana"] <= (next_first - first).dt.days // 7
