-- How the imports of each configuration went since a moment.
SELECT import_configs.name AS config,
       import_configs.supplier_id,
       count(*) AS jobs,
       count(*) FILTER (WHERE import_jobs.status = 'failed') AS failed,
       sum(import_jobs.rows_rejected) AS rejected,
       avg(import_jobs.finished_at - import_jobs.started_at) AS duration
  FROM import_jobs
  JOIN import_configs ON import_configs.id = import_jobs.config_id
 WHERE import_jobs.created_at >= %(since)s
 GROUP BY import_configs.name, import_configs.supplier_id
 ORDER BY failed DESC, jobs DESC
 LIMIT 50
