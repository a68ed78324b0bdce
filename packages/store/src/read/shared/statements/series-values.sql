-- Aggregates the values of each group and step. `rows`: labels (a list of text), step, time, value (null if not
-- recorded).
SELECT
  labels,
  step,
  sum(value) AS sum,
  avg(value) AS avg,
  min(value) AS min,
  max(value) AS max,
  arg_max(value, time) AS last,
  nullif(count(value), 0)::DOUBLE AS count
FROM rows
GROUP BY labels, step
