"""Geography's checks: contracts of its Python tables, and the known disagreements of its sources, listed."""

from __future__ import annotations

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.geography import contracts

AREA_RATIO = 1.5

CHECKS = [
    contract_check(contracts.AreaShapes),
    contract_check(contracts.Neighbours),
    rows_check(
        "geography.areas",
        "vintages_agree",
        """
        SELECT area_id, name, 'has no boundary' AS problem FROM lake.geography.areas
        WHERE level = 'admin3' AND NOT has_boundary
        UNION ALL
        SELECT shapes.area_id, NULL, 'boundary without area' FROM lake.geography.area_shapes AS shapes
        ANTI JOIN lake.geography.areas AS areas USING (area_id)
        ORDER BY ALL
        """,
        "areas and boundaries come from different years: these are in one and not in the other",
        also_reads=["geography.area_shapes"],
    ),
    rows_check(
        "geography.areas",
        "tabled_area_agrees",
        f"""
        SELECT area_id, name, round(area_km2, 1) AS polygon_km2, tabled_area_km2,
               round(greatest(area_km2 / tabled_area_km2, tabled_area_km2 / area_km2), 2) AS ratio
        FROM lake.geography.areas
        WHERE has_boundary AND level = 'admin3'
          AND greatest(area_km2 / tabled_area_km2, tabled_area_km2 / area_km2) > {AREA_RATIO}
        ORDER BY ratio DESC
        """,
        f"the polygon's area and the tabled one differ more than {AREA_RATIO} times; the polygon's is used",
    ),
    rows_check(
        "geography.places",
        "inside_their_area",
        """
        SELECT places.place_id, places.name, places.area_id,
               round(ST_Distance(ST_Point(places.longitude, places.latitude), shapes.geometry) * 111.2, 1) AS km_outside
        FROM lake.geography.places AS places JOIN lake.geography.area_shapes AS shapes USING (area_id)
        WHERE NOT ST_Intersects(shapes.geometry, ST_Point(places.longitude, places.latitude))
        ORDER BY km_outside DESC
        """,
        "places that lie outside the polygon of the area they are listed under; they are counted where listed",
        also_reads=["geography.area_shapes"],
    ),
]
