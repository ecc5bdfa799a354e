"""Who and where: what a person writes, checked as a whole, from forms, sheets and files."""
