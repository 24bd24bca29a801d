"""What notices when an account is not as it should be: conformance packs, analyzers, detectors, who hears of them."""

from collections.abc import Sequence

import pulumi

from components.monitoring.event_topic import EventTopic, EventTopicArgs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire

# Zones that may hold personal data, and the one that must hold none.
LOOKED_INTO = ("raw", "curated", "features")
FINDINGS = {
    "security_hub": {
        "source": ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
        "detail": {
            "findings": {
                "RecordState": ["ACTIVE"],
                "Severity": {"Label": ["CRITICAL", "HIGH"]},
                "Workflow": {"Status": ["NEW"]},
            }
        },
    },
    "guard_duty": {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 7]}]},
    },
}


def prove(
    env: Environment, settings: EstateSettings, recorder_on: Sequence[pulumi.Resource], opts: pulumi.ResourceOptions
) -> None:
    """The conformance packs that the settings name."""
    frameworks = settings.governance.conformance_packs
    if not frameworks:
        return
    from components.governance.conformance_pack import ConformancePack, ConformancePackArgs, Framework

    for name in frameworks:
        ConformancePack(
            f"conformance-{name}",
            ConformancePackArgs(
                placement=env.placement,
                framework=Framework[name.upper()],
                log_retention_days=settings.monitoring.log_retention_days,
                recorder_on=recorder_on,
            ),
            opts,
        )


def detect(
    env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions
) -> dict[str, Wire]:
    """What the settings switch on, by name; who hears of grave findings is told by mail."""
    own, place = settings.governance, env.placement
    found: dict[str, Wire] = {}
    if own.access_analyzer is not None:
        from components.governance.access_analyzer import AccessAnalyzer, AccessAnalyzerArgs

        analyzer = AccessAnalyzer(
            "analyzer", AccessAnalyzerArgs(placement=place, unused_days=own.access_analyzer.unused_days), opts
        )
        found["access_analyzer"] = analyzer.arns["external"]
    if own.security_hub is not None:
        from components.governance.security_hub import SecurityHub, SecurityHubArgs, Standard

        standards = tuple(Standard[each.upper().replace("-", "_")] for each in own.security_hub.standards)
        found["security_hub"] = SecurityHub("hub", SecurityHubArgs(placement=place, standards=standards), opts).arn
    if own.guard_duty is not None:
        from components.governance.threat_detector import ThreatDetector, ThreatDetectorArgs, Watched

        watched = frozenset(Watched[each.upper().replace("-", "_")] for each in own.guard_duty.watch)
        detector = ThreatDetector("threats", ThreatDetectorArgs(placement=place, watched=watched), opts)
        found["guard_duty"] = detector.detector
    if own.macie is not None:
        from components.governance.sensitive_data import SensitiveData, SensitiveDataArgs

        buckets = upstream.data.buckets
        SensitiveData(
            "personal-data",
            SensitiveDataArgs(
                placement=place,
                buckets={zone: getattr(buckets, zone) for zone in LOOKED_INTO},
                weekday=own.macie.weekday,
                sampling_percent=own.macie.sampling_percent,
            ),
            opts,
        )
    _tell(env, upstream, list(found), opts)
    return found


def _tell(env: Environment, upstream: Upstream, detectors: Sequence[str], opts: pulumi.ResourceOptions) -> None:
    """Mails grave findings; Security Hub has those of the other detectors too."""
    source = next((each for each in FINDINGS if each in detectors), None)
    if source is None:
        return
    EventTopic(
        "findings",
        EventTopicArgs(
            placement=env.placement,
            subject="findings",
            description="Grave findings about the account",
            pattern=FINDINGS[source],
            key_arn=upstream.foundation.keys.logs,
            email=env.email,
        ),
        opts,
    )
