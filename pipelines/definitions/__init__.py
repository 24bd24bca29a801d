"""The SageMaker pipelines that string the jobs together, and the JSON that is made of them.

`python -m pipelines.definitions` writes the JSON, `--check` fails where the committed copy is stale. Reading a
definition needs no SageMaker SDK; making one does.
"""

from pathlib import Path

from contracts.pipelines import Definition

FOLDER = Path(__file__).parent


def committed(definition: Definition) -> str:
    """The JSON text of a definition, as committed."""
    return (FOLDER / f"{definition}.json").read_text()
