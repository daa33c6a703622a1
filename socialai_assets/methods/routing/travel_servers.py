"""Travel from a routing server: OSRM's table service or Valhalla's matrix, in blocks. Computes no way of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialai_assets.methods.routing.problem import NO_ROAD, MatrixTravel

# OSRM's default largest table, and less than Valhalla's default of 2,500 pairs.
BLOCK = {"osrm": 50, "valhalla": 40}
TIMEOUT_SECONDS = 60.0


class TravelServerError(RuntimeError):
    """A routing server cannot be reached or answers with an error."""


def server_travel(
    kind: Literal["osrm", "valhalla"],
    url: str,
    points: NDArray[np.float64],
    *,
    profile: str = "driving",
    block: int | None = None,
    excluded: Sequence[tuple[float, float]] = (),
    starts: int | None = None,
) -> MatrixTravel:
    """Seconds and metres between points from a server.

    Args:
        kind: whose protocol the server speaks: OSRM's `/table/v1/{profile}` or Valhalla's `/sources_to_targets`.
        url: of the server, without the service.
        points: (n, 2) latitude and longitude in degrees.
        profile: OSRM's profile or Valhalla's costing (`truck`, `auto`).
        block: points a side of one request; the server's usual limit if not given.
        excluded: latitude and longitude of closed roads; only Valhalla can leave them out.
        starts: only ways from the first so many points are asked for, in whole blocks; the others then have no road.

    Raises:
        TravelServerError: the server cannot be reached, refuses, or its answer has not the shape it should have.
        ValueError: closed roads for a server that cannot leave them out.
    """
    import httpx

    if kind == "osrm" and excluded:
        raise ValueError("OSRM's table service cannot leave out closed roads: use Valhalla or a road graph.")
    side = block or BLOCK[kind]
    seconds = np.full((len(points), len(points)), NO_ROAD, dtype=np.int64)
    metres = seconds.copy()
    blocks = [np.arange(first, min(first + side, len(points))) for first in range(0, len(points), side)]
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for rows in blocks if starts is None else blocks[: -(-starts // side)]:
            for columns in blocks:
                ask = _osrm if kind == "osrm" else _valhalla
                times, ways = ask(client, url.rstrip("/"), points, rows, columns, profile, excluded)
                if times.shape != (len(rows), len(columns)) or ways.shape != times.shape:
                    raise TravelServerError(f"{url} answered {times.shape} figures for {len(rows)} by {len(columns)}.")
                there = np.ix_(rows, columns)
                gone = ~(np.isfinite(times) & np.isfinite(ways))
                seconds[there] = np.where(gone, NO_ROAD, np.round(np.where(gone, 0, times))).astype(np.int64)
                metres[there] = np.where(gone, NO_ROAD, np.round(np.where(gone, 0, ways))).astype(np.int64)
    for matrix in (seconds, metres):
        np.fill_diagonal(matrix, 0)
    return MatrixTravel(seconds, metres, f"{kind} {profile}")


def _osrm(
    client: Any,
    url: str,
    points: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    profile: str,
    excluded: Sequence[tuple[float, float]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    del excluded
    asked = np.concatenate([rows, columns])
    where = ";".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in points[asked])
    parameters = {
        "annotations": "duration,distance",
        "sources": ";".join(str(n) for n in range(len(rows))),
        "destinations": ";".join(str(n) for n in range(len(rows), len(asked))),
    }
    answer = _json(client, "GET", f"{url}/table/v1/{profile}/{where}", params=parameters)
    if answer.get("code") != "Ok":
        raise TravelServerError(f"{url} answered {answer.get('code')}: {answer.get('message', 'no message')}.")
    return _figures(answer, "durations", url), _figures(answer, "distances", url)


def _valhalla(
    client: Any,
    url: str,
    points: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    profile: str,
    excluded: Sequence[tuple[float, float]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    request: dict[str, Any] = {
        "sources": [{"lat": float(lat), "lon": float(lon)} for lat, lon in points[rows]],
        "targets": [{"lat": float(lat), "lon": float(lon)} for lat, lon in points[columns]],
        "costing": "truck" if profile == "driving" else profile,
        "units": "kilometers",
    }
    if excluded:
        request["exclude_locations"] = [{"lat": lat, "lon": lon} for lat, lon in excluded]
    answer = _json(client, "POST", f"{url}/sources_to_targets", json=request)
    table = answer.get("sources_to_targets")
    if not isinstance(table, list):
        raise TravelServerError(f"{url} answered without sources_to_targets: {str(answer)[:200]}.")
    times = _numbers([[cell.get("time") for cell in row] for row in table])
    return times, 1000 * _numbers([[cell.get("distance") for cell in row] for row in table])


def _json(client: Any, method: str, url: str, **request: Any) -> Mapping[str, Any]:
    import httpx

    try:
        answer = client.request(method, url, **request)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise TravelServerError(f"{url} cannot be asked for travel times: {error}.") from error
    if answer.status_code >= 400 or not isinstance(found, dict):
        raise TravelServerError(f"{url} answered {answer.status_code}: {str(found)[:200]}.")
    return found


def _figures(answer: Mapping[str, Any], name: str, url: str) -> NDArray[np.float64]:
    if not isinstance(answer.get(name), list):
        raise TravelServerError(f"{url} answered without {name}.")
    return _numbers(answer[name])


def _numbers(table: Sequence[Sequence[float | None]]) -> NDArray[np.float64]:
    return np.array([[np.nan if cell is None else cell for cell in row] for row in table], dtype=np.float64)
