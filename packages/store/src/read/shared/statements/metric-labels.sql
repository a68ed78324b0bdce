-- Returns the attribute keys with their number of values. `rows`: labels, a MAP of key to text.
SELECT label.key AS key, count(DISTINCT label.value) AS label_values
FROM (SELECT unnest(map_entries(labels)) AS label FROM (SELECT DISTINCT labels FROM rows))
GROUP BY key
ORDER BY key
