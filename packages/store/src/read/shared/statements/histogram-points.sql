-- Returns the histogram points of each series in time order. `rows`: labels (a list of text), step, series, time,
-- start_time, temporality, and the histogram columns.
SELECT
  labels,
  step,
  series,
  epoch_ns(time) AS time,
  epoch_ns(start_time) AS start_time,
  temporality = 'DELTA' AS is_delta,
  kind,
  count,
  explicit_bounds,
  bucket_counts,
  scale,
  zero_count,
  zero_threshold,
  positive,
  negative
FROM rows
ORDER BY series, rows.time
