"""What every request and answer passes: parts of the process, bodies, replies, errors and words in both languages, headers, limits of connections."""
