-- Values of the points of each group and step. `rows`: labels (a list of text), step, time, value (null where none was
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
