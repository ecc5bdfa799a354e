"""Situations: what a zone's rule makes of where tracks stand. `table` names the rules; a file a rule; `memory` is what they remember."""
