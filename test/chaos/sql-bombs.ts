/** Builds a statement that uses all the memory or time it can get. `n` scales it. */
export type SqlBomb = (n: number) => string;

const TEXT = "repeat('ab', 128000)";

/** Statements for each DuckDB expression and operator that can be expensive on its own. */
export const SQL_BOMBS: readonly SqlBomb[] = [
  // Statements included in the sample.
  (n) => `SELECT len(range(${n}000000000))`,
  () => `SELECT levenshtein(${TEXT}, repeat('ba', 128000))`,
  (n) =>
    `SELECT count(*) FROM (SELECT lag(range::VARCHAR || repeat('x', 50)) OVER (ORDER BY range DESC) AS l FROM range(${n}0000000)) WHERE l IS NULL`,
  () => 'WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r',
  (n) => `SELECT length(repeat('x', ${n}000000000))`,
  // Lists.
  (n) => `SELECT list_sum(range(${n}00000000))`,
  (n) => `SELECT list_sort(range(${n}00000000, 0, -1))[1]`,
  (n) => `SELECT len(list_transform(range(${n}0000000), lambda x: repeat('y', 1000)))`,
  (n) => `SELECT len(flatten(list_transform(range(${n}000), lambda x: range(100000))))`,
  (n) => `SELECT len(list_resize([1], ${n}000000000))`,
  (n) => `SELECT list_reduce(range(${n}00000), lambda a, b: a + len(range(10000)))`,
  (n) => `SELECT len(list_distinct(range(${n}0000000)))`,
  () => 'SELECT len(list(r)) FROM (SELECT md5(range::VARCHAR) || md5(range::VARCHAR) AS r FROM range(100000000))',
  () => 'SELECT histogram(range) FROM range(1000000000)',
  () => "SELECT len(string_agg(range::VARCHAR, ',')) FROM range(1000000000)",
  () => 'SELECT map_from_entries(list({k: range, v: range})) FROM range(100000000)',
  (n) => `SELECT generate_series(1, ${n}000000000)`,
  () => 'SELECT list_zip(range(100000000), range(100000000), range(100000000))',
  // Strings.
  (n) => `SELECT lpad('x', ${n}000000000, 'yz')`,
  (n) => `SELECT printf('%${n}000000000d', 1)`,
  (n) => `SELECT length(replace(repeat('a', ${n}00000000), 'a', repeat('b', 100)))`,
  (n) => `SELECT len(string_split(repeat('a,', ${n}00000000), ','))`,
  () => `SELECT damerau_levenshtein(${TEXT}, repeat('ba', 128000))`,
  () => `SELECT jaro_winkler_similarity(${TEXT}, repeat('ba', 128000))`,
  () => `SELECT jaccard(${TEXT}, repeat('ba', 128000)), levenshtein(${TEXT}, repeat('bc', 128000))`,
  (n) => `SELECT hex(repeat('x', ${n}00000000))`,
  (n) => `SELECT length(to_base(9223372036854775807, 2, 64)), reverse(repeat('é', ${n}00000000))`,
  () => `SELECT max(levenshtein(repeat('a', 20000 + range::INT), repeat('b', 20000))) FROM range(1000)`,
  // Patterns.
  () => "SELECT regexp_matches(repeat('a', 10000000), '(a?){500}(a*){300}b')",
  () => "SELECT len(regexp_extract_all(repeat('ab', 50000000), 'a|b'))",
  () => "SELECT length(regexp_replace(repeat('a', 100000000), 'a', 'bbbbbbbbbb', 'g'))",
  () => "SELECT count(*) FROM range(100000) WHERE repeat('a', 10000) || range::VARCHAR LIKE '%a%a%a%a%a%b'",
  () => "SELECT repeat('a', 30000) SIMILAR TO '(a|aa)+(a|aa)+(a|aa)+b' FROM range(100000)",
  () => "SELECT count(*) FROM range(100000000) WHERE repeat('a', 1000) GLOB '*a*a*a*a*b'",
  // Joins, set operations, sorts.
  () => 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b',
  () => 'SELECT count(*) FROM range(10000000) a JOIN range(10000000) b ON a.range < b.range JOIN range(100) c ON true',
  () => 'SELECT DISTINCT md5(range::VARCHAR) FROM range(1000000000)',
  () => 'SELECT md5(range::VARCHAR) AS m FROM range(1000000000) ORDER BY m LIMIT 1 OFFSET 100000000',
  () =>
    'SELECT count(*) FROM (SELECT a.range FROM range(100000000) a EXCEPT SELECT b.range * 2 FROM range(100000000) b)',
  () => 'SELECT md5(range::VARCHAR), count(*), list(range) FROM range(500000000) GROUP BY ALL',
  () => 'SELECT count(*) FROM range(100000) a ASOF JOIN range(100000000) b ON a.range >= b.range, range(100000)',
  () =>
    "PIVOT (SELECT range % 5000 AS p, range AS v FROM range(100000)) ON p IN (1, 2) USING list(v || repeat('x', 10000))",
  // Windows.
  () => "SELECT string_agg(range::VARCHAR, '') OVER (ORDER BY range) FROM range(1000000)",
  () => 'SELECT list(range) OVER (ORDER BY range ROWS BETWEEN 100000 PRECEDING AND CURRENT ROW) FROM range(10000000)',
  () =>
    'SELECT quantile_cont(range, 0.5) OVER (ORDER BY range ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM range(50000000)',
  () => 'SELECT mode(range) OVER (ORDER BY range EXCLUDE TIES), ntile(7) OVER (ORDER BY -range) FROM range(100000000)',
  // Recursion, and plans that are large before execution starts.
  () => "WITH RECURSIVE r(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM r) SELECT max(length(t)) FROM r",
  () =>
    'WITH RECURSIVE r(i) AS (SELECT 1 UNION SELECT i * 2 + x FROM r, (VALUES (0), (1)) v(x)) SELECT count(*) FROM r',
  () => `SELECT ${'('.repeat(900)}1${')'.repeat(900)}`,
  () => `SELECT ${'1 + '.repeat(20_000)}1`,
  (n) => `SELECT ${Array.from({ length: 4000 }, (_, i) => `range + ${i}`).join(', ')} FROM range(${n}000000)`,
  () => `SELECT count(*) FROM ${Array.from({ length: 60 }, (_, i) => `range(100) t${i}`).join(', ')}`,
  () => `SELECT range IN (${Array.from({ length: 14_000 }, (_, i) => i).join(',')}) FROM range(100000000)`,
  // Results.
  () => "SELECT repeat('x', 100000) FROM range(1000000)",
  () => "SELECT repeat('x', 400000000)",
  () => 'SELECT range(1000000) FROM range(1000)',
];
