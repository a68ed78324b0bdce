/** Lines that go through stages of Promtail. */
export interface StagesCase {
  readonly name: string;
  /** The stages as YAML. */
  readonly stages: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
}

const JSON_LINES = [
  '{"time":"2026-03-04T05:06:07.123456789Z","level":"info","msg":"started","user":{"id":7,"name":"Ada"},"ok":true,"num":1.5}',
  '{"time":"2026-03-04T05:06:08+01:00","level":"debug","msg":"","user":null,"tags":["a","b"]}',
  '{"time":"nonsense","level":null,"msg":"Grüße 🙂 \\"quoted\\""}',
  'not JSON',
  '',
  '{"level":"warn","msg":"only text"}',
].filter((line) => line !== '');

const ACCESS = [
  '192.0.2.7 - ada [04/Mar/2026:05:06:07 +0000] "GET /cart?id=1 HTTP/1.1" 200 512 "-" "curl/8.0"',
  '192.0.2.8 - - [04/Mar/2026:05:06:08 -0500] "POST /checkout HTTP/2.0" 503 0 "https://example.com/" "Mozilla/5.0 (X11)"',
  'a line of another kind',
];

const ACCESS_REGEX = String.raw`^(?P<ip>\S+) (?P<identd>\S+) (?P<user>\S+) \[(?P<timestamp>[\w:/]+\s[+\-]\d{4})\] "(?P<action>\S+)\s?(?P<path>\S+)?\s?(?P<protocol>\S+)?" (?P<status>\d{3}|-) (?P<size>\d+|-)`;

/** All cases. */
export const CASES: readonly StagesCase[] = [
  {
    name: 'JSON with labels, time and output',
    stages: `
- json: {expressions: {ts: time, level: , message: msg, id: user.id, name: user.name, number: num, ok: ok}}
- labels: {level: , id: , who: name, number: , ok: }
- timestamp: {source: ts, format: RFC3339Nano}
- output: {source: message}`,
    labels: { job: 'app' },
    lines: JSON_LINES,
  },
  {
    name: 'JSON in JSON',
    stages: `
- json: {expressions: {inner: log}}
- json: {source: inner, expressions: {level: level, deep: '"a.b"[0].c'}}
- labels: {level: , deep: }
- output: {source: inner}`,
    lines: ['{"log":"{\\"level\\":\\"info\\",\\"a.b\\":[{\\"c\\":3}]}"}', '{"log":"text"}', '{"log":7}', '{}', '[1]'],
  },
  {
    name: 'an access log',
    stages: `
- regex: {expression: '${ACCESS_REGEX}'}
- labels: {action: , status: }
- timestamp: {source: timestamp, format: '02/Jan/2006:15:04:05 -0700'}
- output: {source: path}`,
    labels: { job: 'nginx' },
    lines: ACCESS,
  },
  {
    name: 'a regular expression over an extracted value',
    stages: `
- json: {expressions: {msg: }}
- regex: {source: msg, expression: '(?P<verb>\\w+) (?P<what>.*)'}
- labels: {verb: }
- output: {source: what}`,
    lines: ['{"msg":"buy three shirts"}', '{"msg":"x"}', '{"other":1}', 'no'],
  },
  {
    name: 'lines of Docker',
    stages: '\n- docker: {}',
    labels: { job: 'docker' },
    lines: [
      '{"log":"hello\\n","stream":"stderr","time":"2026-03-04T05:06:07.000000001Z"}',
      '{"log":"no time","stream":"stdout"}',
      'not of Docker',
    ],
  },
  {
    name: 'lines of a container runtime',
    stages: '\n- cri: {}\n- regex: {expression: "(?P<level>INFO|WARN)"}\n- labels: {level: , flags: }',
    lines: [
      '2026-03-04T05:06:07.000000001Z stderr F WARN disk is full',
      '2026-03-04T05:06:08+02:00 stdout F INFO done',
      'not of a runtime',
    ],
  },
  ...[
    ['ANSIC', 'Wed Mar  4 05:06:07 2026'],
    ['UnixDate', 'Wed Mar  4 05:06:07 UTC 2026'],
    ['RubyDate', 'Wed Mar 04 05:06:07 +0130 2026'],
    ['RFC822', '04 Mar 26 05:06 UTC'],
    ['RFC822Z', '04 Mar 26 05:06 -0700'],
    ['RFC850', 'Wednesday, 04-Mar-26 05:06:07 UTC'],
    ['RFC1123', 'Wed, 04 Mar 2026 05:06:07 UTC'],
    ['RFC1123Z', 'Wed, 04 Mar 2026 05:06:07 +0100'],
    ['RFC3339', '2026-03-04T05:06:07Z'],
    ['RFC3339Nano', '2026-03-04T05:06:07.5+01:00'],
    ['Unix', '1772600767', '1772600767.25', '1772600767.123456789'],
    ['UnixMs', '1772600767123'],
    ['UnixUs', '1772600767123456'],
    ['UnixNs', '1772600767123456789'],
    ['2006-01-02 15:04:05,000', '2026-03-04 05:06:07,123'],
    ['2006-01-02 15:04:05', '2026-03-04 05:06:07.250'],
  ].map(([format, ...times]) => ({
    name: `times as ${format}`,
    stages: `\n- regex: {expression: '^\\[(?P<at>[^\\]]*)\\]'}\n- timestamp: {source: at, format: '${format}', action_on_failure: skip}`,
    lines: [...times.map((time) => `[${time}] text`), '[x] text', 'text'],
  })),
  {
    name: 'a time in a zone',
    stages: `
- regex: {expression: '^(?P<at>\\S+ \\S+) '}
- timestamp: {source: at, format: '2006-01-02 15:04:05', location: America/New_York, action_on_failure: skip}`,
    lines: ['2026-03-04 05:06:07 winter', '2026-07-04 05:06:07 summer'],
  },
  {
    name: 'a number as time',
    stages: `
- json: {expressions: {t: t}}
- timestamp: {source: t, format: UnixMs, action_on_failure: skip}`,
    lines: ['{"t":1772600767123}', '{"t":"1772600767124"}', '{"t":true}', '{}'],
  },
  ...[
    ['{{ ToUpper .Value }}', 'upper case'],
    ['{{ .Value | ToLower | TrimSpace }}', 'a pipeline'],
    ['{{ Replace .Value "a" "4" -1 }}', 'a replacement'],
    ['[{{ .level }}] {{ .msg }}', 'several values'],
    ['{{ if eq .Value "ERROR" }}high{{ else if eq .Value "info" }}low{{ else }}{{ .Value }}?{{ end }}', 'conditions'],
    ['{{ if .msg }}{{ .msg }}{{ else }}none{{ end }}', 'a condition of existence'],
    ['{{ regexReplaceAll "(E)(R+)" .Value "$2$1" }}', 'a regular expression'],
    ['{{ TrimPrefix .Value "ER" }}-{{ TrimSuffix .Value "OR" }}-{{ Trim .Value "E" }}', 'trimmed values'],
    ['', 'an empty template'],
    ['{{ .Entry }} {{ .missing }}', 'the line and an unknown value'],
  ].map(([template, what]) => ({
    name: `a template with ${what}`,
    stages: `
- json: {expressions: {level: , msg: }}
- template: {source: level, template: '${template}'}
- labels: {level: }
- output: {source: level}`,
    lines: [
      '{"level":"ERROR","msg":"a banana"}',
      '{"level":" info ","msg":"x"}',
      '{"level":"info"}',
      '{"msg":7}',
      'text',
    ],
  })),
  {
    name: 'a template that makes a new value',
    stages: `
- json: {expressions: {a: , b: }}
- template: {source: both, template: '{{ .a }}-{{ .b }}'}
- labels: {both: }`,
    lines: ['{"a":"x","b":2}', '{"a":"x"}'],
  },
  ...[
    ['password=(\\S+)', '****'],
    ['(\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})', '<{{ .Value }}>'],
    ['user=(?:"[^"]*"|(\\w+))', '$1'],
    ['(?i)(ADA) logs', ''],
  ].map(([expression, replace]) => ({
    name: `the replacement of ${expression}`,
    stages: `\n- replace: {expression: '${expression}', replace: '${replace}'}`,
    lines: [
      'ada logs in with password=secret from 192.0.2.7 user=ada',
      'password=a password=b 192.0.2.1 192.0.2.2',
      'nothing',
    ],
  })),
  {
    name: 'a replacement in a value',
    stages: `
- json: {expressions: {msg: }}
- replace: {source: msg, expression: 'card (\\d+)', replace: 'X'}
- output: {source: msg}`,
    lines: ['{"msg":"card 1234 and card 5"}', '{"msg":"none"}', '{}'],
  },
  {
    name: 'dropped lines',
    stages: `
- json: {expressions: {level: , msg: }}
- drop: {source: level, value: debug}
- drop: {expression: '.*health.*'}
- drop: {longer_than: 60b}
- drop: {source: msg, expression: '^\\s*$', drop_counter_reason: empty}
- labels: {level: }`,
    lines: [
      '{"level":"debug","msg":"x"}',
      '{"level":"info","msg":"GET /health"}',
      '{"level":"info","msg":"   "}',
      `{"level":"info","msg":"${'long '.repeat(20)}"}`,
      '{"level":"info","msg":"stays"}',
      'text',
    ],
  },
  {
    name: 'lines dropped by the existence of a value',
    stages: `
- regex: {expression: '^(?P<drop_me>DROP) '}
- drop: {source: drop_me}`,
    lines: ['DROP this', 'KEEP this'],
  },
  {
    name: 'stages for some entries',
    stages: `
- json: {expressions: {app: , level: }}
- labels: {app: , level: }
- match:
    selector: '{app="shop", level!="debug"} |= "order" !~ "test"'
    stages:
    - regex: {expression: 'order (?P<order>\\d+)'}
    - labels: {order: }
    - match:
        selector: '{order=~"1.*"}'
        stages:
        - static_labels: {first: "yes"}
- match:
    selector: '{app=~"pay.*"}'
    action: drop
- match:
    selector: '{app="shop"} |~ "secret|token"'
    action: drop
    drop_counter_reason: secrets`.replace(
      '- static_labels: {first: "yes"}',
      '- template: {source: first, template: "yes"}\n        - labels: {first: }',
    ),
    labels: { job: 'a' },
    lines: [
      '{"app":"shop","level":"info","msg":"order 17"}',
      '{"app":"shop","level":"info","msg":"order 27"}',
      '{"app":"shop","level":"info","msg":"order 27 of a test"}',
      '{"app":"shop","level":"debug","msg":"order 17"}',
      '{"app":"payment","level":"info","msg":"x"}',
      '{"app":"shop","level":"info","msg":"token 7"}',
      '{"level":"info"}',
      'text',
    ],
  },
  {
    name: 'labels of the target in stages',
    stages: `
- match:
    selector: '{job="a"}'
    stages:
    - template: {source: where, template: '{{ .job }}/{{ .host }}'}
    - labels: {where: , renamed: host}`,
    labels: { job: 'a', host: 'web-1' },
    lines: ['x'],
  },
  {
    name: 'logfmt as a regular expression',
    stages: `
- regex: {expression: 'level=(?P<level>\\w+).*?(?:msg="(?P<msg>[^"]*)")?$'}
- labels: {level: }
- output: {source: msg}`,
    lines: ['ts=1 level=warn msg="it works"', 'level=info'],
  },
  {
    name: 'a tenant',
    stages: `
- json: {expressions: {customer: }}
- tenant: {source: customer}`,
    lines: ['{"customer":"blue"}', '{"customer":""}', '{}'],
  },
];
