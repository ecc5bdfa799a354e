"""What the benchmarks are made of: pictures, streets, counties, loads and the demo as their objects, and the form of a figure."""
