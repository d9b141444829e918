"""A launch of one's own: class, place and target set by a person; the flight is solved for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from trackfuse.catalog.catalog import missile, missile_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.earth import bearing_deg, distance_km
from trackfuse.flight import Launch
from trackfuse.views.widgets.widget_factory import between, room

CLASS = "Class of the missile: stages and burn times are public aggregate values or assumed (data/missiles.csv)."
FROM_LAT = "Latitude of the launch place, degrees north. Yours to choose."
FROM_LON = "Longitude of the launch place, degrees east. Yours to choose."
TO_LAT = "Latitude of the impact, degrees north. Yours to choose."
TO_LON = "Longitude of the impact, degrees east; 180 to 230 is west. Yours to choose."
APOGEE = (
    "Greatest height, km, yours to choose. What no flight of the class can reach is said below, with the nearest that "
    "it can."
)


class OwnLaunch:
    """Controls of a launch of one's own.

    Attributes
    ----------
    missile : ipywidgets.Dropdown
    from_lat, from_lon, to_lat, to_lon, apogee_km : ipywidgets.FloatSlider
    box : ipywidgets.Box
    """

    def __init__(self) -> None:
        self.missile = widgets.Dropdown(description="Class", options=missile_names(), value="Hwasong-12", tooltip=CLASS,
                                        **room("auto"))  # fmt: skip
        self.from_lat = between("From, °N", FROM_LAT, 37.7, 43.0, 0.1, 39.2)
        self.from_lon = between("From, °E", FROM_LON, 124.2, 130.7, 0.1, 125.7)
        self.to_lat = between("To, °N", TO_LAT, -10.0, 60.0, 0.5, 38.0)
        self.to_lon = between("To, °E", TO_LON, 115.0, 230.0, 0.5, 150.0)
        self.apogee_km = between("Apogee, km", APOGEE, 30.0, 7000.0, 10.0, 700.0)
        columns = {"grid_template_columns": "repeat(auto-fit, minmax(290px, 1fr))", "grid_gap": "2px 12px"}
        self.box = widgets.GridBox(self.all(), layout=columns | {"width": "100%"})
        for slider in self.all()[1:]:
            slider.continuous_update = False

    def all(self) -> list[Any]:
        """Every control."""
        return [self.missile, self.apogee_km, self.from_lat, self.from_lon, self.to_lat, self.to_lon]

    def launch(self) -> Launch:
        """The launch that is set.

        Returns
        -------
        Launch

        Raises
        ------
        ScenarioError
            If a value is out of its range.
        """
        at = float(self.from_lat.value), float(self.from_lon.value)
        to = float(self.to_lat.value), float((self.to_lon.value + 180.0) % 360.0 - 180.0)
        return Launch(
            launch_id="own",
            missile=missile(str(self.missile.value)),
            lat_deg=at[0],
            lon_deg=at[1],
            azimuth_deg=float(bearing_deg(*at, *to)),
            apogee_km=float(self.apogee_km.value),
            range_km=float(distance_km(*at, *to)),
        )

    def scenario(self, like: Scenario) -> Scenario:
        """A scenario of this launch, with the sensors, links and places of another.

        Parameters
        ----------
        like : Scenario

        Returns
        -------
        Scenario
        """
        launch = self.launch()
        title = f"{launch.missile.name} of one's own, {launch.range_km:.0f} km, apogee {launch.apogee_km:.0f} km"
        return replace(like, name="own", title=title, source="a launch of one's own: hypothetical", launch=launch)
