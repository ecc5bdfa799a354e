"""Guards as the pages see them: places, trackers, patrol's rows."""
