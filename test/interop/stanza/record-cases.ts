import { each, type StanzaCase } from './case.ts';

function times(layoutType: string, layouts: readonly string[], input: string, more: object = {}): StanzaCase[] {
  return layouts.map((layout) => ({
    name: `time: ${layoutType} ${layout} ${JSON.stringify(more)}`,
    input,
    operators: [{ type: 'time_parser', parse_from: 'body', layout_type: layoutType, layout, ...more }],
  }));
}

const ISO = `2026-03-04T05:06:07Z
2026-03-04T05:06:07.5Z
2026-03-04T05:06:07.123456789Z
2026-03-04T05:06:07+02:00
2026-03-04 05:06:07
2026-3-4 5:6:7
2026-02-30 05:06:07
2026-03-04 25:06:07
26-03-04 05:06:07
2026-03-04
`;
const NAMES = `Wed Mar  4 05:06:07 2026
Wednesday, March 4, 2026 5:06:07 PM EST
Mar 4 05:06:07
Mar 04 05:06:07.250
03/04/2026 05:06:07 PM
3/4/26 5:06:07 am
04/Mar/2026:05:06:07 +0100
Wed, 04 Mar 2026 05:06:07 UTC
Wed, 04 Mar 2026 05:06:07 CET
Wed, 04 Mar 2026 05:06:07 XYZ
`;
const EPOCHS = `1772600767
1772600767123
1772600767.123456
-5
1772600767.1.2
text
9223372036854775807
9223372036854775808
-99999999999999999999999
1.9223372036854775808
+0000000000000000000000000012
`;
const LEVELS = 'info\nWARNING\nError2\n13\nfatal\ncritical\n404\n17.0\n\ntrace4\nerr3\n-1\n';
const severity = { type: 'severity_parser', parse_from: 'body' };
const ids = `{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","trace_flags":"01","t":"5b8e"}
{"trace_id":"zz","span_id":"eee1"}
{"span_id":"EEE19B7EC3C1B174FF","trace_flags":255}
{"x":1}
`;
const toBody = { type: 'json_parser', parse_to: 'body' };

/** Cases of the parsers of times, severities, traces and scopes. */
export const RECORD_CASES: readonly StanzaCase[] = [
  ...times(
    'strptime',
    [
      '%Y-%m-%dT%H:%M:%SZ',
      '%Y-%m-%dT%H:%M:%S.%LZ',
      '%Y-%m-%dT%H:%M:%S%z',
      '%Y-%m-%dT%H:%M:%S%j',
      '%F %T',
      '%y-%m-%d %H:%M:%S',
      '%Y-%m-%d',
      '%Y-%m-%d %R:%S',
    ],
    ISO,
  ),
  ...times('strptime', ['%F %T'], ISO, { location: 'America/New_York' }),
  ...times('strptime', ['%F %T'], ISO, { location: 'Europe/Berlin' }),
  ...times(
    'strptime',
    [
      '%a %b %e %H:%M:%S %Y',
      '%c',
      '%A, %B %d, %Y %I:%M:%S %p %Z',
      '%b %d %H:%M:%S',
      '%b %e %H:%M:%S.%f',
      '%D %r',
      '%x %I:%M:%S %p',
      '%d/%b/%Y:%H:%M:%S %z',
      '%a, %d %b %Y %H:%M:%S %Z',
    ],
    NAMES,
  ),
  ...times('strptime', ['%a, %d %b %Y %H:%M:%S %Z'], NAMES, { time_zone_locations: { XYZ: 'Asia/Tokyo' } }),
  ...times(
    'gotime',
    [
      '2006-01-02T15:04:05Z07:00',
      '2006-01-02T15:04:05.999999999Z07:00',
      '2006-01-02 15:04:05',
      '2006-1-2 15:4:5',
      '06-01-02 15:04:05',
      '2006-01-02T15:04:05.000Z',
      '2006-01-02',
    ],
    ISO,
  ),
  ...times(
    'gotime',
    [
      'Mon Jan _2 15:04:05 2006',
      'Monday, January 2, 2006 3:04:05 PM MST',
      'Jan 2 15:04:05',
      '01/02/2006 03:04:05 PM',
      '1/2/06 3:04:05 pm',
      '02/Jan/2006:15:04:05 -0700',
      'Mon, 02 Jan 2006 15:04:05 MST',
    ],
    NAMES,
  ),
  ...times('gotime', ['Jan 2 15:04:05'], NAMES, { location: 'Asia/Kolkata' }),
  ...times('epoch', ['s', 'ms', 'us', 'ns', 's.ms', 's.us', 's.ns'], EPOCHS),
  ...each('time of numbers', '{"i":1772600767,"f":1772600767.25,"few":99.25,"b":true}\n', {
    seconds: [toBody, { type: 'time_parser', parse_from: 'body.f', layout_type: 'epoch', layout: 's' }],
    'seconds and milliseconds': [
      toBody,
      { type: 'time_parser', parse_from: 'body.f', layout_type: 'epoch', layout: 's.ms' },
    ],
    'few seconds and microseconds': [
      toBody,
      { type: 'time_parser', parse_from: 'body.few', layout_type: 'epoch', layout: 's.us' },
    ],
    'few seconds and nanoseconds': [
      toBody,
      { type: 'time_parser', parse_from: 'body.few', layout_type: 'epoch', layout: 's.ns' },
    ],
    'seconds and nanoseconds': [
      toBody,
      { type: 'time_parser', parse_from: 'body.f', layout_type: 'epoch', layout: 's.ns' },
    ],
    integers: [
      { ...toBody, parse_ints: true },
      { type: 'time_parser', parse_from: 'body.i', layout_type: 'epoch', layout: 's.us' },
    ],
    boolean: [toBody, { type: 'time_parser', parse_from: 'body.b', layout_type: 'epoch', layout: 's' }],
    text: [toBody, { type: 'time_parser', parse_from: 'body.i', layout: '%Y' }],
    missing: [toBody, { type: 'time_parser', parse_from: 'body.none', layout: '%Y', on_error: 'drop' }],
  }),
  ...each('severity', LEVELS, {
    default: [severity],
    otel: [{ ...severity, preset: 'otel' }],
    none: [{ ...severity, preset: 'none' }],
    overwrite: [{ ...severity, overwrite_text: true }],
    mapping: [{ ...severity, mapping: { error: ['critical', '4xx'], WARN3: 'info', debug: { min: 10, max: 14 } } }],
    'unknown name': [{ ...severity, mapping: { nothing: 'info' } }],
  }),
  ...each('trace', ids, {
    body: [toBody, { type: 'trace_parser' }],
    fields: [
      toBody,
      { type: 'trace_parser', trace_id: { parse_from: 'body.t' }, span_id: { parse_from: 'body.none' } },
    ],
    'in a parser': [{ ...toBody, trace: { trace_flags: { parse_from: 'body.x' } } }],
    drop: [toBody, { type: 'trace_parser', on_error: 'drop' }],
  }),
  ...each('scope', 'lib.a\nlib.b\nlib.a\n', { body: [{ type: 'scope_name_parser', parse_from: 'body' }] }),
];
