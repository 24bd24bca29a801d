"""Names of an endpoint's variants: what serving makes, monitors and commands tell apart."""

CHAMPION = "AllTraffic"  # the release that is pinned
CHALLENGER = "Challenger"  # answers a share of the requests, in an A/B test
SHADOW = "Shadow"  # gets copies of requests, and answers nobody
