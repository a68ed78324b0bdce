-- Groups failed spans by error. `rows`: service, name, trace_id, start_time, step, http_status, status_message, and
-- `exception`: the attributes of the last exception event.
SELECT
  service,
  coalesce(json_extract_string(exception, '$."exception.type"'), 'HTTP ' || http_status, 'Error') AS type,
  coalesce(json_extract_string(exception, '$."exception.message"'), status_message, '') AS message,
  name,
  count(*) AS failures,
  epoch_ns(min(start_time)) AS first_seen,
  epoch_ns(max(start_time)) AS last_seen,
  histogram(step) AS steps,
  arg_min(trace_id, start_time) AS sample_trace_id
FROM rows
GROUP BY ALL
