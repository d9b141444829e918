"""Columns of every data file: what must be there, of what kind, within which bounds. Meanings are in data/README.md."""

from trackfuse.catalog.datafiles import Column

BASES = ("published", "derived", "assumed", "unverified")
"""Where a value comes from: a public page, computed from such, our assumption, or general knowledge without a page."""
NATIONS = ("JPN", "ROK", "USA")

_text = Column()
_must = Column(required=True)
_number = Column(kind="number")
_lat = Column(kind="number", low=-90, high=90)
_lon = Column(kind="number", low=-180, high=180)
_lat_must = Column(kind="number", required=True, low=-90, high=90)
_lon_must = Column(kind="number", required=True, low=-180, high=180)
_positive = Column(kind="number", low=0)
_positive_must = Column(kind="number", required=True, low=0)
_share = Column(kind="number", required=True, low=0, high=1)
_nation = Column(required=True, choices=NATIONS)
_yes = Column(required=True, choices=("y", "n"))
_basis = Column(required=True, choices=BASES)
_date = Column(kind="date")

SENSORS = {
    "sensor_id": _must,
    "nation": _nation,
    "node": _must,
    "model": _text,
    "modelled": _yes,
    "not_modelled_because": _text,
    "operator": _must,
    "name": _must,
    "type": _must,
    "site": _must,
    "lat_deg": _lat,
    "lon_deg": _lon,
    "position_accuracy": _must,
    "alt_m": Column(kind="number", low=-500, high=5e7),
    "published_sector_deg": _text,
    "published_field_of_view_deg": _text,
    "bearing_to_sunan_deg": _number,
    "band": _text,
    "published_range_km": _positive,
    "published_range_remark": _text,
    "published_update_s": _text,
    "in_service": _text,
    "from": _date,
    "to": _date,
    "from_remark": _text,
    "national_chain": _must,
    "notes": _text,
    "quality": Column(required=True, choices=("A", "B", "C")),
    "basis": _basis,
    "source": _must,
    "provenance": _must,
}
PARAMETERS = {
    "sensor": _must,
    "parameter": _must,
    "low": Column(kind="number", required=True),
    "nominal": Column(kind="number", required=True),
    "high": Column(kind="number", required=True),
    "unit": _must,
    "better": Column(choices=("low", "high")),
    "basis": _basis,
    "source": _must,
    "reason": _must,
}
SHAPES = {"shape": _must} | {name: column for name, column in PARAMETERS.items() if name not in ("sensor", "better")}
NODES = {
    "node_id": _must,
    "nation": _nation,
    "name": _must,
    "place": _must,
    "lat_deg": _lat_must,
    "lon_deg": _lon_must,
    "cue_delay_low_s": _positive_must,
    "cue_delay_nominal_s": _positive_must,
    "cue_delay_high_s": _positive_must,
    "processing_low_s": _positive_must,
    "processing_nominal_s": _positive_must,
    "processing_high_s": _positive_must,
    "basis": _basis,
    "source": _must,
    "note": _text,
}
LINKS = {
    "link_id": _must,
    "source_node": _must,
    "target_node": _must,
    "payload": _must,
    "latency_p05_s": _positive_must,
    "latency_median_s": _positive_must,
    "latency_p95_s": _positive_must,
    "period_low_s": _positive_must,
    "period_nominal_s": _positive_must,
    "period_high_s": _positive_must,
    "loss_low": _share,
    "loss_nominal": _share,
    "loss_high": _share,
    "origins": _text,
    "exchange": _yes,
    "steady": _yes,
    "basis": _basis,
    "source": _must,
    "reason": _must,
}
PLACES = {
    "name": _must,
    "nation": _nation,
    "region": _must,
    "lat_deg": _lat_must,
    "lon_deg": _lon_must,
    "population": Column(kind="whole", required=True, low=0),
    "basis": _basis,
    "source": _must,
    "note": _text,
}
NAMES = {
    "name": _must,
    "local_name": _must,
    "language": Column(required=True, choices=("ja", "ko")),
    "basis": _basis,
    "source": _must,
    "note": _text,
}
REGIONS = {
    "region": _must,
    "part": _must,
    "nation": _nation,
    "iso": _must,
    "lat_deg": _lat_must,
    "lon_deg": _lon_must,
    "radius_km": _positive_must,
    "basis": _basis,
    "source": _must,
    "note": _text,
}
EXCHANGE = {
    "item": _must,
    "quantity": _must,
    "low": _positive_must,
    "nominal": _positive_must,
    "high": _positive_must,
    "unit": _must,
    "basis": _basis,
    "source": _must,
    "reason": _must,
}
LAUNCHES = {
    "event_id": _must,
    "name": _must,
    "missile_class": _must,
    "source_country": _must,
    "site_lat": _lat,
    "site_lon": _lon,
    "apogee_km": _positive,
    "range_km": _positive,
    "flight_time_s": _positive,
    "bearing_deg_est": Column(kind="number", low=0, high=360),
    "trajectory": _must,
}
"""What any launches file must have; the shipped one has `LAUNCHES_MORE` too."""
LAUNCHES_MORE = {
    "date_local": Column(kind="date", required=True),
    "time_local": _text,
    "time_utc": _text,
    "n_missiles": Column(kind="whole", low=1),
    "launch_site": _must,
    "flight_time_basis": _text,
    "top_speed_mach": _positive,
    "splash_location": _text,
    "splash_time_local": _text,
    "splash_lat_derived": _lat,
    "splash_lon_derived": _lon,
    "derived_range_km": _positive,
    "overflew_japan": _text,
    "outcome": _text,
    "quality": Column(required=True, choices=("A", "B", "C")),
    "note": _text,
    "basis": _basis,
    "source": _must,
    "provenance": _must,
}
ALERTS = {
    "alert_id": _must,
    "launch_event_id": _text,
    "date_local": Column(kind="date", required=True),
    "tz": _must,
    "nation": _nation,
    "system": _must,
    "launch_time": _text,
    "first_detection_or_notice_time": _text,
    "alert_issue_time": _text,
    "overflight_start": _text,
    "predicted_pass_or_impact_time": _text,
    "splash_time": _text,
    "status": _must,
}
"""What any alerts file must have; the shipped one has `ALERTS_MORE` too."""
ALERTS_MORE = {
    "target_area": _must,
    "first_detection_by": _text,
    "overflight_end": _text,
    "followup_notice_time": _text,
    "cancel_or_correct_time": _text,
    "alert_latency_s": _number,
    "detection_latency_s": _number,
    "lead_to_overflight_or_predicted_impact_s": _number,
    "lead_to_splash_s": _number,
    "alert_to_cancel_s": _number,
    "what_went_wrong": _text,
    "extra": _text,
    "basis": _basis,
    "source": _must,
    "provenance": _must,
    "quality": Column(required=True, choices=("A", "B", "C")),
}
SOURCES = {"key": _must, "citation": _must}
MISSILES = {"name": _must, "kind": _must, "max_range_km": _positive_must, "source": _must}
"""The columns that every missiles file has; each field of the class adds <field>_low, _nominal, _high and _basis."""
STAGES = {
    "missile": _must,
    "stage": Column(kind="whole", required=True, low=1),
    "burn_s": _positive_must,
    "acceleration_mps2": _positive_must,
    "exhaust_mps": _positive_must,
    "pause_s": _positive_must,
    "spent_beta_kgpm2": _positive_must,
    "orbit": Column(choices=("y",)),
    "basis": _basis,
    "source": _must,
}
