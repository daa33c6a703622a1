"""Each connector against a local server that answers in the publisher's documented form, and a fetch as a whole."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from resources.errors import FetchError, LandingError, SettingsError
from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.connectors import CONNECTORS, ckan, connector, gibs, parameters_of
from socialai_assets.ingest.connectors.download import Fetched
from socialai_assets.ingest.connectors.web import Hosts, Limits, Web
from socialai_assets.ingest.fetching import Recipe, check_recipe, fetch, recipe_of
from socialai_assets.ingest.sources import Source
from tests.unit.web_server import Handler, Server, running

QUICK = Limits(connect_seconds=2, read_seconds=5, attempts=2, first_wait_seconds=0.01)


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as found:
        yield found


def answers(content: object) -> Callable[[Handler], None]:
    return lambda handler: handler.send(200, json.dumps(content).encode(), Content_Type="application/json")


def run(name: str, folder: Path, **given: object) -> list[Fetched]:
    module = connector(name, "test")
    parameters = parameters_of(module, given, "test")
    with Web(Hosts(frozenset(module.hosts(parameters)), internal=True), QUICK) as web:
        return module.fetch(parameters, web, folder)


def query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": SQUARE, "properties": {"shapeID": f"S{i}", "shapeName": f"Area {i}"}}
        for i in range(3)
    ],
}


def geoboundaries(server: Server, **changes: object) -> str:
    about = {
        "boundaryID": "XYZ-ADM2-1",
        "boundaryISO": "XYZ",
        "boundaryType": "ADM2",
        "boundaryLicense": "Open Data Licence 1.0",
        "gjDownloadURL": server.url("/files/XYZ-ADM2.geojson"),
        **changes,
    }
    server.scripts["/api/gbOpen/XYZ/ADM2/"] = answers(about)
    server.scripts["/files/XYZ-ADM2.geojson"] = answers(FEATURES)
    return server.url("/api")


class TestGeoBoundaries:
    def test_the_file_its_answer_names_is_fetched_with_its_licence(self, server: Server, tmp_path: Path) -> None:
        (file,) = run("geoboundaries", tmp_path, country="XYZ", level="ADM2", api=geoboundaries(server))
        assert json.loads(file.path.read_text()) == FEATURES
        assert (file.name, file.licence) == ("geoBoundaries-XYZ-ADM2.geojson", "Open Data Licence 1.0")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"boundaryISO": "ABC"}, "about ABC ADM2"),
            ({"gjDownloadURL": None}, "no `gjDownloadURL`"),
            ({"gjDownloadURL": "https://evil.example/x.geojson"}, "host evil.example"),
        ],
    )
    def test_another_answer_is_refused(
        self, server: Server, tmp_path: Path, change: dict[str, object], words: str
    ) -> None:
        with pytest.raises(FetchError, match=words):
            run("geoboundaries", tmp_path, country="XYZ", level="ADM2", api=geoboundaries(server, **change))


class TestGibs:
    PERU = {"west": -81.5, "south": -18.4, "east": -68.6, "north": -0.03}

    def parameters(self, **changes: object) -> gibs.Parameters:
        given = {"layer": "L", "time": "2016-01-01", "zoom": 8, "matrix": 8, "suffix": "png", **self.PERU, **changes}
        return parameters_of(gibs, given, "test")

    def test_tiles_of_peru_are_those_that_were_landed_by_hand(self) -> None:
        found = gibs.remotes(self.parameters())
        assert len(found) == 140
        columns = {int(remote.name.split("/")[1]) for remote in found}
        rows = {int(remote.name.split("/")[2].removesuffix(".png")) for remote in found}
        assert (columns, rows) == (set(range(70, 80)), set(range(128, 142)))
        assert found[0].url.endswith("/best/L/default/2016-01-01/GoogleMapsCompatible_Level8/8/128/70.png")

    def test_the_whole_world_is_every_tile(self) -> None:
        world = self.parameters(zoom=2, west=-180, east=180, south=-90, north=90)
        assert {remote.name for remote in gibs.remotes(world)} == {f"2/{x}/{y}.png" for x in range(4) for y in range(4)}

    @pytest.mark.parametrize("change", [{"west": 10, "east": 5}, {"zoom": 9}, {"zoom": 12, "matrix": 12}])
    def test_what_cannot_be_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(SettingsError):
            gibs.remotes(self.parameters(**change))


class TestUnhcr:
    def test_pages_become_one_file(self, server: Server, tmp_path: Path) -> None:
        records = [{"year": 2020, "coo_iso": "AAA", "coa_iso": "BBB", "refugees": i, "oip": "-"} for i in range(5)]

        def script(handler: Handler) -> None:
            asked = query(handler.path)
            page, limit = int(asked["page"]), int(asked["limit"])
            items = records[(page - 1) * limit : page * limit]
            answers({"page": page, "maxPages": 3, "total": [], "items": items})(handler)

        server.scripts["/population/"] = script
        (file,) = run("unhcr", tmp_path, year_from=2019, year_to=2020, asylum="PER,ECU", page_size=2, api=server.url())
        assert [json.loads(line) for line in file.path.read_text().splitlines()] == records
        first = query(server.asked[0][0])
        assert first == {
            "yearFrom": "2019", "yearTo": "2020", "cf_type": "ISO", "coo_all": "true", "coa": "PER,ECU", "limit": "2",
            "page": "1",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({"page": 2, "maxPages": 1, "items": []}, "instead of page 1"),
            ({"page": 1, "maxPages": 1}, "no `items`"),
            ({"page": 1, "maxPages": 1, "items": []}, "no record"),
            ([], "no `page`"),
        ],
    )
    def test_another_answer_is_refused(self, server: Server, tmp_path: Path, answer: object, words: str) -> None:
        server.scripts["/population/"] = answers(answer)
        with pytest.raises(FetchError, match=words):
            run("unhcr", tmp_path, year_from=2019, year_to=2020, api=server.url())


class TestCkan:
    BODY = b"a,b\n1,2\n"

    def portal(self, server: Server, as_list: bool, *extra: dict[str, object], **changes: object) -> str:
        table = {"id": "r-1", "name": "Table", "format": "CSV", "url": "/files/Tabla%20uno.csv",
                 "hash": hashlib.md5(self.BODY).hexdigest(), **changes}  # fmt: skip
        page = {"id": "r-2", "name": "Page", "format": "HTML", "url": "/page", "hash": ""}
        dataset = {"name": "d", "license_title": "ODC-BY", "resources": [table, page, *extra]}
        server.scripts["/api/3/action/package_show"] = answers(
            {"help": "", "success": True, "result": [dataset] if as_list else dataset}
        )
        server.scripts["/files/Tabla%20uno.csv"] = lambda h: h.send(200, self.BODY)
        return server.url()

    @pytest.mark.parametrize("as_list", [True, False])
    @pytest.mark.parametrize("choice", [{"resource": "Table"}, {"resource": "r-1"}, {"format": "csv"}])
    def test_a_resource_by_name_id_or_format(
        self, server: Server, tmp_path: Path, as_list: bool, choice: dict[str, str]
    ) -> None:
        (file,) = run("ckan", tmp_path, portal=self.portal(server, as_list), dataset="d", **choice)
        assert (file.path.read_bytes(), file.name, file.licence) == (self.BODY, "Tabla uno.csv", "ODC-BY")
        assert file.checked == f"md5:{hashlib.md5(self.BODY).hexdigest()}"
        assert query(server.asked[0][0]) == {"id": "d"}

    def test_several_that_fit_are_named(self, server: Server, tmp_path: Path) -> None:
        second = {"id": "r-3", "name": "Old", "format": "CSV", "url": "/old.csv"}
        with pytest.raises(FetchError, match=r"Table \(CSV, r-1\); Old"):
            run("ckan", tmp_path, portal=self.portal(server, True, second), dataset="d", format="CSV")

    def test_a_wrong_checksum_or_a_foreign_host_is_refused(self, server: Server, tmp_path: Path) -> None:
        with pytest.raises(FetchError, match="its md5 is"):
            run("ckan", tmp_path, portal=self.portal(server, True, hash="0" * 32), dataset="d", format="CSV")
        with pytest.raises(FetchError, match=r"host files\.example"):
            portal = self.portal(server, True, url="http://files.example/x.csv")
            run("ckan", tmp_path, portal=portal, dataset="d", format="CSV")

    def test_a_hash_that_is_none_is_no_checksum(self) -> None:
        parameters = ckan.Parameters(dataset="d")
        answer = {"success": True, "result": {"resources": [{"url": "/x.csv", "hash": "see page"}]}}
        assert ckan.remote(answer, parameters, "u").checksum is None
        assert ckan.remote(answer, parameters, "u").url == "https://www.datosabiertos.gob.pe/x.csv"


class TestSocrata:
    def portal(self, server: Server, counted: int, rows: int = 5) -> str:
        def script(handler: Handler) -> None:
            asked = query(handler.path)
            if "$select" in asked:
                answers([{"count": str(counted)}])(handler)
            else:
                start, limit = int(asked["$offset"]), int(asked["$limit"])
                found = [{"row_id": str(i), "status_id": "Yes"} for i in range(rows)]
                answers(found[start : start + limit])(handler)

        server.scripts["/resource/eqje-vguj.json"] = script
        return server.url()

    @pytest.mark.parametrize("size", [2, 5, 7])
    def test_every_row_comes_once(self, server: Server, tmp_path: Path, size: int) -> None:
        where = "clean_country_id = 'PER'"
        (file,) = run("socrata", tmp_path, portal=self.portal(server, 5), page_size=size, where=where)
        rows = [json.loads(line)["row_id"] for line in file.path.read_text().splitlines()]
        assert rows == ["0", "1", "2", "3", "4"]
        assert all(query(path)["$where"] == where for path, _ in server.asked)
        assert all(query(path)["$order"] == ":id" for path, _ in server.asked[1:])

    def test_rows_that_changed_meanwhile_are_noticed(self, server: Server, tmp_path: Path) -> None:
        with pytest.raises(FetchError, match="counted 6"):
            run("socrata", tmp_path, portal=self.portal(server, 6), page_size=2)


class TestZenodo:
    def record(self, server: Server, body: bytes, **changes: object) -> str:
        file = {"id": "1", "key": "data.csv", "size": len(body), "checksum": f"md5:{hashlib.md5(body).hexdigest()}",
                "links": {"self": server.url("/api/records/7/files/data.csv/content")}, **changes}  # fmt: skip
        other = {**file, "key": "readme.pdf", "links": {"self": server.url("/other")}}
        server.scripts["/api/records/7"] = answers(
            {"id": 7, "metadata": {"license": {"id": "cc-by-4.0"}}, "files": [file, other]}
        )
        server.scripts["/api/records/7/files/data.csv/content"] = lambda h: h.send(200, body)
        return server.url("/api")

    def test_the_files_that_match_are_fetched_and_checked(self, server: Server, tmp_path: Path) -> None:
        (file,) = run("zenodo", tmp_path, record=7, files="*.csv", api=self.record(server, b"a\n1\n"))
        assert (file.name, file.size, file.licence) == ("data.csv", 4, "cc-by-4.0")

    def test_damage_and_wrong_names_are_refused(self, server: Server, tmp_path: Path) -> None:
        with pytest.raises(FetchError, match="its md5 is"):
            api = self.record(server, b"a\n1\n", checksum="md5:" + "0" * 32)
            run("zenodo", tmp_path, record="7", files="*.csv", api=api)
        with pytest.raises(FetchError, match=r"readme\.pdf"):
            run("zenodo", tmp_path, record="7", files="*.xls", api=self.record(server, b"a\n1\n"))
        with pytest.raises(FetchError, match="no safe name"):
            run("zenodo", tmp_path, record="7", api=self.record(server, b"a\n1\n", key="../../x.csv"))


def source_named(name: str) -> Source:
    return next(found for found in all_sources() if found.name == name)


@pytest.fixture
def zone(tmp_path: Path) -> LandingZone:
    return LandingZone(tmp_path / "home", None, "missing", all_sources())


def tile() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(stream, "PNG")
    return stream.getvalue()


class TestFetch:
    def test_tiles_land_with_a_record_of_each(self, server: Server, zone: LandingZone) -> None:
        for x in range(2):
            for y in range(2):
                server.scripts[f"/L/default/d/GoogleMapsCompatible_Level8/1/{y}/{x}.png"] = lambda h: h.send(
                    200, tile()
                )
        given = {"api": server.url(), "layer": "L", "time": "d", "zoom": "1",
                 "west": "-180", "east": "180", "south": "-85", "north": "85"}  # fmt: skip
        night = source_named("satellite_night")
        recipe = recipe_of(night, given=given)
        assert recipe is not None
        landed = fetch(night, recipe, zone, internal=True, limits=QUICK)
        assert len(landed.rows.accepted) == len(landed.files) == len(zone.real_files(night)) == 4
        records = json.loads((zone.home / night.folder / "_provenance.json").read_text())
        assert {r["sha256"] for r in records} == {hashlib.sha256(tile()).hexdigest()}
        assert records[0]["licence"] == night.licence and records[0]["url"].startswith(server.url())
        assert not list((zone.home / ".fetch").glob("*/*"))

        again = recipe_of(night, given={**given, "east": "-10"})
        assert again is not None
        landed = fetch(night, again, zone, internal=True, limits=QUICK)
        assert landed.removed == ("1/1/0.png", "1/1/1.png")
        assert len(zone.real_files(night)) == 2

    def test_a_map_lands_with_the_recipes_mapping(self, server: Server, zone: LandingZone) -> None:
        boundaries = source_named("area_boundaries")
        assert check_recipe(boundaries) == ["country", "level"]
        recipe = recipe_of(boundaries, given={"country": "XYZ", "level": "ADM2", "api": geoboundaries(server)})
        assert recipe is not None
        landed = fetch(boundaries, recipe, zone, internal=True, limits=QUICK)
        assert landed.rows.accepted["area_id"].tolist() == ["S0", "S1", "S2"]
        assert set(landed.rows.accepted["source"]) == {"geoBoundaries"}
        (file,) = zone.real_files(boundaries)
        assert file.mapping is not None

        (file.path.parent / "own.geojson").write_text(json.dumps(FEATURES))
        other = Recipe(
            "url", {"url": server.url("/files/XYZ-ADM2.geojson")}, {"source": "b", "columns": {"area_id": "shapeID"}}
        )
        with pytest.raises(LandingError, match=r"own\.geojson"):
            fetch(boundaries, other, zone, internal=True)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"area_id,scheme,code\n", "Not one of 0 rows"),
            (b"area_id,scheme,code\n,x,1\n", "Not one of 1 rows"),
            (b"<!doctype html><p>Log in", "web page"),
            (b"%PDF-1.4", "is PDF"),
            (b"other\n1\n", "lacks the columns"),
        ],
    )
    def test_what_the_source_does_not_take_is_not_landed(
        self, server: Server, zone: LandingZone, body: bytes, words: str
    ) -> None:
        codes = source_named("area_codes")
        server.scripts["/codes.csv"] = lambda h: h.send(200, body)
        with pytest.raises(LandingError, match=words):
            fetch(codes, Recipe("url", {"url": server.url("/codes.csv")}), zone, internal=True, limits=QUICK)
        assert zone.real_files(codes) == []
        server.scripts["/codes.csv"] = lambda h: h.send(200, b"area_id,scheme,code\nA,x,1\n")
        recipe = Recipe("url", {"url": server.url("/codes.csv?again")})
        assert len(fetch(codes, recipe, zone, internal=True, limits=QUICK).rows.accepted) == 1

    def test_a_local_server_is_not_asked_unless_it_is_allowed(self, server: Server, zone: LandingZone) -> None:
        with pytest.raises(FetchError, match="Only https"):
            fetch(source_named("area_codes"), Recipe("url", {"url": server.url("/codes.csv")}), zone)
        assert server.asked == []


def test_every_recipe_of_the_project_is_sound() -> None:
    found = {source.name: check_recipe(source) for source in all_sources()}
    assert found["satellite_night"] == ["west", "south", "east", "north"]
    assert found["nasa_black_marble"] == found["ubigeo_aumentado_districts"] == []
    assert all(connector(name, "test").Parameters for name in CONNECTORS)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("nothing", {}, "no connector `nothing`"),
        ("geoboundaries", {"level": "ADM1"}, "`country`"),
        ("geoboundaries", {"level": "ADM9", "country": "PER"}, "`level`"),
        ("geoboundaries", {"level": "ADM1", "country": "PER", "colour": "red"}, "`colour`"),
    ],
)
def test_a_wrong_parameter_is_named(name: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parameters_of(connector(name, "here"), given, "here")
