"""Runs the Pulumi program offline, in process, and keeps what it registers.

It honours: unknown outputs in previews, secrets, aliases (own and inherited), `ignore_changes`, `replace_on_changes`,
`replacement_trigger`, `replace_with`, `delete_before_replace` with the dependents that go along, `deleted_with`,
`retain_on_delete`, `protect`, explicit and inherited providers and their default tags, transforms of resources,
components and the stack, `.get()`, stack references, data sources, assets and archives, and defaults in `Pulumi.yaml`.

It refuses, by name: `import_`, resource hooks, state migrations, remote components, methods of resources, transforms of
data sources, parameterized packages, remote assets, encrypted configuration and ESC environments.

Custom timeouts, plugin versions and `hide_diffs` change nothing of what comes to exist, and are ignored.
Stricter than Pulumi: an output that a provider did not give is an error where it is used, never None in a text.
"""
