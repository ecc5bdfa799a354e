"""Tables in files: XLSX and CSV as clerks make them, read cell by cell with a word on what can't be taken, and written so
that no cell runs as a formula.

`read.read_table` (`xlsx`, `text`: the two formats) -> `rows.read_rows` (heads, then `columns.read_cell` for each cell) -> the
caller's own checks -> `rows.SheetReport`. Out: `write.to_file`.
"""
