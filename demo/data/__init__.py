"""The demonstration data, as lines of PostgreSQL's COPY text format.

The same seed, scale and anchor give the same bytes. What several tables must agree on is worked
out first (`world.World`); the rows themselves are generated while they are copied, so the memory
needed does not grow with the histories and logs.
"""
