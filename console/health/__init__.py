"""Is the house well?"""
