"""Tracker settings as a frozen value, shared by every node."""

from dataclasses import dataclass, replace
from typing import Annotated

from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.core.fields import Between, Name, OneOf, Whole, check_fields
from trackfuse.core.plugins import BUILT_IN, ByName, chosen, name_of
from trackfuse.tracking.fusion_rule import TAKES, FusionRule
from trackfuse.tracking.own_filter import METHODS, TrackFilter

FUSIONS = BUILT_IN["fusion"]
"""Rules by which a node fuses its own track with reports; see `tracking.fuse`."""
MEMORIES = ("auto", "with", "without")
FEEDBACKS = ("none", "partial", "full")
"""Whether a hub's fused estimate goes back to the centres, and what they make of it; see `tracking.fuse_around_hub`."""
REMEMBERED = {"ci": ("without", "with"), "tracklet": ("with",)}
"""Rule -> with or without memory, the usual first; other rules fuse what is at hand, without."""
LATE = ("reprocess", "one_step", "multi_step", "drop")
FILTERS = BUILT_IN["filter"]
ENGINES = ("compiled", "filterpy")
ASSOCIATIONS = ("auto", "known", "gnn", "jpda")
REGISTRATIONS = ("consider", "estimate", "ignore")
"""What a node makes of registration errors whose size is known; see `tracking.register`."""


@displayed(
    lambda value: (
        f"filter {name_of('filter', value.filter)}, fusion {name_of('fusion', value.fusion)}, "
        f"association {value.association}"
    )
)
@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """How a node starts, keeps and fuses its tracks. Process noise is stated here and nowhere else.

    Parameters
    ----------
    confirm_plots : int
        M: a track is confirmed by this many radar plots, or by two lines of sight from each of two places ...
    confirm_window_s : float
        ... received by the node and measured within this time, s.
    cycle_s : float
        The node works through what it has received, fuses and may report every so often, s.
    predict_s : float
        Impact is predicted at most this often, s.
    steering_psd : float
        White acceleration noise while boosting, m^2/s^3 an axis: steering off the gravity turn.
    thrust_psd : float
        Random walk of the axial acceleration while boosting, m^2/s^5: throttling, staging.
    coast_psd : float
        White acceleration noise while coasting, m^2/s^3 an axis. Flights here know gravity to J2, as the tracker does,
        so that little is left. Of the real Earth's gravity 2e-5 m/s^2 over some 150 s lies beyond: 1e-7, at which
        tracks of these flights claim twice the variance that their errors have.
    drag_fraction : float
        Standard deviation of the logarithm of the ballistic coefficient when impact is predicted: over the classes of
        data/missiles.csv their nominal values spread by 0.4, and each from low to high, taken as 5 to 95 %, by 0.4.
    lift_to_drag : float
        Greatest lift-to-drag ratio of a pull-up, expected when the impact of a track with a low apogee is predicted:
        the high value of the classes of data/missiles.csv that pull up; 0 where none is expected.
    air_fraction : float
        Unknown aerodynamic acceleration while a track coasts in the air, in any direction, as a share of the drag
        assumed: the ballistic coefficients of what falls lie between 1,000 and 15,000 kg/m^2, and some of it glides.
    beta_kgpm2 : float
        Ballistic coefficient that the tracker assumes, kg/m^2.
    burnout_s : float
        Mean time to burn-out that the tracker assumes of a boosting target, s.
    staging_s : float
        Mean time from a cut-off to the next stage's ignition, s, expected for as long as that; then follows
        `reignition_s`.
    reignition_s : float
        Mean time until a coasting target's engine starts again, s. Long, since what falls mostly goes on falling:
        1,000 s halves the lag at a stage's ignition but costs a quarter of the velocity's accuracy in the minute after
        burn-out.
    exhaust_mps : float
        Effective exhaust velocity c by which thrust over mass grows while burning, a' = a^2 / c, m/s.
    warning_position_m, warning_velocity_mps : float
        Standard deviation, an axis, that the published trajectory adds to a position and a velocity: it is given
        coarsely. From data/exchange.csv; assumed.
    fusion : str or FusionRule
        How reports are fused: "ci" (covariance intersection), "naive", "campo", "ici", "split_ci" or "tracklet"; the
        name of a registered rule, or a rule of your own (see docs/extending.md).
    memory : str
        Whether a centre keeps its fused track from one cycle to the next: "with", it adds to it what is new; "without",
        it fuses what is at hand alone. "auto": with for "tracklet", without for all others. "ci" goes either way.
    feedback : str
        "none": every centre fuses the reports that it receives. "partial": `hub` fuses them and sends the fused
        estimate back; every centre holds it beside its own track, intersected. "full": every centre restarts from it.
        For rules "ci" and "tracklet"; see `tracking.fuse_around_hub`.
    hub : str
        Name of the centre that fuses and sends back, such as "INDOPACOM"; needed with feedback, else of no consequence.
    registration : str
        "consider": what the sensors' stated registration errors may do to a track is part of what it claims; "ignore":
        it is taken for noise, and averaged away. "estimate": each node also estimates the errors of the sensors whose
        detections it has, and takes them off. The same where no sensor states any.
    late : str
        What becomes of a plot that comes after newer ones have been used: "reprocess" works through all since then
        again, exactly; "one_step" and "multi_step" update the present state by it (Bar-Shalom, Chen & Mallick 2004:
        in one jump; or back through what was held after each plot), "drop" leaves it out.
    filter : str or TrackFilter
        "imm": interacting models of free fall, a burning engine and re-entry; "ekf" and "ukf": one extended or one
        unscented filter of a burning engine for the whole flight, its axial acceleration estimated all along. To
        compare with: a track that must leave room for thrust at all times is less certain when it falls. Or the name of
        a registered filter, or a filter of your own (see docs/extending.md): with engine "compiled", late "reprocess",
        and any association but "jpda".
    engine : str
        "compiled", or "filterpy": the same models driven by that library, a thousand times slower.
    gate : float
        Probability with which a track's own detection lies within its gate, where detections are associated.
    association : str
        How detections are given to tracks. "known": each carries its object, so that errors are what they would be if
        association cost nothing; these tracks do not end at impact, and rates and GOSPA count them as false from then
        on. "gnn" (global nearest neighbour): every detection goes to one track outright. "jpda" (joint probabilistic
        data association): a confirmed track takes part of every detection that may be its own, which loses fewer tracks
        among false detections, while tracks of objects that stay close for long come to lie on each other between them.
        "auto": known where there is one object and nothing false to see, else "gnn".

    Raises
    ------
    SettingsError
        If a value is out of range, a name is not known, or a part of your own is not what it should be.

    Examples
    --------
    >>> tf.TrackerSettings(filter="ekf")
    <TrackerSettings filter ekf, fusion ci, association auto>
    """

    confirm_plots: Annotated[int, Whole(2, 10)] = 3
    confirm_window_s: Annotated[float, Between(1.0, 600.0)] = 30.0
    cycle_s: Annotated[float, Between(0.5, 60.0)] = 5.0
    predict_s: Annotated[float, Between(0.5, 120.0)] = 10.0
    steering_psd: Annotated[float, Between(0.0, 1e4)] = 4.0
    thrust_psd: Annotated[float, Between(0.0, 1e5)] = 25.0
    coast_psd: Annotated[float, Between(0.0, 1e3)] = 1e-9
    drag_fraction: Annotated[float, Between(0.0, 10.0)] = 0.6
    lift_to_drag: Annotated[float, Between(0.0, 5.0)] = 3.0
    air_fraction: Annotated[float, Between(0.0, 10.0)] = 1.0
    beta_kgpm2: Annotated[float, Between(10.0, 1e6)] = 5000.0
    burnout_s: Annotated[float, Between(1.0, 1e4)] = 60.0
    staging_s: Annotated[float, Between(0.1, 1e12)] = 10.0
    reignition_s: Annotated[float, Between(1.0, 1e12)] = 1e4
    exhaust_mps: Annotated[float, Between(500.0, 1e6)] = 2700.0
    warning_position_m: Annotated[float, Between(0.0, 1e6)] = 5000.0
    warning_velocity_mps: Annotated[float, Between(0.0, 1e4)] = 50.0
    fusion: Annotated[str | FusionRule, ByName("fusion")] = "ci"
    memory: Annotated[str, OneOf("memory", MEMORIES)] = "auto"
    feedback: Annotated[str, OneOf("feedback", FEEDBACKS)] = "none"
    hub: Annotated[str, Name(may_be_empty=True)] = ""
    registration: Annotated[str, OneOf("way with registration", REGISTRATIONS)] = "consider"
    late: Annotated[str, OneOf("late", LATE)] = "reprocess"
    filter: Annotated[str | TrackFilter, ByName("filter")] = "imm"
    engine: Annotated[str, OneOf("engine", ENGINES)] = "compiled"
    gate: Annotated[float, Between(0.5, 1.0 - 1e-12)] = 0.99999
    association: Annotated[str, OneOf("association", ASSOCIATIONS)] = "auto"

    def __post_init__(self) -> None:
        check_fields(SettingsError, "tracker", self)
        for role, built_in, takes in (("fusion", FUSIONS, TAKES), ("filter", FILTERS, METHODS)):
            part = chosen(role, getattr(self, role), built_in, takes, f"tracker {role}")
            object.__setattr__(self, role, part)
        self._check_fusion()
        self._check_together()

    @property
    def remembers(self) -> bool:
        """Whether a centre keeps its fused track from one cycle to the next."""
        return (REMEMBERED.get(str(self.fusion), ("without",))[0] if self.memory == "auto" else self.memory) == "with"

    def _check_fusion(self) -> None:
        """Raise SettingsError for what a rule of fusion, memory and feedback cannot do together."""
        rule = name_of("fusion", self.fusion)
        ways = REMEMBERED.get(str(self.fusion), ("without",))
        if self.memory not in ("auto", *ways):
            raise SettingsError(
                f"tracker memory: fusion {rule!r} is {ways[0]} memory alone"
                + ("; 'split_ci' adds what is at hand" if rule == "tracklet" else "; 'ci' and 'tracklet' may have one")
            )
        if self.feedback != "none" and self.fusion not in REMEMBERED:
            raise SettingsError(
                f"tracker feedback: {self.feedback!r} is for fusion {' and '.join(map(repr, REMEMBERED))}; {rule!r} "
                "cannot tell what a report holds of the estimate that was sent back"
            )

    def _check_together(self) -> None:
        """Raise SettingsError for what a filter, an engine and a way with detections cannot do together."""
        used = name_of("filter", self.filter)
        if self.engine == "filterpy" and not isinstance(self.filter, str):
            raise SettingsError(f"tracker engine: 'filterpy' drives {', '.join(FILTERS)}, not {used!r}")
        if self.late != "reprocess":
            if self.engine == "filterpy":
                raise SettingsError(f"tracker late: {self.late!r} is compiled only; engine 'filterpy' reprocesses")
            if self.filter != "imm":
                raise SettingsError(f"tracker late: {self.late!r} is for filter 'imm'; {used!r} reprocesses")
        if self.association == "jpda":
            # They mix states and update by shares, which only the compiled interacting models can.
            if (self.engine, self.filter) != ("compiled", "imm"):
                raise SettingsError(
                    f"tracker association: 'jpda' is for filter 'imm' with engine 'compiled', not {used!r} with "
                    f"{self.engine!r}; 'gnn' and 'known' are for any"
                )
            if self.late != "reprocess":
                raise SettingsError(
                    f"tracker late: {self.late!r} updates by a detection as a whole; association 'jpda' takes shares"
                )

    def with_association(self, several: bool) -> "TrackerSettings":
        """The same settings with the association that "auto" stands for.

        Parameters
        ----------
        several : bool
            Whether there may be more than one thing to see.

        Returns
        -------
        TrackerSettings
        """
        return self if self.association != "auto" else replace(self, association="gnn" if several else "known")
