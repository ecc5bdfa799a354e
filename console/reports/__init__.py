"""Findings that guards report from their phones (上报): a kind, a picture or a voice, words; what became of them."""
