-- Requests by step and row of the heat map. Rows are quarters of decades from 1000 ns on, below them row 0; bounds are
-- rounded to whole nanoseconds, which the half nanosecond makes up for. `rows`: step, duration.
SELECT
  step,
  greatest(0, least($rows - 1, floor(4 * log10((greatest(duration, 0) + 0.5) / 1000)) + 1))::INTEGER AS cell,
  count(*) AS requests
FROM rows
GROUP BY step, cell
