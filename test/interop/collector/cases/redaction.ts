import type { ComponentCases, Configuration, Step } from '../cases.ts';

const signals = ['traces', 'metrics', 'logs'];
const KEYS = ['text', 'int', 'double', 'bool', 'list', 'map', 'any', 'http.route'];
const open = { allow_all_keys: true, summary: 'debug' };
const HMAC_KEY = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

const STATEMENTS: readonly string[] = [
  "SELECT * FROM users WHERE id = 1 AND name = 'bob''s' -- comment",
  'select "a1"."b2", [c3] from t4 where x in (1, 2.5e-3, 0x1F, 017, -8, +.5) /* note 5 */ limit 10;',
  "INSERT INTO logs VALUES (TRUE, null, 'x\\'y', $1, :name, ?, @var1, @@version) # rest 1",
  'UPDATE `orders2` SET total=?, note="n1" WHERE a->>1 = b #>> 2 AND c<@d AND e ?| f',
  "SELECT $tag$body 'x' 12$tag$, $func$ SELECT 12 FROM t1 $func$ FROM f1(2) as.1e5",
  "SELECT 'unfinished",
  'SELECT $open',
  'SELECT größe1, ünï2 FROM "täble3" WHERE x=@größe1 🙂 4',
  'EXEC sp_1 @p1=5, #temp1 $action',
  '',
  '   ',
];
const COMMANDS: readonly string[] = [
  'SET user:1 secret',
  'set a b EX 10\nGET a\nHSET h f1 v1 f2 v2\nMSET a 1 b 2\nZADD z NX CH 1 one 2 two',
  'AUTH user password',
  'CONFIG SET requirepass x\nCONFIG GET y',
  'BITFIELD k SET u8 1 200 GET u4 0\nGEOADD k 1.5 2.5 here 3 4 there',
  'LPUSH list "a b \\" c" d\nLINSERT l BEFORE p v',
  ' PING  \t x \r\n ECHO y',
  'set mykey 0 60 5\r\nsecret\r\n',
  '{"find":"users", "filter":{"name":["a", 1, {"b":null}], "n": 1.5e3}, "e":{} , "l":[]} \n',
  '[1, "two", true]',
  '"text"',
  ' 12 ',
  '{"broken": 1',
];
const PATHS: readonly string[] = [
  '/users/fdklsd/j4elk/23993/job/2?x=1',
  'GET /api/v1/orders/8f14e45f-ceea-467f-a0e6-1d2b3c4d5e6f/items#top',
  '/a/b/c/d/e/f/g/h/i/j/k/12',
  '/1/2/3/4/5/6/7/8/9/10/11',
  '123',
  '/123/',
  'https://example.com/products/22j/xkcdqz',
  '/straße/größe/x',
  'GET',
  '/api/hello.world/user_space/user-space//x',
  '?q',
  'attach12?',
];
const TEXTS = [...STATEMENTS, ...COMMANDS, ...PATHS];
const SYSTEMS = [
  'mysql',
  'postgresql',
  'PostgreSQL',
  'redis',
  'valkey',
  'memcached',
  'mongodb',
  'elasticsearch',
  'opensearch',
  'mssql',
  '',
];

/** Spans with each text as name and as attribute, and with each database system. */
const spanSteps: readonly Step[] = SYSTEMS.map((system, index) => ({
  send: {
    resourceSpans: [
      {
        resource: { attributes: [text('db.statement', 'SELECT 1'), text('db.system', 'mysql')] },
        scopeSpans: [
          {
            scope: { name: 's', attributes: [text('url.path', '/users/12')] },
            spans: TEXTS.map((name, number) => ({
              name,
              kind: (number + index) % 5,
              attributes: [
                text(index % 2 === 0 ? 'db.system.name' : 'db.system', system),
                text('db.statement', name),
                text('url.path', name),
                ...(number % 3 === 0 ? [text('http.request.method', 'GET')] : []),
              ],
              events: [{ name: 'e', attributes: [text('db.statement', 'SELECT 1'), text('db.system', 'mysql')] }],
            })),
          },
        ],
      },
    ],
  },
}));

/** Log records with each text as body, as attribute, and nested in a body. */
const logSteps: readonly Step[] = [
  {
    send: {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: TEXTS.flatMap((stringValue, index) => [
                {
                  body: { stringValue },
                  attributes: [text('db.statement', stringValue), text('url.path', stringValue)],
                },
                {
                  body: {
                    kvlistValue: {
                      values: [
                        text('text', stringValue),
                        { key: 'list', value: { arrayValue: { values: [{ stringValue }, { intValue: '12' }] } } },
                        {
                          key: 'map',
                          value: { kvlistValue: { values: [text('token', stringValue), text('x', stringValue)] } },
                        },
                      ],
                    },
                  },
                  attributes: [
                    text('db.statement', stringValue),
                    text('db.system', SYSTEMS[index % SYSTEMS.length] ?? ''),
                  ],
                },
              ]),
            },
          ],
        },
      ],
    },
  },
];

const attributes = ['db.statement'];
const own = (name: string, config: object): Configuration[] => [
  { name: `${name}, spans`, config: { ...open, ...config }, signals: ['traces'], steps: spanSteps },
  { name: `${name}, log records`, config: { ...open, ...config }, signals: ['logs'], steps: logSteps },
];

/** Test cases for `redaction`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'redaction',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'all keys', config: { allow_all_keys: true }, signals },
    { name: 'allowed keys', config: { allowed_keys: KEYS, summary: 'debug' }, signals },
    { name: 'allowed keys with counts', config: { allowed_keys: KEYS.slice(0, 3), summary: 'info' }, signals },
    { name: 'allowed keys without summary', config: { allowed_keys: KEYS, summary: 'silent' }, signals },
    {
      name: 'ignored keys',
      config: { ignored_keys: ['text', 'map'], allowed_keys: ['int'], summary: 'debug' },
      signals,
    },
    { name: 'ignored key patterns', config: { ignored_key_patterns: ['^(b|k)', 'name$'], summary: 'info' }, signals },
    { name: 'blocked key patterns', config: { ...open, blocked_key_patterns: ['(?i)pass', '^a'] }, signals },
    {
      name: 'blocked key patterns of all types',
      config: { ...open, blocked_key_patterns: ['.'], redact_all_types: true },
      signals,
    },
    { name: 'blocked values', config: { ...open, blocked_values: ['[a-f]{2,}', '[0-9]+'] }, signals },
    {
      name: 'blocked values of all types',
      config: { ...open, blocked_values: ['[0-9]+', 'true'], redact_all_types: true },
      signals,
    },
    { name: 'blocked empty values', config: { ...open, blocked_values: ['^$', 'x*'] }, signals },
    {
      name: 'allowed values',
      config: { ...open, blocked_values: ['.'], allowed_values: ['^[A-Z]', '[0-9]$'] },
      signals,
    },
    {
      name: 'allowed values of all types',
      config: { ...open, blocked_key_patterns: ['.'], allowed_values: ['^[0-9]'], redact_all_types: true },
      signals,
    },
    ...['md5', 'sha1', 'SHA3', 'none', 'hmac-sha256', 'HMAC-SHA512', ''].map((hash) => ({
      name: `hash function ${hash}`,
      config: {
        ...open,
        blocked_values: ['[a-z]+'],
        blocked_key_patterns: ['int'],
        hash_function: hash,
        hmac_key: HMAC_KEY,
      },
      signals,
    })),
    { name: 'HMAC without key', config: { hash_function: 'hmac-sha256' }, signals: ['logs'] },
    {
      name: 'HMAC with a short key',
      config: { hash_function: 'hmac-sha512', hmac_key: HMAC_KEY.slice(0, 63) },
      signals: ['logs'],
    },
    {
      name: 'HMAC with the shortest key',
      config: { hash_function: 'hmac-sha256', hmac_key: HMAC_KEY.slice(0, 32) },
      signals: ['logs'],
    },
    {
      name: 'everything together',
      config: {
        allowed_keys: [...KEYS, 'redaction.allowed.keys'],
        ignored_keys: ['bool'],
        blocked_key_patterns: ['any'],
        blocked_values: ['o'],
        allowed_values: ['hello'],
        summary: 'debug',
        url_sanitizer: { enabled: true, attributes: ['http.route'] },
        db_sanitizer: { sql: { enabled: true, attributes: ['text'] } },
      },
      signals,
    },
    ...own('paths', { url_sanitizer: { enabled: true, attributes: ['url.path'] } }),
    ...own('paths without names', {
      url_sanitizer: { enabled: true, attributes: ['url.path'], sanitize_span_name: false },
    }),
    ...own('no paths', { url_sanitizer: { enabled: false, attributes: ['url.path'] } }),
    ...own('paths of no attribute', { url_sanitizer: { enabled: true } }),
    ...own('SQL', { db_sanitizer: { sql: { enabled: true, attributes }, sanitize_span_name: false } }),
    ...own('SQL without attributes', { db_sanitizer: { sql: { enabled: true }, sanitize_span_name: false } }),
    ...own('names of SQL', { db_sanitizer: { sql: { enabled: true } } }),
    ...own('Redis', { db_sanitizer: { redis: { enabled: true, attributes } } }),
    ...own('Valkey', { db_sanitizer: { valkey: { enabled: true, attributes } } }),
    ...own('Memcached', { db_sanitizer: { memcached: { enabled: true, attributes } } }),
    ...own('MongoDB', { db_sanitizer: { mongo: { enabled: true, attributes } } }),
    ...own('OpenSearch', { db_sanitizer: { opensearch: { enabled: true, attributes } } }),
    ...own('Elasticsearch', {
      db_sanitizer: { es: { enabled: true, attributes }, mongo: { enabled: true, attributes: ['x'] } },
    }),
    ...own('all databases', {
      db_sanitizer: Object.fromEntries(
        ['redis', 'valkey', 'memcached', 'mongo', 'opensearch', 'es'].map((name) => [
          name,
          { enabled: true, attributes },
        ]),
      ),
      url_sanitizer: { enabled: true, attributes: ['url.path'] },
      allowed_values: ['unfinished'],
    }),
    ...own('body keys', { blocked_key_patterns: ['tok'], ignored_keys: ['list'], blocked_values: ['SELECT'] }),
    { name: 'wrong pattern of values', config: { blocked_values: ['('] }, signals: ['logs'] },
    { name: 'wrong pattern of keys', config: { blocked_key_patterns: ['['] }, signals: ['logs'] },
    { name: 'wrong pattern of ignored keys', config: { ignored_key_patterns: ['*'] }, signals: ['logs'] },
    { name: 'wrong pattern of allowed values', config: { allowed_values: ['a{2,1}'] }, signals: ['logs'] },
    { name: 'unknown hash function', config: { hash_function: 'sha256' }, signals: ['logs'] },
    { name: 'unknown summary', config: { ...open, summary: 'verbose', blocked_values: ['.'] }, signals: ['logs'] },
    { name: 'keys that are no list', config: { allowed_keys: { a: 1 } }, signals: ['logs'] },
    { name: 'unknown option', config: { blocked_keys: ['a'] }, signals: ['logs'] },
  ],
};
