-- Returns requests, errors and durations by key and step. `rows`: key, step, failed, duration.
SELECT
  key,
  step,
  count(*) AS requests,
  count(*) FILTER (failed) AS errors,
  quantile_disc(duration, [0.5, 0.95]) AS quantiles
FROM rows
GROUP BY key, step
