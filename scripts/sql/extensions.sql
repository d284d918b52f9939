-- What the optimizer works with: the statistics of statements, and HypoPG where this server has it.
\connect :database
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
SELECT 'CREATE EXTENSION IF NOT EXISTS hypopg'
FROM pg_available_extensions WHERE name = 'hypopg' \gexec
