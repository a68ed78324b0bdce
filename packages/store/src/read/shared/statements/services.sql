-- Counts the items of each service and resource. `rows`: service, resource_attributes, serving, time.
SELECT
  service,
  resource_attributes,
  count(*) AS items,
  bool_or(serving) AS serving,
  epoch_ns(max(time)) AS last_seen
FROM rows
GROUP BY service, resource_attributes
