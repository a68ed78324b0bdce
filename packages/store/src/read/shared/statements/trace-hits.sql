-- Returns the matching traces, newest first by their first matching span, and their total number. `rows`: trace_id,
-- start_time.
SELECT trace_id, count(*) OVER () AS total
FROM rows
GROUP BY trace_id
ORDER BY min(start_time) DESC, trace_id
LIMIT $limit
