-- What each trace is. `rows`: trace_id, is_root, service, name, start, duration_ns, failed, match_start (null if the
-- span does not match); status_message and events of failed spans. `root` is the first span without parent, else the
-- first span; `failures` the first failed spans.
SELECT
  trace_id,
  count(*) AS spans,
  count(*) FILTER (WHERE failed) AS errors,
  min(start) AS start,
  min(match_start) AS first_match,
  max(start + duration_ns) AS until,
  list(DISTINCT service) AS services,
  coalesce(
    arg_min({ service: service, name: name }, start) FILTER (WHERE is_root),
    arg_min({ service: service, name: name }, start)
  ) AS root,
  arg_min(
    {
      span_id: span_id,
      parent_span_id: parent_span_id,
      service_name: service,
      start_time: start,
      duration_ns: duration_ns,
      status_message: status_message,
      events: events
    },
    start,
    $failed_spans
  ) FILTER (WHERE failed) AS failures
FROM rows
GROUP BY trace_id
