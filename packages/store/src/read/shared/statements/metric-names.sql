-- Lists metrics with their number of series. `rows`: name, description, unit, kind, is_monotonic, temporality, series,
-- service, time.
SELECT
  name,
  arg_max(coalesce(description, ''), time) AS description,
  arg_max(coalesce(unit, ''), time) AS unit,
  arg_max(kind, time) AS kind,
  arg_max(coalesce(is_monotonic, false), time) AS monotonic,
  arg_max(coalesce(temporality, 'UNSPECIFIED'), time) AS temporality,
  count(DISTINCT series) AS series_count,
  list_sort(list(DISTINCT service)) AS services
FROM rows
GROUP BY name
ORDER BY name
LIMIT $limit
