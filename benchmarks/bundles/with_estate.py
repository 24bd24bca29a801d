"""`python -m benchmarks.bundles.with_estate COUNT FOLDER`: all that a plan does, over the bundles.

That is more than the CDK does: the program runs twice, with outputs unknown and known, every input is held against what
AWS publishes of its API, and the policy pack judges every resource.
"""

import sys
from pathlib import Path

from estate.engine.collector import retire_collector
from estate.plan.plan import plan_program

HERE = Path(__file__).resolve().parent
TIER = "production"


def main(count: int, folder: Path) -> None:
    """Writes the plan into `folder` and prints how many resources it has."""
    retire_collector()
    values = folder / "Pulumi.bundles.yaml"
    values.write_text(f'config:\n  bundles:count: "{count}"\n')
    plan = plan_program(HERE, "bundles", TIER, values)
    if plan.faults:
        raise RuntimeError(f"the plan has faults: {plan.faults[0].message}")
    (folder / "plan.json").write_text(plan.text())
    print(len(plan.goals))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
