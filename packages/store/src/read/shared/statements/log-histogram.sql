-- Counts log records by step and severity level. A level has four severity numbers; 0 is an invalid or missing
-- severity. `rows`: step, severity_number.
SELECT
  step,
  CASE WHEN severity_number BETWEEN 1 AND 24 THEN (severity_number + 3) // 4 ELSE 0 END AS level,
  count(*) AS records
FROM rows
GROUP BY step, level
