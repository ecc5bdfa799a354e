"""The HTTP routes, one file a part of `docs/api.md`. Each names its permission; they decide nothing else."""
