"""Who may see which tables and columns of the lake: Lake Formation, where the settings want it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from components.storage.catalog import Catalog
from contracts.outputs import Buckets
from contracts.workload import Workload
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

if TYPE_CHECKING:
    from components.lakeformation.personal_data import PersonalData

GOVERNED = ("raw", "curated", "features")  # zones with tables
READERS = ("data-scientist",)  # persons who ask Athena


@dataclass
class LakeAccess:
    """What the rest of the layer needs to know of it. Without Lake Formation every method does nothing."""

    env: Environment
    settings: EstateSettings
    upstream: Upstream
    opts: pulumi.ResourceOptions
    ready: list[pulumi.Resource] = field(default_factory=list)  # before anything is made in the catalog
    tag: Wire | None = None  # tells personal data, once `tell_personal_data` was called
    _told: "PersonalData | None" = None

    @classmethod
    def of(
        cls,
        env: Environment,
        settings: EstateSettings,
        upstream: Upstream,
        workloads: Workloads,
        arns: Buckets[Wire],
        opts: pulumi.ResourceOptions,
    ) -> "LakeAccess":
        """Sets the account's Lake Formation up, and the catalog's encryption, which is one setting too."""
        base = upstream.foundation
        access = cls(env, settings, upstream, opts)
        if settings.data.encrypt_catalog:
            from components.storage.catalog_encryption import CatalogEncryption, CatalogEncryptionArgs

            CatalogEncryption(
                "catalog-encryption", CatalogEncryptionArgs(placement=env.placement, key_arn=base.keys.data), opts
            )
        wanted = settings.data.lake_formation
        if wanted is None:
            return access
        from components.lakeformation.governance import LakeGovernance, LakeGovernanceArgs

        makers = deployers(settings, upstream)
        governance = LakeGovernance(
            "lake-governance",
            LakeGovernanceArgs(
                placement=env.placement,
                administrators=[*makers.values(), *wanted.administrators],
                buckets=[getattr(arns, zone) for zone in GOVERNED],
                locations=places(arns, workloads),
                makers=makers or {"administrator": wanted.administrators[0]},
                key_arn=base.keys.data,
                permission_boundary_arn=base.permission_boundary_arn,
            ),
            opts,
        )
        access.ready = governance.ready
        return access

    def tell_personal_data(self, workloads: Workloads, catalog: Catalog) -> None:
        """Tags the catalog by the workloads' contracts, and grants what persons and jobs read."""
        wanted = self.settings.data.lake_formation
        if wanted is None:
            return
        from components.lakeformation.grants import Access
        from components.lakeformation.personal_data import PersonalData, PersonalDataArgs

        personal = {model: _personal(workload) for model, workload in workloads.items()}
        # Quarantine holds the contract's columns too, as text.
        tables = [(model, content) for model in workloads for content in ("raw", "curated", "quarantine")]
        marked = {f"{model}-{content}": (model, content) for model, content in tables if personal[model]}
        told = PersonalData(
            "personal-data",
            PersonalDataArgs(
                placement=self.env.placement,
                database=catalog.database,
                tables={key: catalog.tables[model][content] for key, (model, content) in marked.items()},
                columns={key: personal[model] for key, (model, _) in marked.items()},
                after=self.ready,
            ),
            self.opts,
        )
        self.tag, self._told = told.key, told
        base = self.upstream.foundation
        self.grant("jobs", base.roles.jobs, Access.READ_PERSONAL, role_name=base.role_names.jobs)
        for person in READERS:
            if person in base.person_roles:
                self.grant(person, base.person_roles[person], Access.READ)
        for name, arn in wanted.readers.items():
            self.grant(name, arn, Access.READ)
        for name, arn in wanted.stewards.items():
            self.grant(name, arn, Access.READ_PERSONAL)

    def tell_more(self, content: str, workloads: Workloads, tables: Mapping[str, Wire]) -> None:
        """Tags the personal columns of tables by model that came later; `content` is what they hold."""
        for model, workload in workloads.items():
            if self._told is not None and _personal(workload):
                self._told.mark(f"{model}-{content}", tables[model], _personal(workload))

    def grant(
        self,
        who: str,
        role_arn: pulumi.Input[str],
        access: str,
        locations: Mapping[str, pulumi.Input[str]] | None = None,
        role_name: pulumi.Input[str] | None = None,
    ) -> list[pulumi.Resource]:
        """Grants a role what `access` says (`components.lakeformation.grants.Access`), and locations for new tables."""
        if self.tag is None:
            return []
        from components.lakeformation.grants import Access, LakeGrant, LakeGrantArgs

        return [
            LakeGrant(
                f"lake-grant-{who}",
                LakeGrantArgs(
                    placement=self.env.placement,
                    role_arn=role_arn,
                    tag=self.tag,
                    access=Access(access),
                    locations={} if locations is None else locations,
                    role_name=role_name,
                ),
                self.opts,
            )
        ]


def places(arns: Buckets[Wire], workloads: Workloads) -> dict[str, Wire]:
    """ARNs of what Lake Formation vouches for, by a name: where tables lie, and no results of queries."""
    curated = {f"curated-{model}": pulumi.Output.concat(arns.curated, f"/{model}") for model in workloads}
    return {"raw": arns.raw, **curated, "features": arns.features}


def _personal(workload: Workload) -> tuple[str, ...]:
    return tuple(name for name, column in workload.data.columns.items() if column.pii)


def deployers(settings: EstateSettings, upstream: Upstream) -> dict[str, Wire]:
    """ARNs of the roles that deploy, which must administer the lake to grant anything."""
    assumed = settings.aws.assume_role_arn
    return {
        **upstream.foundation.ci_role,
        **({} if assumed is None else {"deployer": pulumi.Output.from_input(assumed)}),
    }
