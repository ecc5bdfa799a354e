"""Fixes kept as Parquet by county day."""
