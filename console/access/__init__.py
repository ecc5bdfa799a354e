"""Who asks and what he may: sessions, permissions, scope, passwords, failed log-ins, the bound of a body."""
