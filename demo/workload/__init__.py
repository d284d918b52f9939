"""What staff and the API ask of the databases, as named queries that the benchmarks share."""
