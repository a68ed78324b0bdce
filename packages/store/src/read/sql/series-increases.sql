-- What was added to totals, by group and step. A cumulative total that fell, or that says it began after the point before
-- it, has started over. `rows`: labels (a list of text), step, series, time, start_time, temporality, kind, total.
SELECT labels, step, sum(increase) AS increase, bool_or(kind = 'gauge') AS has_gauge
FROM (
  SELECT
    labels,
    step,
    kind,
    CASE
      WHEN temporality = 'DELTA' THEN total
      WHEN before IS NULL THEN NULL
      WHEN total < before THEN total
      WHEN start_time <> start_before AND start_time >= time_before THEN total
      ELSE total - before
    END AS increase
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
GROUP BY labels, step
