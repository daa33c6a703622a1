"""Travel by landed pairs, road graph with closures, straight lines, and servers that speak as OSRM and Valhalla do."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from socialai_assets.aid.route_travel import travel_of_day
from socialai_assets.methods.routing.problem import NO_ROAD
from socialai_assets.methods.routing.settings import TravelSettings
from socialai_assets.methods.routing.travel import GreatCircleTravel, RoadGraph, from_links, from_pairs, unreachable
from socialai_assets.methods.routing.travel_servers import TravelServerError, server_travel

LIMA, HUANCAYO, CUSCO = (-12.0464, -77.0428), (-12.0651, -75.2049), (-13.5320, -71.9675)
POINTS = np.array([LIMA, HUANCAYO, CUSCO])


def test_straight_lines_are_those_of_the_globe_and_say_so() -> None:
    travel = GreatCircleTravel(POINTS, detour=1.0, kilometres_per_hour=36.0)
    seconds, metres = travel.square(np.array([0, 2]))
    # Lima to Cusco is some 573 km as the crow flies.
    assert metres[0, 1] == pytest.approx(573_000, rel=0.01)
    assert seconds[0, 1] == pytest.approx(metres[0, 1] / 10, abs=1)
    assert "great circle" in travel.source
    assert (np.diag(metres) == 0).all()


def test_landed_pairs_become_a_matrix_and_absent_ones_have_no_road() -> None:
    pairs = pd.DataFrame(
        {"from_id": ["a", "b", "b"], "to_id": ["b", "a", "c"], "minutes": [10, 12.5, None], "km": [5, 6, 7]}
    )
    travel = from_pairs(pairs, ["a", "b", "c"])
    assert travel.seconds.tolist()[:2] == [[0, 600, NO_ROAD], [750, 0, NO_ROAD]]
    assert travel.metres[1, 0] == 6000
    assert unreachable(travel, [0]).tolist() == [2]
    with pytest.raises(ValueError, match="from a to b comes more than once"):
        from_pairs(pd.concat([pairs, pairs.head(1)]), ["a", "b", "c"])
    with pytest.raises(ValueError, match="from a to b is negative"):
        from_pairs(pairs.assign(minutes=-1.0), ["a", "b", "c"])


def square_of_roads() -> RoadGraph:
    """Four nodes in a square, a fast way round by the north and a short one through the south; node 4 is an island."""
    points = np.array([(0.0, 0.0), (0.0, 0.1), (0.1, 0.05), (-0.1, 0.05), (1.0, 1.0)])
    roads = [(0, 2, 9000, 300), (2, 1, 9000, 300), (0, 3, 5000, 600), (3, 1, 5000, 600), (0, 1, 8000, 5000)]
    both = [*roads, *((end, start, metres, seconds) for start, end, metres, seconds in roads)]
    starts, ends, metres, seconds = (np.array(column) for column in zip(*both, strict=True))
    return RoadGraph(points, starts, ends, metres.astype(float), seconds.astype(float))


def test_the_fastest_way_is_taken_and_closures_are_honoured() -> None:
    graph = square_of_roads()
    travel = graph.travel(graph.coordinates[[0, 1, 4]])
    assert (travel.seconds[0, 1], travel.metres[0, 1]) == (600, 18_000)
    assert travel.seconds[0, 2] == NO_ROAD
    assert unreachable(travel, [0]).tolist() == [2]
    closed = graph.without([(2, 1)]).travel(graph.coordinates[[0, 1]])
    assert (closed.seconds[0, 1], closed.metres[0, 1]) == (1200, 10_000)
    assert (closed.seconds[1, 0], closed.metres[1, 0]) == (1200, 10_000)
    all_closed = graph.without([(2, 1), (3, 1), (0, 1)]).travel(graph.coordinates[[0, 1]])
    assert all_closed.seconds[0, 1] == NO_ROAD
    with pytest.raises(ValueError, match="no road between the nodes 2 and 3"):
        graph.without([(2, 3)])


def test_points_are_joined_to_their_nearest_node() -> None:
    graph = square_of_roads()
    travel = graph.travel(np.array([(0.0, -0.01), (0.0, 0.1)]), access_kilometres_per_hour=3.6)
    # 0.01 degrees on the equator are 1,112 m, walked at a metre a second.
    assert travel.metres[0, 1] == pytest.approx(18_000 + 1112, abs=2)
    assert travel.seconds[0, 1] == pytest.approx(600 + 1112, abs=2)


class StandIn(BaseHTTPRequestHandler):
    """A routing server on a plane: a degree is 1,000 s and 10 km; there is no way to points beyond longitude -71."""

    asked: list[str] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, service, version, profile, where = parts.path.split("/")
        if (service, version) != ("table", "v1") or profile == "boat":
            self.answer(400, {"code": "InvalidUrl", "message": f"no profile {profile}"})
            return
        points = [tuple(float(number) for number in pair.split(",")) for pair in where.split(";")]
        asked = parse_qs(parts.query)
        rows, columns = ([int(n) for n in asked[name][0].split(";")] for name in ("sources", "destinations"))
        assert asked["annotations"] == ["duration,distance"]
        cells = [[between(points[row], points[column]) for column in columns] for row in rows]
        StandIn.asked.append(self.path)
        tables = {
            name: [[c and c[part] for c in row] for row in cells]
            for part, name in enumerate(("durations", "distances"))
        }
        self.answer(200, {"code": "Ok", **tables})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/sources_to_targets"
        ends = [[(place["lon"], place["lat"]) for place in asked[name]] for name in ("sources", "targets")]
        cells = [[between(one, other) for other in ends[1]] for one in ends[0]]
        slower = 2 if asked.get("exclude_locations") else 1
        table = [
            [{"time": c and c[0] * slower, "distance": c and c[1] / 1000} for c in row] for row in cells
        ]  # kilometres
        self.answer(200, {"sources_to_targets": table, "units": asked["units"]})

    def answer(self, status: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def between(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, float] | None:
    if max(one[0], other[0]) > -71:
        return None
    degrees = abs(one[0] - other[0]) + abs(one[1] - other[1])
    return 1000 * degrees, 10_000 * degrees


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_server_is_asked_in_blocks_and_says_where_no_road_leads(server: str, kind: str) -> None:
    StandIn.asked.clear()
    points = np.array([(-12.0, -77.0), (-12.0, -76.0), (-13.0, -76.0), (-13.0, -70.0)])
    travel = server_travel(kind, server, points, block=3)  # type: ignore[arg-type]
    assert travel.seconds[0, 2] == 2000
    assert travel.metres[0, 2] == 20_000
    assert (travel.seconds[3, :3] == NO_ROAD).all()
    assert travel.source.startswith(kind)
    if kind == "osrm":
        assert len(StandIn.asked) == 4


def test_closed_roads_are_left_out_where_the_server_can(server: str) -> None:
    points = np.array([(-12.0, -77.0), (-12.0, -76.0)])
    travel = server_travel("valhalla", server, points, excluded=[(-12.0, -76.5)])
    assert travel.seconds[0, 1] == 2000
    with pytest.raises(ValueError, match="cannot leave out closed roads"):
        server_travel("osrm", server, points, excluded=[(-12.0, -76.5)])


def test_a_server_that_refuses_or_is_not_there_is_named(server: str) -> None:
    points = np.array([(-12.0, -77.0), (-12.0, -76.0)])
    with pytest.raises(TravelServerError, match="no profile boat"):
        server_travel("osrm", server, points, profile="boat")
    with pytest.raises(TravelServerError, match=r"127\.0\.0\.1:9/table"):
        server_travel("osrm", "http://127.0.0.1:9", points)


def test_links_between_named_places_lead_both_ways_and_add_up() -> None:
    links = pd.DataFrame(
        [
            ("depot", "bridge", 10.0, 12.0), ("bridge", "school", 5.0, 6.0), ("depot", "school", 40.0, 30.0),
            # One way only costs more uphill; a place apart from all others.
            ("school", "hill", 2.0, 3.0), ("hill", "school", 2.5, 9.0), ("island", "pier", 1.0, 1.0),
        ],
        columns=["from_id", "to_id", "km", "minutes"],
    )  # fmt: skip
    travel = from_links(links, ["depot", "school", "hill", "island", "unheard-of"])
    assert travel.source == "road graph"
    assert travel.seconds[:3, :3].tolist() == [[0, 1080, 1260], [1080, 0, 180], [1620, 540, 0]]
    assert travel.metres[:3, :3].tolist() == [[0, 15_000, 17_000], [15_000, 0, 2000], [17_500, 2500, 0]]
    assert (travel.seconds[:3, 3:] == NO_ROAD).all()
    assert unreachable(travel, [0]).tolist() == [3, 4]
    with pytest.raises(ValueError, match="positive"):
        from_links(links.assign(km=-1.0), ["depot"])


def test_lengths_are_those_of_the_fastest_ways_on_a_large_graph() -> None:
    """Against networkx's own way of finding paths, on a graph of more places than are searched from at once."""
    networkx = pytest.importorskip("networkx")
    random = np.random.default_rng(0)
    graph = networkx.random_geometric_graph(150, 0.13, seed=1)
    links = pd.DataFrame([(f"n{a}", f"n{b}") for a, b in graph.edges], columns=["from_id", "to_id"])
    links = links.assign(km=random.uniform(1, 20, len(links)), minutes=random.uniform(2, 60, len(links)))
    for row in links.itertuples():
        graph.edges[int(row.from_id[1:]), int(row.to_id[1:])].update(km=row.km, minutes=row.minutes)
    places = sorted({*links["from_id"], *links["to_id"]})
    travel = from_links(links, places)
    for one in (0, 70, len(places) - 1):
        ways = networkx.single_source_dijkstra_path(graph, int(places[one][1:]), weight="minutes")
        for other, place in enumerate(places):
            way = ways.get(int(place[1:]))
            if way is None:
                assert travel.seconds[one, other] == NO_ROAD
                continue
            assert travel.seconds[one, other] == round(60 * networkx.path_weight(graph, way, "minutes"))
            assert travel.metres[one, other] == round(1000 * networkx.path_weight(graph, way, "km"))


def test_sources_are_taken_in_their_order(server: str) -> None:
    names, points = ["depot", "school"], np.array([(-12.0, -77.0), (-12.0, -76.0)])
    pairs = pd.DataFrame(
        {"from_id": names, "to_id": names[::-1], "weekday": np.nan, "hour": np.nan, "minutes": 7.0, "km": 5.0}
    )
    links = pd.DataFrame({"from_id": ["depot"], "to_id": ["school"], "km": [9.0], "minutes": [11.0]})
    links = links.assign(closed_from=None, closed_until=None, largest_vehicle=None)

    def found(pairs: pd.DataFrame, links: pd.DataFrame, **settings: object) -> tuple[int, str]:
        day = datetime.date(2026, 11, 23)
        wanted = TravelSettings(**settings)  # type: ignore[arg-type]
        travel = travel_of_day(pairs, links, names, points, day, ["truck"], wanted).by_profile["road"]
        return int(travel.square(np.arange(2))[0][0, 1]), travel.source

    assert found(pairs, links, url=server) == (420, "landed matrix")
    assert found(pairs.head(0), links, url=server) == (660, "road graph")
    assert found(pairs.head(0), links.head(0), url=server) == (1000, "osrm driving")
    assert found(pairs.head(0), links.head(0), url=server, server="valhalla") == (1000, "valhalla driving")
    assert found(pairs.head(0), links.head(0))[1] == "great circle with a detour factor"
    assert found(pairs, links, url=server, source="road_graph") == (660, "road graph")
