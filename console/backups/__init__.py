"""Backup and restore: `make.do_backup`, `restore.do_restore`; `journal` outlives the database."""
