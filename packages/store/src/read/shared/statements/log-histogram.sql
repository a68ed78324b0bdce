-- Log records by step and severity level: four numbers a level, 0 for a severity that is none. `rows`: step, severity_number.
SELECT
  step,
  CASE WHEN severity_number BETWEEN 1 AND 24 THEN (severity_number + 3) // 4 ELSE 0 END AS level,
  count(*) AS records
FROM rows
GROUP BY step, level
