"""Mutations for rules/network.py."""

from policies.rules import network
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "network-no-open-ingress": Mutation(network.INGRESS_RULE, put("cidrIpv4", "0.0.0.0/0")),
    "network-no-public-addresses": Mutation(network.SUBNET, put("mapPublicIpOnLaunch", True)),
    "network-flow-logs": Mutation(network.FLOW_LOG, put("trafficType", "REJECT")),
    "network-endpoints-limited": Mutation(network.ENDPOINT, drop("policy")),
}
