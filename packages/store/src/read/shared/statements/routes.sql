-- Lists operations by their share of the total time. `rows`: service, name, failed, duration.
SELECT
  service,
  name,
  count(*) AS calls,
  count(*) FILTER (failed) AS errors,
  quantile_disc(duration, [0.95, 0.99]) AS quantiles,
  coalesce(sum(duration)::DOUBLE / nullif(sum(sum(duration)) OVER (), 0), 0) AS time_share
FROM rows
GROUP BY service, name
ORDER BY time_share DESC, service, name
LIMIT $limit
