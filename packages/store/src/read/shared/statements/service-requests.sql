-- Returns the requests, errors and durations of each service. `rows`: service, failed, duration.
SELECT
  service,
  count(*) AS requests,
  count(*) FILTER (failed) AS errors,
  quantile_disc(duration, [0.5, 0.95, 0.99]) AS quantiles
FROM rows
GROUP BY service
