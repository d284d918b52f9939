-- Since when pg_stat_statements counts, and how many entries it has thrown out for lack of room.
SELECT stats_reset, dealloc FROM {schema}.pg_stat_statements_info
