"""People who label rows, where the settings want them."""

import pulumi

from contracts.outputs import Buckets
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def ask_people(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    buckets: Buckets[Wire],
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """ARNs of the flows that hand rows to people, by model; empty where nobody labels."""
    wanted, base, place = settings.data.labelling, upstream.foundation, env.placement
    if wanted is None:
        return {}
    from components.labelling.notices import LabellingNotices, LabellingNoticesArgs
    from components.labelling.task import LabellingTask, LabellingTaskArgs
    from components.labelling.template import shown_columns
    from components.labelling.workforce import Members, Workforce, WorkforceArgs

    notices = LabellingNotices("labelling-notices", LabellingNoticesArgs(placement=place, key_arn=base.keys.logs), opts)
    there = wanted.existing_workforce
    people = Workforce(
        "labellers",
        WorkforceArgs(
            placement=place,
            existing_name=None if there is None else there.name,
            existing_members=None
            if there is None
            else Members(user_pool_id=there.user_pool_id, client_id=there.client_id),
            networks=wanted.networks,
            topic_arn=notices.arn,
        ),
        opts,
    )
    tasks = {
        model: LabellingTask(
            f"{model}-labelling",
            LabellingTaskArgs(
                placement=place,
                workload=workloads[model],
                title=task.title,
                instructions=task.instructions,
                columns=tuple(shown_columns(workloads[model], task.columns)),
                people=task.people,
                minutes=task.minutes,
                team_arn=people.team_arn,
                rows_bucket=buckets.raw,
                labels_bucket=buckets.curated,
                key_arn=base.keys.data,
                permission_boundary_arn=base.permission_boundary_arn,
            ),
            opts,
        )
        for model, task in sorted(wanted.tasks.items())
    }
    return {model: task.flow_arn for model, task in tasks.items()}
