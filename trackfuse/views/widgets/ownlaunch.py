"""A launch of one's own: class, place and target set by a person; the flight is solved for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trackfuse.catalog.catalog import missile, missile_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import translate
from trackfuse.earth import bearing_deg, distance_km
from trackfuse.flight import Launch
from trackfuse.views.widgets.widget_factory import declared, grid


class OwnLaunch:
    """Controls of a launch of one's own.

    Attributes
    ----------
    missile : ipywidgets.Dropdown
    from_lat, from_lon, to_lat, to_lon, apogee_km : ipywidgets.FloatSlider
    box : ipywidgets.Box
    """

    def __init__(self) -> None:
        self.missile = declared("own.missile", options=missile_names())
        self.from_lat = declared("own.from_lat")
        self.from_lon = declared("own.from_lon")
        self.to_lat = declared("own.to_lat")
        self.to_lon = declared("own.to_lon")
        self.apogee_km = declared("own.apogee_km")
        self.box = grid(self.all())

    def all(self) -> list[Any]:
        """Every control."""
        return list(self.named().values())

    def named(self) -> dict[str, Any]:
        """Name -> control of every control."""
        names = ("missile", "apogee_km", "from_lat", "from_lon", "to_lat", "to_lon")
        return {name: getattr(self, name) for name in names}

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
        title = translate("{missile} of one's own, {range} km, apogee {apogee} km").format(
            missile=launch.missile.name, range=f"{launch.range_km:.0f}", apogee=f"{launch.apogee_km:.0f}"
        )
        return replace(like, name="own", title=title, source="a launch of one's own: hypothetical", launch=launch)
