"""Checkpoints of a training: what an interrupted job goes on from, on the next machine.

SageMaker copies the folder to S3 while the job runs, and back before it starts again. A file appears there whole: it
is written under another name first.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.boosting import Booster

TASK = "task.json"
FORM = "rounds-*.ubj"
PARTS = 20  # checkpoints in a whole training
LEAST_ROUNDS = 10
KEPT = 5


class Checkpoints:
    """The trees of one task; `task` is all that must be the same for a training to go on from them."""

    def __init__(self, folder: Path, task: dict[str, object]) -> None:
        self._folder = folder
        self._task = json.loads(json.dumps(task, default=str))

    def newest(self) -> tuple["Booster | None", int]:
        """The trees of the newest checkpoint of the same task, and how many rounds they had; none and 0 without."""
        from pipelines import boosting

        file = latest(self._folder)
        task = self._folder / TASK
        if file is None or not task.is_file() or json.loads(task.read_text()) != self._task:
            return None, 0
        return boosting.Booster({"nthread": 1}, model_file=file), _rounds(file)

    def keep(self, trees: "Booster", rounds: int) -> None:
        """Writes a checkpoint, and removes old ones. Some stay: what is gone too soon is never copied to S3."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / TASK).write_text(json.dumps(self._task))
        older = sorted(self._folder.glob(FORM), key=_rounds)[: 1 - KEPT]
        draft = self._folder / "draft.ubj"
        trees.save_model(draft)
        draft.rename(self._folder / f"rounds-{rounds}.ubj")
        for file in older:
            file.unlink(missing_ok=True)


def interval(rounds: int) -> int:
    """After how many rounds a checkpoint is written."""
    return max(LEAST_ROUNDS, rounds // PARTS)


def latest(folder: Path) -> Path | None:
    """The checkpoint with the most rounds."""
    return max(folder.glob(FORM), key=_rounds, default=None)


def _rounds(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])
