"""What a person gets wrong in a scenario or data file: one line with file, place, value and the nearest choice."""

import shutil
from pathlib import Path

import pytest

from trackfuse.catalog import catalog
from trackfuse.catalog.datafiles import Column, Constraints, TableSchema, read_csv
from trackfuse.core.errors import DataError, ScenarioError, TrackfuseError

CHECKOUT = Path(__file__).resolve().parents[2] / "data"
LAUNCH = """
[launch]
event_id = "L20221004"
source_country = "JPN"
missile = "Hwasong-12"
"""
OWN_LAUNCH = """
[launch]
missile = "Scud-ER"
lat_deg = 38.7
lon_deg = 125.7
azimuth_deg = 80.0
apogee_km = 240.0
range_km = 1000.0
"""
OWN_SENSOR = """
[[sensors]]
sensor_id = "us-radar"
name = "A radar of one's own"
nation = "USA"
node = "USFK"
lat_deg = 37.0
lon_deg = 127.0
alt_m = 100.0
boresight_deg = 0.0
sector_deg = 120.0
elevation_min_deg = 1.0
elevation_max_deg = 80.0
range_km = 800.0
search_loss_db = 10.0
revisit_s = 2.0
beamwidth_deg = 1.0
bandwidth_mhz = 2.0
range_floor_m = 20.0
angle_floor_mrad = 1.0
"""
OWN_PLACE = """
[[places]]
name = "Lighthouse"
nation = "JPN"
region = "Aomori"
lat_deg = 41.5
lon_deg = 140.9
population = 3
"""


def written(folder: Path, *parts: str) -> Path:
    """A scenario file of the parts that stand before the tables, then the tables."""
    path = folder / "x.toml"
    path.write_text("\n".join(['title = "Own"', 'sources = ["own"]', *parts]))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        catalog.load_scenario(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}")
    return text.removeprefix(str(path)).removeprefix(":").strip()


@pytest.mark.parametrize(
    ("top", "tables", "expected"),
    [
        ('sensors = ["JP-FPS5-SADO", "JP-FPS5-SADOO"]', LAUNCH,
         "[sensors][1]: no sensor 'JP-FPS5-SADOO'; did you mean 'JP-FPS5-SADO'?"),
        ('exclude_sensors = ["us-tpy2-sha"]', LAUNCH,
         "[exclude_sensors][0]: no sensor 'us-tpy2-sha'; did you mean 'US-TPY2-SHA'?"),
        ('places = ["Aomori", "Sapporro"]', LAUNCH, "[places][1]: no place 'Sapporro'; did you mean 'Sapporo'?"),
        ("", LAUNCH.replace("Hwasong-12", "Hwasung-12"),
         "[launch] missile: no missile 'Hwasung-12'; did you mean 'Hwasong-12'?"),
        ("", LAUNCH.replace("L20221004", "L202210044"),
         "[launch] event_id: no launch 'L202210044'; did you mean 'L20221004'?"),
        ("", LAUNCH.replace("JPN", "JPM"), "[launch] source_country: no account 'JPM'; did you mean 'JPN'?"),
        ("", LAUNCH.replace('source_country = "JPN"', ""),
         "[launch]: 'source_country' is missing; L20221004 has JPN, ROK-JCS"),
        ("", LAUNCH + "[policies.trilaterol]\nlatency_s = 1.0",
         "[policies]: no policy 'trilaterol'; did you mean 'trilateral'?"),
        ("", LAUNCH + "[policies.trilateral]\nlatency_s = -1.0",
         "[policies.trilateral]: link 'hub-usfj-jpn' latency_s: -1.0 is not a finite number in [0, 100000]"),
        ("", LAUNCH + "[policies.trilateral]\nlatency = 1.0",
         "[policies.trilateral]: no setting 'latency'; did you mean 'latency_s'?"),
        ("", LAUNCH + '[policies.trilateral]\npayload = "tracks"',
         "[policies.trilateral]: link 'hub-usfj-jpn' payload: no payload 'tracks'; did you mean 'track'?"),
        ("", LAUNCH + '[[links]]\nlink_id = "hub-usfj-jpm"\nloss = 0.5',
         "[links][0]: no link 'hub-usfj-jpm'; did you mean 'hub-usfj-jpn'?"),
        ("", LAUNCH + '[[links]]\nlink_id = "hub-usfj-jpn"\nlatency_s = -2.0',
         "[links][0]: link 'hub-usfj-jpn' latency_s: -2.0 is not a finite number in [0, 100000]"),
        ("", LAUNCH + "[tracker]\nconfirm_plot = 3",
         "[tracker]: no setting 'confirm_plot'; did you mean 'confirm_plots'?"),
        ("", LAUNCH + "[tracker]\ncycle_s = 0.0",
         "[tracker]: tracker cycle_s: 0.0 is not a finite number in [0.5, 60]"),
        ("", LAUNCH + '[rule]\nprobability = "high"', "[rule] probability: 'high': input should be a valid number"),
        ("tilte = 1", LAUNCH, ": no setting 'tilte'; did you mean 'title'?"),
        ("", LAUNCH + "lat_deg = 95.0",
         "[launch]: launch 'L20221004' lat_deg: 95.0 is not a finite number in [-90, 90]"),
        ("", LAUNCH + "lon_deg = nan",
         "[launch]: launch 'L20221004' lon_deg: nan is not a finite number in [-180, 180]"),
        ("", LAUNCH + "apogee_km = 2.0",
         "[launch]: launch 'L20221004' apogee_km: 2.0 is not a finite number in [5, 20000]"),
        ("", LAUNCH + "range_km = inf",
         "[launch]: launch 'L20221004' range_km: inf is not a finite number in [10, 19000]"),
        ("", OWN_LAUNCH.replace("range_km = 1000.0", ""), "[launch]: 'range_km' is missing"),
        ("", OWN_LAUNCH + 'time_utc = "yesterday"',
         "[launch]: launch 'own' time_utc: 'yesterday' is not a time like 2022-10-03T22:22Z"),
        ("", LAUNCH.replace("L20221004", "L20221102a").replace('"JPN"', '"ROK-JCS"'),
         "[launch]: 'apogee_km' is missing and not published in row 'L20221102a'"),
        ("", LAUNCH + OWN_SENSOR.replace("lat_deg = 37.0", "lat_deg = inf"),
         "[sensors][0]: sensor 'us-radar' lat_deg: inf is not a finite number in [-90, 90]"),
        ("", LAUNCH + OWN_SENSOR.replace("range_km", "range"),
         "[sensors][0]: no setting 'range'; did you mean 'range_km'?"),
        ("", LAUNCH + OWN_SENSOR.replace("revisit_s = 2.0", ""), "[sensors][0]: 'revisit_s' is missing"),
        ("", LAUNCH + OWN_SENSOR.replace('"USFK"', '"USKF"'),
         "scenario 'x' sensor 'us-radar' node: no node 'USKF'; did you mean 'USFK'?"),
        ("", LAUNCH + OWN_SENSOR + OWN_SENSOR, "[sensors][1]: sensor 'us-radar' appears twice"),
        ("", LAUNCH + OWN_SENSOR + "mask = [[0.0, 1.0, 2.0]]",
         "[sensors][0] [mask][0]: (0.0, 1.0, 2.0): tuple should have at most 2 items after validation, not 3"),
        ("", LAUNCH + OWN_SENSOR + 'mask = [[0.0, "high"]]',
         "[sensors][0] [mask.0][1]: 'high': input should be a valid number"),
        ("", LAUNCH + OWN_SENSOR + "mask = [[90.0, 1.0], [80.0, 1.0]]",
         "[sensors][0]: sensor 'us-radar' mask[1] azimuth_deg: 80.0 is not above 90.0 before it"),
        ("", LAUNCH + OWN_SENSOR + "false_plot_cap = -1.0",
         "[sensors][0]: sensor 'us-radar' false_plot_cap: -1.0 is not a finite number in [0, 100]"),
        ("", LAUNCH + OWN_SENSOR + "range_rate_floor_mps = 1.0",
         "[sensors][0]: sensor 'us-radar' range_rate_floor_mps: needs a range_rate_cell_mps above 0, which is 0.0"),
        ("", LAUNCH + OWN_SENSOR + 'kind = "rader"',
         "[sensors][0] kind: no kind of sensor 'rader'; did you mean 'radar'?"),
        ("", LAUNCH + OWN_PLACE.replace("41.5", "-91.0"),
         "[places][0]: place 'Lighthouse' lat_deg: -91.0 is not a finite number in [-90, 90]"),
        ("sensors = [3]", LAUNCH, "[sensors][0]: 3 is neither the name of a sensor nor a table"),
        ("catalogue_sensors = false", LAUNCH, ": no sensor is left"),
        ("", "", ": 'launch' is missing"),
    ],
)  # fmt: skip
def test_one_line_says_where_and_what(tmp_path, top, tables, expected):
    assert complaint(written(tmp_path, top, tables)) == expected.removeprefix(":").strip()


def test_the_project_s_own_files_are_named_from_data(tmp_path, monkeypatch):
    folder = shutil.copytree(CHECKOUT, tmp_path / "data")
    written(folder / "scenarios", 'sensors = ["JP-FPS5-SADO", "US-DSP", "US-TPY2-SHA", "us-radr"]', LAUNCH)
    monkeypatch.setenv("TRACKFUSE_DATA", str(folder))
    with pytest.raises(ScenarioError) as caught:
        catalog.load_scenario("x")
    assert str(caught.value).startswith("data/scenarios/x.toml [sensors][3]: no sensor 'us-radr'; ")


def test_bring_your_own(tmp_path):
    """A file of one's own: launch, radar, infrared sensor and place that no catalogue has, a changed one, an outage."""
    infrared = """
[[sensors]]
kind = "infrared"
sensor_id = "own-ir"
name = "Own"
nation = "USA"
node = "INDOPACOM"
lat_deg = 0.0
lon_deg = 90.0
alt_m = 35786000.0
cloud_km = 10.0
detection_probability = 0.9
revisit_s = 5.0
los_sigma_urad = 20.0
report_delay_s = 8.0

[[sensors]]
sensor_id = "US-TPY2-SHA"
range_km = 1234.0
mask = [[0, 1.5], [90.0, 0.25]]

[[links]]
link_id = "hub-usfj-jpn"
outages_s = [[0.0, 120.0]]

[policies.trilateral]
latency_s = 7.0

[rule]
probability = 0.2
"""
    scenario = catalog.load_scenario(written(tmp_path, OWN_LAUNCH, OWN_SENSOR, infrared, OWN_PLACE))
    sensors = {sensor.sensor_id: sensor for sensor in scenario.sensors}
    assert scenario.name == "x"
    assert scenario.launch.launch_id == "own"
    assert {"us-radar", "own-ir", "JP-FPS5-SADO"} <= set(sensors)
    assert sensors["US-TPY2-SHA"].range_km == 1234.0  # type: ignore[union-attr]
    assert sensors["US-TPY2-SHA"].mask == ((0.0, 1.5), (90.0, 0.25))  # type: ignore[union-attr]
    assert scenario.places[-1].name == "Lighthouse"
    hub = {link.link_id: link for link in scenario.policy("trilateral").effective_links()}["hub-usfj-jpn"]
    assert hub.outages_s == ((0.0, 120.0),)
    assert (hub.latency_s, hub.latency_spread) == (7.0, 0.0)
    assert scenario.rule.probability == 0.2


def test_only_one_s_own(tmp_path):
    top = 'catalogue_sensors = false\nplaces = ["Aomori"]'
    scenario = catalog.load_scenario(written(tmp_path, top, OWN_LAUNCH, OWN_SENSOR))
    assert [sensor.sensor_id for sensor in scenario.sensors] == ["us-radar"]
    assert [place.name for place in scenario.places] == ["Aomori"]


def test_chosen_by_name_even_if_out_of_service_then(tmp_path):
    top = 'in_service_on = 2017-01-01\nsensors = ["KR-GP-C1", "US-DSP"]'
    scenario = catalog.load_scenario(written(tmp_path, top, LAUNCH))
    assert [sensor.sensor_id for sensor in scenario.sensors] == ["KR-GP-C1", "US-DSP"]


def test_unknown_scenarios_and_assumptions(tmp_path):
    with pytest.raises(ScenarioError, match=r"no scenario 'kn25_2023_2_20'; did you mean 'kn25_2023_02_20'\?"):
        catalog.load_scenario("kn25_2023_2_20")
    with pytest.raises(ScenarioError, match=r"no set of assumptions 'best'; "):
        catalog.load_scenario("kn25_2023_02_20", assumptions="best")
    with pytest.raises(ScenarioError, match=r"no missile 'Nodongg'; did you mean 'Nodong'\?"):
        catalog.missile("Nodongg")


def test_missing_folder_malformed_and_binary_files(tmp_path):
    with pytest.raises(ScenarioError, match=r"absent\.toml: no such file"):
        catalog.load_scenario(tmp_path / "absent.toml")
    with pytest.raises(ScenarioError, match="is a folder, not a file"):
        catalog.load_scenario(tmp_path)
    path = written(tmp_path, "[launch\n")
    assert complaint(path).startswith("not TOML: ")
    path.write_bytes(b"\xff\xfe\x00")
    assert complaint(path) == "not UTF-8 text (byte 2); save it as UTF-8"


SCHEMA = TableSchema(
    fields=(
        Column(name="name", constraints=Constraints(required=True)),
        Column(name="lat_deg", type="number", constraints=Constraints(required=True, minimum=-90, maximum=90)),
        Column(name="day", type="date"),
        Column(name="count", type="integer"),
        Column(name="end", constraints=Constraints(enum=("low", "high"))),
    ),
    primaryKey=("name",),
)
HEADER = "name,lat_deg,day,count,end\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty file; columns wanted: name, lat_deg, day, count, end"),
        ("name,lat_deg,day,count\n", "row 1: no column 'end'; the file has name, lat_deg, day, count"),
        ("name,lat_deg,day,count,end,ned\n", "row 1: no column 'ned'; did you mean 'end'?"),
        ("name,lat_deg,day,count,end,end\n", "row 1: column 'end' appears twice"),
        (HEADER + "a,1,,,\nb,x,,,\n", "row 3 lat_deg: 'x' is not a number"),
        (HEADER + "a,1,,,\nb,nan,,,\n", "row 3 lat_deg: nan is not a finite number in [-90, 90]"),
        (HEADER + "a,90.5,,,\n", "row 2 lat_deg: 90.5 is not a finite number in [-90, 90]"),
        (HEADER + "a,,,,\n", "row 2 lat_deg: is empty"),
        (HEADER + "a,1,2022-13-01,,\n", "row 2 day: '2022-13-01' is not a date (YYYY-MM-DD)"),
        (HEADER + "a,1,,1.5,\n", "row 2 count: 1.5 is not a whole number"),
        (HEADER + "a,1,,,hihg\n", "row 2 end: no value 'hihg'; did you mean 'high'?"),
        (HEADER + "a,1,,\n", "row 2: 4 cells, the header has 5"),
        (HEADER + "a,1,,,\nb,2,,,\na,3,,,\n", "row 4 name: 'a' is already in row 2"),
        (HEADER + 'a,1,,,"low\n', "row 2: not CSV: unexpected end of data"),
    ],
)
def test_csv_errors_name_row_column_and_value(tmp_path, text, expected):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_csv(path, SCHEMA)
    assert str(caught.value).removeprefix(f"{path}").removeprefix(":").strip() == expected


def test_a_launches_file_of_one_s_own(tmp_path):
    header = (
        "event_id,name,missile_class,source_country,site_lat,site_lon,apogee_km,range_km,flight_time_s,bearing_deg_est,"
        "trajectory,remark\n"
    )
    path = tmp_path / "own.csv"
    path.write_text(header + "X1,Hwasong-17,ICBM,KCNA,39.2,125.67,6000,1000,4100,65,lofted,mine\n")
    table = catalog.launches(path)
    assert table.loc[0, "flight_time_s"] == 4100.0
    assert table.loc[0, "remark"] == "mine"
    path.write_text(header + "X1,Hwasong-17,ICBM,KCNA,39.2,225.67,6000,1000,4100,65,lofted,mine\n")
    with pytest.raises(DataError, match=r"own\.csv row 2 site_lon: 225\.67 is not a finite number in \[-180, 180\]"):
        catalog.launches(path)
    with pytest.raises(DataError, match=r"absent\.csv: no such file"):
        catalog.launches(tmp_path / "absent.csv")
    path.write_text(header)
    assert list(catalog.launches(path).columns[:2]) == ["event_id", "name"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("links.csv", "tisa-usfj-jpn,USFJ", "tisa-usfj-jpn,USFX", "source_node: no node_id 'USFX'; did you mean"),
        (
            "links.csv",
            "warning,120,268.328,600",
            "warning,120,300,600",
            "latency_median_s: 300 is not the geometric mean",
        ),
        ("links.csv", "track,0.5,1.0,2", "track,-0.5,1.0,2", "latency_p05_s: -0.5 is not a finite number"),
        ("policies.toml", '"tisa-usfj-jpn"', '"tisa-usfj-jpm"', "adds[4]: no link 'tisa-usfj-jpm'; did you mean"),
        ("policies.toml", "meaning =", "meening =", "[policy][0]: no setting 'meening'; did you mean 'meaning'?"),
        ("sensor_parameters.csv", "fps5,range_km,1125,2000", "fps5,range_km,2125,2000", "are not in order"),
        ("sensor_parameters.csv", "fps5,range_km", "fps5,range", "has no 'range_km' for it or its model 'fps5'"),
        ("sensor_parameters.csv", "high,assumed,gamera-press", "high,guessed,gamera-press", "no value 'guessed'"),
        ("sensor_parameters.csv", "assumed,gamera-press", "assumed,gamera", "source: no key 'gamera'"),
        ("sensors.csv", "JP-FPS5-SADO,JPN,JPN,fps5,y", "JP-FPS5-SADO,JPN,JPX,fps5,y", "no node_id 'JPX'"),
        ("alerts.csv", "A02,L20090405", "A02,L20090406", "A02 launch_event_id: no event_id 'L20090406'; did you mean"),
        ("basemap.geojson", '"features"', '"fratures"', "basemap.geojson: not the map expected"),
    ],
)
def test_altered_data_are_noticed(tmp_path, monkeypatch, file, old, new, expected):
    folder = shutil.copytree(CHECKOUT, tmp_path / "data")
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    monkeypatch.setenv("TRACKFUSE_DATA", str(folder))
    with pytest.raises(TrackfuseError) as caught:
        catalog.check_data()
    assert expected in str(caught.value)
    assert str(caught.value).startswith("data/")
