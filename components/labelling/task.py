"""What people are asked of a model's rows: the page, the flow that hands tasks out, the role that jobs run in."""

import pulumi
from pulumi_aws import iam, s3, sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import trust
from components.labelling.template import page
from components.roles import bounded_role, inline_policy
from contracts.workload import Workload

FOLDER = "labels"


class LabellingTaskArgs(Args):
    placement: Placement
    workload: Workload = Field(description="Whose rows are labelled.")
    title: str = Field(min_length=3, max_length=128)
    instructions: str = Field(min_length=10, max_length=2000)
    columns: tuple[str, ...] = Field(min_length=1, description="Columns that are shown; none of personal data.")
    people: int = Field(default=1, ge=1, le=3, description="How many label each row.")
    minutes: int = Field(default=10, ge=1, le=480, description="Time for one row.")
    team_arn: pulumi.Input[str] = Field(description="Who labels.")
    rows_bucket: pulumi.Input[str] = Field(description="Bucket of the rows, under `<model>/rows/`.")
    labels_bucket: pulumi.Input[str] = Field(
        description="Bucket that receives page and labels, under `<model>/labels/`."
    )
    key_arn: pulumi.Input[str] = Field(description="KMS key of both.")
    permission_boundary_arn: pulumi.Input[str]


class LabellingTask(Component):
    """Two ways to the same people and page: a flow to which single rows are sent for review (`StartHumanLoop`), and
    for Ground Truth jobs over many rows, the page as an object and the role."""

    flow_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    template_uri: pulumi.Output[str]

    def __init__(self, name: str, args: LabellingTaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:labelling:LabellingTask", name, args.placement, opts)
        place, model = args.placement, args.workload.name
        content = page(args.workload, args.title, args.instructions, args.columns)
        template = s3.BucketObjectv2(
            f"{name}-template",
            bucket=args.labels_bucket,
            key=f"{model}/{FOLDER}/template.liquid.html",
            source=pulumi.StringAsset(content),
            content_type="text/html",
            checksum_algorithm="SHA256",
            opts=self.child(),
        )
        self.template_uri = pulumi.Output.concat("s3://", template.bucket, "/", template.key)
        screen = sagemaker.HumanTaskUI(
            f"{name}-screen",
            human_task_ui_name=place.named(model, FOLDER),
            ui_template={"content": content},
            opts=self.child(),
        )
        role, permission = self._role(args)
        flow = sagemaker.FlowDefinition(
            f"{name}-flow",
            flow_definition_name=place.named(model, FOLDER).lower(),
            role_arn=role.arn,
            human_loop_config={
                "human_task_ui_arn": screen.arn,
                "workteam_arn": args.team_arn,
                "task_title": args.title,
                "task_description": args.instructions[:255],
                "task_count": args.people,
                "task_time_limit_in_seconds": args.minutes * 60,
                "task_availability_lifetime_in_seconds": 10 * 24 * 3600,
            },
            output_config={
                "s3_output_path": pulumi.Output.concat("s3://", args.labels_bucket, f"/{model}/{FOLDER}/loops"),
                "kms_key_id": args.key_arn,
            },
            # SageMaker tries the role on the output when a flow is made.
            opts=self.child(depends_on=[permission]),
        )
        self.flow_arn, self.role_arn = flow.arn, role.arn
        self.register_outputs({"flow_arn": self.flow_arn, "role_arn": self.role_arn, "template_uri": self.template_uri})

    def _role(self, args: LabellingTaskArgs) -> tuple[iam.Role, iam.RolePolicy]:
        place, model = args.placement, args.workload.name
        rows, labels = (
            pulumi.Output.concat(f"arn:{place.partition}:s3:::", bucket)
            for bucket in (args.rows_bucket, args.labels_bucket)
        )
        role = bounded_role(
            self,
            model,
            FOLDER,
            description=f"Labelling of rows of {model}",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "sagemaker"),
        )
        permission = inline_policy(
            self,
            role.name,
            FOLDER,
            {
                "Sid": "FindBuckets",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
                "Resource": [rows, labels],
            },
            {
                "Sid": "ReadRows",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(rows, f"/{model}/rows/*"),
            },
            {
                "Sid": "KeepLabels",
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                "Resource": pulumi.Output.concat(labels, f"/{model}/{FOLDER}/*"),
            },
            {
                "Sid": "UseKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.key_arn,
            },
            {
                "Sid": "Report",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": place.arn("logs", "log-group:/aws/sagemaker/LabelingJobs:*"),
            },
        )
        return role, permission
