"""`BackendConformance`: the tests that every backend passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import Compiled, CompileOptions
from somac.compiler.testing import zoo
from somac.compiler.testing.conformance import (
    agree,
    bundles,
    capabilities,
    chosen,
    description,
    extremes,
    processes,
    resources,
    runs,
)
from somac.compiler.testing.conformance.subject import Refused, Subject
from somac.compiler.testing.kit import refuse_overrides
from somac.compiler.testing.networks import case

__all__ = ["BackendConformance"]

_CALM: dict[str, Any] = {
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
}


class BackendConformance:
    """Every test that a backend must pass: subclass it, name a target, run pytest.

    ::

        from somac.testing import BackendConformance

        class TestMyChip(BackendConformance):
            target = "mychip-16"

    The backend is the one that the target names, found as users find it: install its package first.
    Tests of the kit cannot be overridden; whoever needs another subject overrides the fixture
    `subject`.

    Attributes
    ----------
    target
        Name of the target.
    targets_file
        The file that describes it, if it comes neither with somac nor with the backend.
    options
        How networks are compiled; None takes the usual ones, with integers no wider than the
        target declares.
    examples
        How many random networks are tried.
    """

    target: ClassVar[str]
    targets_file: ClassVar[Path | str | None] = None
    options: ClassVar[CompileOptions | None] = None
    examples: ClassVar[int] = 25

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        refuse_overrides(cls, BackendConformance, "backend")

    # --- what is tested -----------------------------------------------------------------------

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Subject:
        """The backend and its target."""
        if not isinstance(getattr(cls, "target", None), str):
            pytest.fail(f'{cls.__name__} names no target: target = "..."', pytrace=False)
        return Subject.of(cls.target, cls.targets_file, cls.options)

    @pytest.fixture(scope="class")
    @classmethod
    def compiled(cls, subject: Subject) -> Mapping[str, Compiled]:
        """The networks of the zoo that the backend takes, compiled."""
        return chosen.taken(subject)

    @pytest.fixture(scope="class")
    @classmethod
    def some(cls, compiled: Mapping[str, Compiled]) -> Sequence[Compiled]:
        """A few of them that differ in what they need."""
        return chosen.diverse(compiled)

    # --- what it says of itself ---------------------------------------------------------------

    def test_it_is_registered_and_whole(self, subject: Subject) -> None:
        """It is registered under its name, for this version of the interface, with all methods."""
        description.check_whole(subject)

    def test_listing_it_is_cheap(self, subject: Subject) -> None:
        """Importing the module of INFO is light, and prints nothing."""
        description.check_light(subject)

    # --- bits ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("name", zoo.NAMES)
    def test_every_bit_is_golden(
        self, subject: Subject, name: str, record_property: Callable[[str, object], None]
    ) -> None:
        """Each network of the zoo is refused with codes, or computed exactly and verified."""
        made = subject.compile(zoo.animal(name))
        if isinstance(made, Refused):
            record_property("refused", made.codes)
            capabilities.check_refusal(subject, made)
            return
        agree.check_agreement(subject, made)
        agree.check_legal(made)
        agree.check_verified(subject, made)
        resources.check_capacity(subject, made)

    def test_random_networks_are_golden(self, subject: Subject) -> None:
        """Random networks of what the target declares are computed exactly, or refused."""
        limits, profiles = capabilities.limits(subject)

        @settings(max_examples=self.examples, **_CALM)
        @given(
            seed=st.integers(0, 2**32 - 1),
            populations=st.integers(1, 4),
            cells=st.integers(1, 9),
            delay=st.integers(0, limits.max_delay),
            profile=st.sampled_from(profiles),
        )
        def computed(seed: int, populations: int, cells: int, delay: int, profile: str) -> None:
            drawn = case(seed, populations, cells, delay, profile, limits)
            note(f"the network:\n{drawn.network.text()}")
            made = subject.compile(drawn.network)
            if isinstance(made, Refused):
                capabilities.check_refusal(subject, made)
                return
            agree.check_agreement(subject, made, raw_inputs(drawn.inputs, made.golden.inputs))
            agree.check_verified(subject, made)
            resources.check_capacity(subject, made)

        computed()

    # --- the same again -----------------------------------------------------------------------

    def test_the_same_model_gives_the_same_bytes(
        self, subject: Subject, some: Sequence[Compiled]
    ) -> None:
        """Compiling again gives the same bytes, also after another model."""
        for made in some:
            processes.check_again(subject, made)

    def test_fresh_processes_agree(
        self, subject: Subject, some: Sequence[Compiled], tmp_path: Path
    ) -> None:
        """Processes with other hash seeds give the same bytes and bits, and leave no trace."""
        processes.check_processes(subject, some, tmp_path)

    def test_a_run_leaves_nothing_behind(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """An emulator runs again as it did at first, and changes neither inputs nor program."""
        for made in some:
            runs.check_repeats(subject, made)

    def test_samples_are_independent(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """Samples in parts, in another order, and fewer steps: the same values."""
        for made in some:
            runs.check_batches(subject, made)

    def test_recording_changes_nothing(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """What is recorded is what was asked for, and has no effect on the rest."""
        for made in some:
            runs.check_recording(subject, made)

    # --- what it can and cannot do ------------------------------------------------------------

    def test_what_is_declared_is_accepted(self, subject: Subject) -> None:
        """Whatever the capabilities allow is compiled, to their limits, and computed exactly."""
        capabilities.check_declared(subject)

    def test_what_is_not_declared_is_refused(self, subject: Subject) -> None:
        """Beyond the limits everything is refused with a code, have and need."""
        capabilities.check_undeclared(subject)

    def test_everything_is_refused_at_once(self, subject: Subject) -> None:
        """A network with several faults is told all of them."""
        capabilities.check_at_once(subject)

    def test_as_many_inputs_as_a_cell_can_have(self, subject: Subject) -> None:
        """The largest fan-in that is accepted is computed exactly, or finds no room."""
        extremes.check_fan_in(subject)

    def test_no_neurons(self, subject: Subject) -> None:
        """A network without a single cell is refused, or hands its input on."""
        extremes.check_empty(subject)

    # --- resources ----------------------------------------------------------------------------

    def test_demand_grows_with_cells(
        self, subject: Subject, compiled: Mapping[str, Compiled]
    ) -> None:
        """What slices take is never less for more cells, and in resources that the target has."""
        for made in compiled.values():
            resources.check_demand(subject, made)
        resources.check_counted(subject, compiled.values())

    def test_full_cores(self, subject: Subject) -> None:
        """Cores that are filled to the last cell, and one cell more: exact, and within capacity."""
        extremes.check_full(subject)

    # --- bundles ------------------------------------------------------------------------------

    def test_bundles_are_written_and_read(
        self, subject: Subject, some: Sequence[Compiled], tmp_path: Path
    ) -> None:
        """A bundle that was written and read is the same and runs the same."""
        for made in some:
            (tmp_path / made.network.name).mkdir()
            bundles.check_round_trip(subject, made, tmp_path / made.network.name)

    def test_the_emulator_reads_files_alone(
        self, subject: Subject, some: Sequence[Compiled]
    ) -> None:
        """The emulator needs neither the network in the bundle nor what is there for people."""
        for made in some:
            bundles.check_alone(subject, made)

    def test_damage_does_not_go_unseen(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """Files that are missing or changed are refused with a code, or found by verify."""
        for made in some[:1]:
            bundles.check_damage(subject, made)

    # --- inputs -------------------------------------------------------------------------------

    def test_inputs_that_do_not_fit(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """Inputs of another shape, type or range are refused with a code."""
        for made in some:
            runs.check_inputs(subject, made)

    def test_no_samples_and_no_steps(self, subject: Subject, some: Sequence[Compiled]) -> None:
        """Runs of nothing give nothing, in the right shape."""
        for made in some:
            runs.check_edges(subject, made)
