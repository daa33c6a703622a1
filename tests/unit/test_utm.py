"""UTM coordinates without a zone: the zone is found again, whatever the point, and nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from socialai_assets.methods.utm import nearest_zone


@settings(max_examples=60, deadline=None)
@given(
    latitude=st.floats(-18, -0.1),
    longitude=st.floats(-81, -69),
    moved=st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)),
)
def test_zone_is_found_from_a_point_near_by(latitude: float, longitude: float, moved: tuple[float, float]) -> None:
    zone = int((longitude + 180) // 6) + 1
    easting, northing = Transformer.from_crs(4326, 32700 + zone, always_xy=True).transform(longitude, latitude)
    found = nearest_zone(
        np.array([easting]),
        np.array([northing]),
        np.array([latitude + moved[0]]),
        np.array([longitude + moved[1]]),
        (17, 18, 19),
    )
    assert found.zone[0] == zone
    assert found.latitude[0] == pytest.approx(latitude, abs=1e-6)
    assert found.longitude[0] == pytest.approx(longitude, abs=1e-6)
    assert found.distance_km[0] < 65


def test_unknown_point_gives_no_zone() -> None:
    found = nearest_zone(np.array([5e5]), np.array([9e6]), np.array([np.nan]), np.array([-75.0]), (17, 18, 19))
    assert found.zone[0] == 0
    assert np.isnan(found.latitude[0])
    assert np.isinf(found.distance_km[0])


def test_zones_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 60"):
        nearest_zone(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), (17, 61))
