-- Traces that have a hit, the latest first, and how many there are. `hits`: trace_id. `rows`: trace_id, start_time.
SELECT trace_id, count(*) OVER () AS total
FROM rows SEMI JOIN hits USING (trace_id)
GROUP BY trace_id
ORDER BY min(start_time) DESC, trace_id
LIMIT $limit
