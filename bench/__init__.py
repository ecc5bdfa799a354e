"""Benchmarks, each figure beside its peer or limit."""
