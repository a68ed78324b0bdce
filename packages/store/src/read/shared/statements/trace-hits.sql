-- Traces that have a hit, those with the latest first hit first, and how many there are. `rows`: trace_id, start_time.
SELECT trace_id, count(*) OVER () AS total
FROM rows
GROUP BY trace_id
ORDER BY min(start_time) DESC, trace_id
LIMIT $limit
