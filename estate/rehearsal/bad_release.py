"""A bad version of a served model goes out as a canary, and must come back by itself."""

from collections.abc import Generator
from contextlib import contextmanager

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.observer import Observed, observe
from estate.rehearsal.serving import CANARY, pinned_version, set_endpoint, version_of
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.stages.provisioning import apply
from estate.rehearsal.versions import Damage, register
from estate.release.account import ReleaseError
from estate.release.packages import approve, block
from estate.release.promote import promote
from estate.release.verify import verify

WHO = "rehearsal"
BAKE_S = 900  # its alarm goes off long before


class BadRelease:
    """One bad version, from its registration until the good one is pinned again."""

    def __init__(self, rehearsal: Rehearsal, model: str) -> None:
        self._rehearsal = rehearsal
        self.model = model
        self.good = pinned_version(rehearsal, model)
        self.settings = rehearsal.stack_file.read_bytes()  # as they were
        self.arn = ""
        self.reported = ""

    @property
    def version(self) -> int:
        return version_of(self.arn)

    def prepare(self, damage: Damage, *, bake_seconds: int = BAKE_S) -> None:
        """Registers, approves and pins it, to go out as a canary."""
        rehearsal, model = self._rehearsal, self.model
        self.arn = register(rehearsal, model, damage)
        approve(rehearsal.estate, self.arn, who=WHO, why="its registered metrics meet the gate")
        # Faults before this one may have spent the budget: that the version gets out all the same is what is rehearsed.
        promote(rehearsal.estate, model, self.version, override_budget="rehearsal of a bad release")
        set_endpoint(rehearsal, model, {**CANARY, "rollout": {**CANARY["rollout"], "bake_seconds": bake_seconds}})

    @contextmanager
    def rolling_out(self) -> Generator[Observed]:
        """Rolls it out, watched; what was seen is whole after the block. Fails the stage where the run succeeds."""
        with observe(self._rehearsal, self.model) as observed:
            yield observed
            try:
                apply(self._rehearsal)
            except StageFailed as failure:
                self.reported = str(failure)
            else:
                raise StageFailed(f"{self.model}: version {self.version} was to be rolled back, and the run succeeds")

    def check_blocked(self, why: str) -> Evidence:
        """Reported, not what is asked for, blocked, and refused. Fails the stage otherwise."""
        rehearsal, model = self._rehearsal, self.model
        evidence: Evidence = {"reported": self.reported}
        require("rolled back" in self.reported, f"{model}: the run does not say that it was rolled back", evidence)
        evidence["verify_after_rollback"] = self._differs("serves", evidence)
        block(rehearsal.estate, self.arn, who=WHO, why=f"rolled back: {why}")
        return {**evidence, **self.check_refused()}

    def check_refused(self) -> Evidence:
        """What keeps the blocked version out: verify differs while it is pinned, and promote refuses it."""
        evidence: Evidence = {}
        evidence["verify_blocked"] = self._differs("is blocked", evidence, live=False)
        try:
            promote(self._rehearsal.estate, self.model, self.version)
        except ReleaseError as refusal:
            return {**evidence, "promote_refused": str(refusal)}
        raise StageFailed(f"{self.model}: the blocked version {self.version} was pinned again", evidence)

    def back(self) -> Evidence:
        """The good version is pinned and asked for again, everything else as it was."""
        self._rehearsal.stack_file.write_bytes(self.settings)
        changed = [step for step in apply(self._rehearsal) if step.op not in ("same", "read")]
        return {"version": self.good, "steps": [f"{step.op} {step.name}" for step in changed]}

    def _differs(self, words: str, evidence: Evidence, *, live: bool = True) -> str:
        """The difference that `estate verify` exits with 1 for."""
        found = {verdict.model: verdict.difference for verdict in verify(self._rehearsal.estate, live=live)}[self.model]
        require(found is not None and words in found, f"{self.model}: verify says {found!r} of it", evidence)
        return str(found)
