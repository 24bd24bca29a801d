"""The `estate` command: plans and rehearses the estate with no cloud. Imports everything; nothing imports it."""
