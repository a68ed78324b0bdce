import type { Random } from '../otlp/random.ts';

/** The character that `hostileRequest` replaces with invalid UTF-8. */
export const INVALID_UTF8_MARK = '\uf8ff';

/**
 * Names that break programs that build SQL, JSON, URLs, file names, terminal output or object keys from them.
 * `hostileName` also generates names of 20 kB.
 */
export const HOSTILE_NAMES: readonly string[] = [
  // Properties that every JavaScript object has.
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length', '0', '1', '-1', '4294967295'],
  // Names that are empty or appear so.
  ...['', ' ', '\t', '\n', '\0', '\u200b', '\ufeff', 'null', 'undefined', 'NaN', 'true', '{}', '[]', '""', "''"],
  // Names that differ only in case, separator or Unicode composition.
  ...[
    'userId',
    'userid',
    'USERID',
    'UserId',
    'user.id',
    'user_id',
    'user-id',
    'user id',
    'user/id',
    'user~id',
    'user^id',
  ],
  ...['É', 'é', 'e\u0301', 'ß', 'SS', 'ı', 'I', 'İ', 'ǅ', 'Σ', 'ς', 'K', 'k'],
  ...[
    'trailing ',
    ' leading',
    'trailing',
    'a.b',
    'a_b',
    'a..b',
    '.a',
    'a.',
    '.',
    '..',
    '...',
    '^',
    '^a',
    'A^',
    '#',
    'a#s',
    'a#',
  ],
  // SQL, JSON paths and column names of the store. A single backslash is omitted because of a bug in Node 26: after
  // such a key, `JSON.parse` reads a key such as `"\\t"` as a backslash:
  // `JSON.parse('[{"\\\\":1,"u":1},{"u":1,"\\\\":{"u":1,"\\"":1}}]')`.
  ...[
    "'",
    '"',
    '`',
    '\\\\',
    "''",
    '""',
    "a'b",
    'a"b',
    'a`b',
    'a\\b',
    "'; DROP VIEW spans; --",
    '"; SELECT 1; --',
    '/*',
    '*/',
    '--',
    ';',
  ],
  ...[
    'select',
    'SELECT',
    'from',
    'table',
    'order',
    'rowid',
    '*',
    '%',
    '_',
    '?',
    '$1',
    ':a',
    '@a',
    '$',
    '$.a',
    '$[*]',
    '{',
    '}',
    '[',
    ']',
  ],
  ...[
    'attributes',
    'attrs',
    'attr_keys',
    'rest',
    'bits',
    'name',
    'time',
    'service_name',
    'trace_id',
    'a.name#s',
    'element',
    'key',
    'value',
  ],
  ...[
    'service',
    'resource.service',
    'attributes.a',
    'scope.name',
    'severity',
    'duration',
    'body',
    'kind',
    'labels',
    'values',
    'time_ns',
  ],
  // URLs, paths, headers, HTML, formulas and terminal escapes.
  ...[
    '/',
    '//',
    '../../etc/passwd',
    'C:\\Windows',
    'a/b',
    '?a=b',
    '#a',
    '&',
    'a&b=c',
    '%00',
    '%2e%2e%2f',
    '%zz',
    '+',
    'a+b',
    'file.parquet',
  ],
  ...[
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    '&lt;',
    '&amp;',
    '{{7*7}}',
    '$\u{7b}7*7}',
    'javascript:alert(1)',
  ],
  ...['=1+1', '+1', '-1+1', '@SUM(A1)', 'a,b', 'a;b', 'a\tb', 'a\nb', 'a\r\nb', 'a\rb', 'a: b', 'Set-Cookie: a=b'],
  ...[
    '\u001b[31mred\u001b[0m',
    '\u001b]0;title\u0007',
    '\u001b[2J\u001b[H',
    '\u009b31m',
    '\u0007',
    '\u0008\u0008',
    'a\0b',
    '\u007f',
    '\u0001\u001f',
  ],
  // Strings that are hard to render.
  ...[
    '\u202eright to left',
    'שלום',
    'مرحبا',
    '\u2066isolate',
    '日本語',
    '👩‍👩‍👧‍👦',
    '🙂',
    '🏳️‍🌈',
    '\u{10ffff}',
    '\ufffd',
    '\ufffe',
    '\uffff',
    '\u2028',
    '\u2029',
    '\u00a0',
  ],
  ...[
    'Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308',
    '𝕳𝖊𝖑𝖑𝖔',
    'ﬁ',
    '①',
    INVALID_UTF8_MARK,
    `a${INVALID_UTF8_MARK}b`,
  ],
  // Keys that the API interprets.
  ...[
    'http.route',
    'http.response.status_code',
    'service.name',
    'service.version',
    'exception.type',
    'exception.message',
    'exception',
  ],
  // Long names.
  ...[
    'x'.repeat(255),
    'x'.repeat(256),
    'X'.repeat(300),
    'x'.repeat(5_000),
    'x'.repeat(20_000),
    'é'.repeat(10_000),
    '"'.repeat(10_000),
    '\0'.repeat(1_000),
  ],
];

/** A source of random names that recur, as in the telemetry of a single program. */
export interface HostileRandom extends Random {
  /** Keys shared by many items, so that stores create columns for them. */
  readonly commonKeys: readonly string[];
}

/** Returns one of `HOSTILE_NAMES`, or two of the shorter ones concatenated. */
export function hostileName(random: Random): string {
  const name = HOSTILE_NAMES[random(HOSTILE_NAMES.length)] ?? '';
  return random(4) === 0 && name.length < 300 ? `${name}${shortName(random)}` : name;
}

/** Returns a hostile name of fewer than 300 characters, for requests with many names. */
export function shortName(random: Random): string {
  for (;;) {
    const name = HOSTILE_NAMES[random(HOSTILE_NAMES.length)] ?? '';
    if (name.length < 300) return name;
  }
}

/** Returns an attribute key. Half of the keys come from `commonKeys`. */
export function hostileKey(random: HostileRandom): string {
  const common = random.commonKeys[random(2 * random.commonKeys.length)];
  return common ?? hostileName(random);
}
