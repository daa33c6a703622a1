"""Plan Cisterna's deliveries on the map: UTM zone, site, depot; pure functions. Reads and writes no table."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods.utm import nearest_zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

UTM_ZONES = (17, 18, 19)
FARTHEST_KM = 50.0
SAME_PLACE_M = 10.0
SAME_WORDS_M = 500.0
QUARANTINED_AS = "located_deliveries"
"""What the second look's rows stand under in `aid.quarantine`, beside those the contract itself refused."""


def locate(raw: pd.DataFrame, areas: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each delivery a coordinate, a site and a depot; part those that fit no zone.

    Args:
        raw: `aid.raw_otass_water_trucks`.
        areas: `area_id`, `latitude`, `longitude` (EPSG:4326) of the districts' capitals.

    Returns:
        The columns of `aid.located_deliveries`, and those of `aid.quarantine` for deliveries over 50 km from their
        district's capital in every zone or of an unknown district; together as many rows as `raw`.
    """
    capitals = areas.drop_duplicates("area_id").set_index("area_id")[["latitude", "longitude"]].astype(float)
    capital = capitals.reindex(raw["ubigeo"])
    easting, northing = (raw[name].to_numpy(float) for name in ("coordenada_este", "coordenada_norte"))
    found = nearest_zone(easting, northing, capital["latitude"].to_numpy(), capital["longitude"].to_numpy(), UTM_ZONES)
    fits = found.distance_km <= FARTHEST_KM
    located = pd.DataFrame(
        {
            "delivery_id": "otass-" + raw["uuid"].astype(str),
            "depot_id": [f"otass-{slug(name)}" for name in raw["nombre_eps"]],
            "area_id": raw["ubigeo"],
            "provider": raw["nombre_eps"],
            "place": raw["zona"],
            "is_emergency": raw["tipo_de_servicio"] == "EMERGENCIA",
            "year": raw["anio_ejecucion"],
            "day_of_month": raw["fecha_registro"].str[-2:].astype(int),
            "utm_zone": found.zone,
            "latitude": found.latitude,
            "longitude": found.longitude,
            "distance_km": found.distance_km,
            "volume_m3": raw["volumen_m3_distribuido"],
            "trips": raw["cantidad_distribucion"],
            "households": raw["viviendas_beneficiadas"],
            "source": raw["source"],
            "is_synthetic": raw["is_synthetic"],
            "file_name": raw["file_name"],
            "file_line": raw["file_line"],
        }
    )[fits].reset_index(drop=True)
    located["site_id"] = site_codes(located, easting[fits], northing[fits])
    return located, _refused(raw[~fits], found.distance_km[~fits])


def site_codes(
    located: pd.DataFrame, easting: NDArray[np.float64], northing: NDArray[np.float64]
) -> NDArray[np.object_]:
    """The site of each delivery: one coordinate (to 10 m), or the same words within 500 m, of one district and zone.

    The code follows from district and coordinate of the site's first delivery by number, so that it stays when
    deliveries are added.

    Args:
        located: `delivery_id`, `area_id`, `utm_zone`, `place`.
        easting: (n,) metres.
        northing: (n,) metres.

    Returns:
        (n,) codes.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    if located.empty:
        return np.empty(0, dtype=object)
    district = pd.factorize(located["area_id"].astype(str) + "-" + located["utm_zone"].astype(str))[0]
    words = pd.factorize(pd.Series([slug(text) for text in located["place"].fillna("")]))[0]
    blank = located["place"].isna().to_numpy()
    plane = np.column_stack([easting, northing])
    pairs = KDTree(plane).query_pairs(SAME_WORDS_M, output_type="ndarray")
    here, there = pairs[:, 0], pairs[:, 1]
    near = np.hypot(*(plane[here] - plane[there]).T) <= SAME_PLACE_M
    alike = (words[here] == words[there]) & ~blank[here]
    kept = (district[here] == district[there]) & (near | alike)
    size = len(plane)
    links = coo_array((np.ones(kept.sum()), (here[kept], there[kept])), shape=(size, size))
    cluster = connected_components(links, directed=False)[1]
    number = located["delivery_id"].str.extract(r"(\d+)$")[0].astype(int).to_numpy()
    order = np.lexsort([number, cluster])
    first = order[np.r_[True, np.diff(cluster[order]) > 0]]
    area = located["area_id"].to_numpy()
    codes = [f"otass-{area[row]}-" + _digest(f"{area[row]} {easting[row]:.1f} {northing[row]:.1f}") for row in first]
    return np.array(codes, dtype=object)[cluster]


def slug(text: str) -> str:
    """Text in lower case letters and digits, everything else a single hyphen: a code from a name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


def _refused(raw: pd.DataFrame, distance_km: NDArray[np.float64]) -> pd.DataFrame:
    """Quarantine's rows, each with how far from its district it ends."""
    zones = ", ".join(map(str, UTM_ZONES))
    reasons = [
        f"coordenada_este, coordenada_norte: {distance:,.0f} km from the capital of district {district} in the best of "
        f"the UTM zones {zones}; {FARTHEST_KM:.0f} km are the most"
        if np.isfinite(distance)
        else f"ubigeo: district {district} is not known to geography, so no UTM zone can be found"
        for distance, district in zip(distance_km, raw["ubigeo"], strict=True)
    ]
    landed = raw.drop(columns=["source", "is_synthetic", "file_name", "file_line"])
    return pd.DataFrame(
        {
            "source_name": QUARANTINED_AS,
            "file_name": raw["file_name"],
            "file_line": raw["file_line"],
            "reason": reasons,
            "row": [json.dumps(row, ensure_ascii=False, default=str) for row in landed.to_dict("records")],
        }
    ).reset_index(drop=True)
