"""The kernel of Lianqin: records, bus, settings, clock, geometry. Imports nothing else of ours."""
