"""The whole life of an estate, offline: the scenario, stage by stage, and its report."""
