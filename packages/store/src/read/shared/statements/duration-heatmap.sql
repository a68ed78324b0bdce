-- Counts requests by step and heat map row. Row 0 contains durations below 1000 ns; above, each decade has four rows.
-- Row bounds are rounded to whole nanoseconds, which the added half nanosecond compensates. `rows`: step, duration.
SELECT
  step,
  greatest(0, least($rows - 1, floor(4 * log10((greatest(duration, 0) + 0.5) / 1000)) + 1))::INTEGER AS cell,
  count(*) AS requests
FROM rows
GROUP BY step, cell
