-- Returns the longest matching traces and their total number. `hits`: trace_id. `rows`: trace_id, start_time,
-- duration_ns.
SELECT trace_id, count(*) OVER () AS total
FROM rows SEMI JOIN hits USING (trace_id)
GROUP BY trace_id
ORDER BY max(epoch_ns(start_time) + duration_ns) - min(epoch_ns(start_time)) DESC, trace_id
LIMIT $limit
