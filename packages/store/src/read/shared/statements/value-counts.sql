-- Returns the most frequent values. `rows`: value.
SELECT value, count(*) AS records
FROM rows
WHERE value IS NOT NULL
GROUP BY value
ORDER BY records DESC, value
LIMIT $limit
