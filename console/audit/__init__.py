"""The register read by people, files that leave, certificates of what was purged."""
