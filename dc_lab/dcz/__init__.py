"""The `.dcz` file from the inside; FORMAT.md specifies it, `dc_lab.archive` is the front door."""
