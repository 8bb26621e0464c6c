"""dc_lab: Deep Compression from scratch. Each module is one idea; see CONTRIBUTING.md for the map."""

__version__ = "0.1.0"
