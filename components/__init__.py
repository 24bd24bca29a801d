"""How a capability is built: one component a file, grouped by domain. Imports contracts, and nothing else of ours."""
