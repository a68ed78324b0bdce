-- Returns requests, errors and durations by group and step, with the number of requests per bucket of durations as
-- text: `bucket count bucket count`. `cells`: service, name, step, failed, duration, bucket.
SELECT
  service,
  name,
  step,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(total) AS total,
  min(shortest) AS shortest,
  max(longest) AS longest,
  string_agg(bucket || ' ' || requests, ' ') AS buckets
FROM (
  SELECT
    service,
    name,
    step,
    bucket,
    count(*) AS requests,
    count(*) FILTER (failed) AS errors,
    sum(duration)::DOUBLE AS total,
    min(duration) AS shortest,
    max(duration) AS longest
  FROM cells
  GROUP BY service, name, step, bucket
)
GROUP BY service, name, step
