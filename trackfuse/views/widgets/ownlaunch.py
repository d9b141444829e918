"""A launch of one's own: class, place and target set by a person; the flight is solved for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from trackfuse.catalog.catalog import missile, missile_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.earth import bearing_deg, distance_km
from trackfuse.flight import Launch
from trackfuse.views.widgets.widget_factory import grid, named

CLASS = "Class of the missile: stages and burn times are public aggregate values or assumed (data/missiles.csv)."
APOGEE = "Greatest height, km. What no flight of the class can reach is said below, with the nearest that it can."


class OwnLaunch:
    """Controls of a launch of one's own.

    Attributes
    ----------
    missile : ipywidgets.Dropdown
    from_lat, from_lon, to_lat, to_lon, apogee_km : ipywidgets.FloatSlider
    box : ipywidgets.Box
    """

    def __init__(self) -> None:
        self.missile = named(widgets.Dropdown, "Class", CLASS, options=missile_names(), value="Hwasong-12")
        self.from_lat = _slider("From, °N", "Latitude of the launch place, degrees north.", (37.7, 43.0), 0.1, 39.2)
        self.from_lon = _slider("From, °E", "Longitude of the launch place, degrees east.", (124.2, 130.7), 0.1, 125.7)
        self.to_lat = _slider("To, °N", "Latitude of the impact, degrees north.", (-10.0, 60.0), 0.5, 38.0)
        east = "Longitude of the impact, degrees east; 180 to 230 is west."
        self.to_lon = _slider("To, °E", east, (115.0, 230.0), 0.5, 150.0)
        self.apogee_km = _slider("Apogee, km", APOGEE, (30.0, 7000.0), 10.0, 700.0)
        self.box = grid(self.all())

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
        start = float(self.from_lat.value), float(self.from_lon.value)
        end = float(self.to_lat.value), float((self.to_lon.value + 180.0) % 360.0 - 180.0)
        return Launch(
            launch_id="own",
            missile=missile(str(self.missile.value)),
            lat_deg=start[0],
            lon_deg=start[1],
            azimuth_deg=float(bearing_deg(*start, *end)),
            apogee_km=float(self.apogee_km.value),
            range_km=float(distance_km(*start, *end)),
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


def _slider(name: str, what: str, bounds: tuple[float, float], step: float, value: float) -> widgets.FloatSlider:
    """A slider over numbers, which answers when it is let go: each step may need a new flight."""
    low, high = bounds
    settings = {"min": low, "max": high, "step": step, "value": value, "readout_format": ".6g"}
    return named(widgets.FloatSlider, name, f"{what} Yours to choose.", continuous_update=False, **settings)
