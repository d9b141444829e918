"""Places that can be warned, and the rule by which a centre warns them: frozen values."""

from dataclasses import dataclass

from trackfuse.core.errors import ScenarioError, SettingsError, check_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that a nation's centres can warn.

    Parameters
    ----------
    name, nation, region : str
    lat_deg, lon_deg : float
        WGS-84 degrees.
    population : int
    """

    name: str
    nation: str
    region: str
    lat_deg: float
    lon_deg: float
    population: int

    def __post_init__(self) -> None:
        check_between(ScenarioError, f"place {self.name!r} lat_deg", self.lat_deg, -90.0, 90.0)
        check_between(ScenarioError, f"place {self.name!r} lon_deg", self.lon_deg, -180.0, 180.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRule:
    """When a centre warns.

    A centre gives a launch notice once it knows of a launch well enough (a confirmed track of its own or a message from
    an ally), and a place notice once the probability that the place lies under the flight path or in the impact region
    reaches `probability`.

    Parameters
    ----------
    probability : float
        Threshold of the place notice.
    corridor_km : float
        A place is concerned if the flight passes over within this distance, km ...
    impact_km : float
        ... or comes down within this distance, km.
    decision_s : float
        From the rule being met to the decision, s: people.
    dissemination_s : float
        From the decision to the public, s: J-Alert, sirens, text messages.
    """

    probability: float = 0.1
    corridor_km: float = 50.0
    impact_km: float = 50.0
    decision_s: float = 60.0
    dissemination_s: float = 15.0

    def __post_init__(self) -> None:
        check_between(SettingsError, "rule probability", self.probability, 1e-6, 1.0)
        check_between(SettingsError, "rule corridor_km", self.corridor_km, 0.0, 2000.0, open_low=True)
        check_between(SettingsError, "rule impact_km", self.impact_km, 0.0, 2000.0, open_low=True)
        check_between(SettingsError, "rule decision_s", self.decision_s, 0.0, 3600.0)
        check_between(SettingsError, "rule dissemination_s", self.dissemination_s, 0.0, 3600.0)
