-- Operations and spans of a trace. `rows`: the columns of its spans, and `peer`. `$start`: start of the trace.
operations AS (
  SELECT
    *,
    (row_number() OVER (ORDER BY service, name, kind, status_code, peer) - 1)::INTEGER AS operation
  FROM (SELECT DISTINCT coalesce(service_name, '') AS service, name, kind, status_code, peer FROM rows)
),
spans AS (
  SELECT
    span_id,
    parent_span_id,
    start_time,
    duration_ns,
    operation,
    (epoch_ns(start_time) - $start)::DOUBLE AS span_offset,
    duration_ns::DOUBLE AS duration,
    CASE
      WHEN events IS NOT NULL THEN to_json(list_transform(
        json_extract(events, '$[*]')[1:100],
        lambda event: [
          least(coalesce(json_extract_string(event, '$.time')::UBIGINT, 0), 9223372036854775807)::BIGINT - epoch_ns(start_time),
          (json_extract_string(event, '$.name') = 'exception')::BIGINT
        ]
      ))
    END AS marks
  FROM rows
  JOIN operations
    ON operations.service = coalesce(rows.service_name, '')
    AND operations.name = rows.name
    AND operations.kind = rows.kind
    AND operations.status_code = rows.status_code
    AND operations.peer IS NOT DISTINCT FROM rows.peer
)
