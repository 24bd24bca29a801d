"""The pack as Pulumi runs it: in this folder, in a process of its own.

Constructing a `PolicyPack` starts a server and does not return; that is why this file holds nothing else.
"""

from pulumi_policy import PolicyPack
from rules import RULES
from rules.adapter import policy

PolicyPack(
    name="mlops-estate",
    policies=[policy(rule) for rule in RULES],
    description="What every environment of the estate must keep to, with the compliance controls that it serves.",
)
