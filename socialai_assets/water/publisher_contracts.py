"""What SIASAR and the GECCO challenge publish on water, column for column. Canonical form is in input_contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import RawContract, column

YES_NO = ("SI", "NO")
STATES = ("A - BUENO", "B - REGULAR", "C - MALO", "D - CAIDO")
SOURCE_TYPES = ("Río", "Pozo Perforado", "Pozo excavado", "Lago", "Otras")


class _SiasarSystem(RawContract):
    """What each of SIASAR's four tables says of the system that a component belongs to."""

    fecha_encuesta: datetime.date = column("Day of the visit; 1969-12-31 where nobody wrote one.", nullable=True)
    fecha_validacion: datetime.date = column("Day the visit was validated; empty in all tables.", nullable=True)
    nombre: str = column("Name of the system, `Sistema de ` before it.", nullable=True)
    id: str = column("SIASAR's number of the system (`ID`).", str_matches=r"\d+")
    pais: str = column("Country.")
    divisiones: str = column("Department, province and district, in capitals, by commas.", nullable=True)
    latitud: float = column("Latitude of the system, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitud: float = column("Longitude of the system, EPSG:4326.", unit="degrees", ge=-180, le=180)
    altitud: float = column("Altitude of the system, mistyped in some rows.", unit="m", nullable=True)
    codigo: str = column("Code; empty in all tables.", nullable=True)
    otras_divisiones: str = column("Other divisions; empty in all tables.", nullable=True)
    anio: int = column("Year the system was built (`año`); 1969 and 1970 where nobody wrote one.", nullable=True)
    n_comunidades: float = column("Communities served; 1 wherever it is given.", nullable=True, ge=0)
    n_pse: float = column("Service providers (`n_PSE`); 1 wherever it is given.", nullable=True, ge=0)
    comunidades: str = column("Community served.", nullable=True)
    pse: str = column("Service provider (`PSE`), as it was written.", nullable=True)
    pob_servida: float = column("People served.", unit="people", nullable=True, ge=0)
    viv_servidas: float = column("Dwellings served.", nullable=True, ge=0)
    financiamientos: float = column("Fundings; empty in all tables.", nullable=True)
    monto_financ: float = column("Amount of funding; empty in all tables.", nullable=True)
    monto_rehab: float = column("Amount of rehabilitation; empty in all tables.", nullable=True)
    tipo_gravedad: str = column("Whether water comes by gravity.", nullable=True, isin=YES_NO)
    tipo_bombeo: str = column("Whether water is pumped.", nullable=True, isin=YES_NO)
    tipo_pozo_manual: str = column("Whether there is a well with a hand pump.", nullable=True, isin=YES_NO)
    tipo_agua_lluvia: str = column("Whether rainwater is harvested.", nullable=True, isin=YES_NO)
    agua_epoca_seca: str = column("Whether there is enough water in the dry season.", nullable=True, isin=YES_NO)
    agua_epoca_lluvia: str = column("Whether there is enough water in the rainy season.", nullable=True, isin=YES_NO)
    eiaaut: str = column("SIASAR's index of autonomy; empty in all tables.", nullable=True)
    eiainf: str = column("SIASAR's index of infrastructure; empty in all tables.", nullable=True)
    eiazpa: str = column("SIASAR's index of catchment protection; empty in all tables.", nullable=True)
    eiastr: str = column("SIASAR's index of treatment; empty in all tables.", nullable=True)
    eia: str = column("SIASAR's index of the system; empty in all tables.", nullable=True)


class SiasarCatchments(_SiasarSystem):
    """Catchments of rural water systems of Peru with their state, one row a source of water, as SIASAR has them."""

    fuente_codigo: str = column("Code of the source of water; FTE0 throughout.", nullable=True)
    fuente_id: str = column("SIASAR's number of the source of water (`fuente_ID`).", unique=True, str_matches=r"\d+")
    fuente_nombre: str = column("Name of the source of water; the form's own label throughout.", nullable=True)
    fuente_tipo: str = column("Kind of source.", nullable=True, isin=SOURCE_TYPES)
    fuente_principal: str = column("Whether it is the main source; SI throughout.", nullable=True, isin=YES_NO)
    fuente_caudal: float = column("Flow; empty.", nullable=True)
    fuente_caudal_ud: str = column("Unit of the flow; empty.", nullable=True)
    fuente_caudal_fecha: datetime.date = column("Day of the flow; 1969-12-31 throughout.", nullable=True)
    fuente_caudal_estiaje: float = column("Flow at low water; empty.", nullable=True)
    fuente_caudal_estiaje_ud: str = column("Unit of the flow at low water; empty.", nullable=True)
    fuente_caudal_estiaje_fecha: datetime.date = column(
        "Day of the flow at low water; 1969-12-31 throughout.", nullable=True
    )
    fuente_latitud: float = column("Latitude; the system's own throughout.", unit="degrees", ge=-90, le=90)
    fuente_longitud: float = column("Longitude; the system's own throughout.", unit="degrees", ge=-180, le=180)
    fuente_altitud: float = column("Altitude; the system's own throughout.", unit="m", nullable=True)
    fuente_vegetacion: str = column("Whether there are plants around; NO throughout.", nullable=True, isin=YES_NO)
    fuente_erosion: str = column("Whether there is erosion; NO throughout.", nullable=True, isin=YES_NO)
    fuente_proteccion: str = column("Whether it is protected; NO throughout.", nullable=True, isin=YES_NO)
    fuente_contaminacion_org: str = column("Organic contamination; NO throughout.", nullable=True, isin=YES_NO)
    fuente_contaminacion_inorg: str = column("Inorganic contamination; NO throughout.", nullable=True, isin=YES_NO)
    capt: str = column("Whether there is a catchment; NO throughout.", nullable=True, isin=YES_NO)
    capt_macromedicion: str = column("Bulk metering; Ninguno throughout.", nullable=True)
    capt_estado: str = column("State of the catchment, A to D.", nullable=True, isin=STATES)

    class Config:
        name = "water.raw_siasar_catchments"


class SiasarTreatments(_SiasarSystem):
    """Treatments of rural water systems of Peru and whether they work, as SIASAR has them."""

    trat_id: str = column("SIASAR's number of the treatment (`trat_ID`).", unique=True, str_matches=r"\d+")
    trat_codigo: str = column("Code of the treatment; TR01 throughout.", nullable=True)
    trat_tipo: str = column("Kind of treatment.", nullable=True, isin=("Desinfección con cloro", "Filtración lenta"))
    trat_funciona: str = column("Whether the treatment works.", nullable=True, isin=YES_NO)
    trat_latitud: float = column("Latitude; the system's own throughout.", unit="degrees", ge=-90, le=90)
    trat_longitud: float = column("Longitude; the system's own throughout.", unit="degrees", ge=-180, le=180)
    trat_altitud: float = column("Altitude; the system's own throughout.", unit="m", nullable=True)
    trat_estado: str = column("State of the treatment; empty.", nullable=True, isin=STATES)

    class Config:
        name = "water.raw_siasar_treatments"


class SiasarStorages(_SiasarSystem):
    """Storages of rural water systems of Peru with their state, as SIASAR has them."""

    almc_id: str = column("SIASAR's number of the storage (`almc_ID`).", unique=True, str_matches=r"\d+")
    almc_codigo: str = column("Code of the storage; AL01 throughout.", nullable=True)
    almc_volumen: float = column("Volume; 0 throughout, which no storage holds.", nullable=True, ge=0)
    almc_volumen_ud: str = column("Unit of the volume.", nullable=True)
    almc_limpieza: float = column("How often it is cleaned; empty.", nullable=True)
    almc_limpieza_ud: str = column("Unit of that.", nullable=True)
    almc_latitud: float = column("Latitude; the system's own throughout.", unit="degrees", ge=-90, le=90)
    almc_longitud: float = column("Longitude; the system's own throughout.", unit="degrees", ge=-180, le=180)
    almc_altitud: float = column("Altitude; the system's own throughout.", unit="m", nullable=True)
    almc_estado: str = column("State of the storage, A to D.", nullable=True, isin=STATES)

    class Config:
        name = "water.raw_siasar_storages"


class SiasarDistributions(_SiasarSystem):
    """Distribution networks of rural water systems of Peru with their state, as SIASAR has them."""

    dist_id: str = column("SIASAR's number of the network (`dist_ID`).", unique=True, str_matches=r"\d+")
    dist_codigo: str = column("Code of the network; DI01 throughout.", nullable=True)
    dist_horas: float = column("Hours of service a day.", unit="h", nullable=True, ge=0, le=24)
    dist_conexiones: float = column("Connections.", nullable=True, ge=0)
    dist_micromed: float = column("Connections with a meter.", nullable=True, ge=0)
    dist_micromed_opera: float = column("Meters that work; 0 throughout.", nullable=True, ge=0)
    dist_distancia: str = column("Distance to houses without a connection; nearly empty.", nullable=True)
    dist_estado: str = column("State of the network, A to D.", nullable=True, isin=STATES)

    class Config:
        name = "water.raw_siasar_distributions"


class Gecco2018(RawContract):
    """A drinking-water plant's sensors minute by minute, as the GECCO 2018 industrial challenge has them."""

    local_time: datetime.datetime = column("Minute by the clock on the wall, first summer, then winter time (`Time`).")
    tp: float = column("Temperature of the water (`Tp`).", unit="°C", nullable=True)
    cl: float = column("Chlorine dioxide (`Cl`).", unit="mg/L", nullable=True)
    ph: float = column("pH (`pH`).", nullable=True)
    redox: float = column("Redox potential (`Redox`).", unit="mV", nullable=True)
    leit: float = column("Electric conductivity (`Leit`).", unit="µS/cm", nullable=True)
    trueb: float = column("Turbidity (`Trueb`).", unit="NTU", nullable=True)
    cl_2: float = column("Chlorine dioxide at a second place (`Cl_2`).", unit="mg/L", nullable=True)
    fm: float = column("Flow in one line (`Fm`).", unit="m3/h", nullable=True)
    fm_2: float = column("Flow in another line (`Fm_2`).", unit="m3/h", nullable=True)
    event: bool = column("Whether experts call the minute remarkable (`EVENT`).", nullable=True)

    class Config:
        name = "water.raw_gecco2018"
