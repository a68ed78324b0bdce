-- Returns the increase per second by group and step. A cumulative total that decreased, or whose start time is after
-- the previous point, has been reset. The increase is divided by the time it covers: since the previous point or, for a
-- delta, since its start time if that is longer than the step (a delta without a start time covers the step). Dividing
-- by the step alone would make points every 10 s alternate between one and two points per step of 15 s. `rows`: labels
-- (a list of text), step, series, time, start_time, temporality, kind, total, step_seconds.
SELECT labels, step, sum(rate) AS rate, bool_or(has_gauge) AS has_gauge
FROM (
  SELECT
    labels,
    step,
    bool_or(kind = 'gauge') AS has_gauge,
    sum(increase) / CASE
      WHEN any_value(temporality) = 'DELTA' THEN greatest(any_value(step_seconds), coalesce(sum(seconds), 0))
      ELSE coalesce(nullif(sum(seconds), 0), any_value(step_seconds))
    END AS rate
  FROM (
    SELECT
      *,
      CASE
        WHEN temporality = 'DELTA' THEN total
        WHEN before IS NULL THEN NULL
        WHEN total < before THEN total
        WHEN start_time <> start_before AND start_time >= time_before THEN total
        ELSE total - before
      END AS increase,
      greatest(0, epoch_ns(time) - epoch_ns(CASE WHEN temporality = 'DELTA' THEN start_time ELSE time_before END)) / 1e9
        AS seconds
    FROM (
      SELECT
        *,
        lag(total) OVER in_order AS before,
        lag(time) OVER in_order AS time_before,
        lag(start_time) OVER in_order AS start_before
      FROM rows
      WINDOW in_order AS (PARTITION BY series ORDER BY time)
    )
  )
  GROUP BY labels, step, series
)
GROUP BY labels, step
