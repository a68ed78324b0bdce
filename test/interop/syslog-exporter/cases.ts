/** A log record and the options of the exporter that sends it. */
export interface SyslogCase {
  readonly name: string;
  readonly config: { readonly protocol: 'rfc5424' | 'rfc3164'; readonly enable_octet_counting?: boolean };
  readonly logs: unknown;
}

type AnyValue = Readonly<Record<string, unknown>>;

const text = (stringValue: string): AnyValue => ({ stringValue });
const integer = (intValue: number): AnyValue => ({ intValue: String(intValue) });
const map = (values: Readonly<Record<string, AnyValue>>): AnyValue => ({
  kvlistValue: { values: Object.entries(values).map(([key, value]) => ({ key, value })) },
});

const HEADER = {
  appname: text('SecureAuth0'),
  hostname: text('192.168.2.132'),
  msg_id: text('ID52020'),
  priority: integer(86),
  proc_id: text('23108'),
  version: integer(1),
};
const MESSAGE = { message: text("Found the user for retrieving user's profile") };
const DATA = {
  structured_data: map({ 'SecureAuth@27389': map({ UserHostAddress: text('192.168.2.132') }) }),
};

const RECORDS: Readonly<Record<string, Readonly<Record<string, AnyValue>>>> = {
  nothing: {},
  message: MESSAGE,
  'empty message': { message: text('') },
  header: HEADER,
  'header and message': { ...HEADER, ...MESSAGE },
  'structured data': { ...HEADER, ...DATA, ...MESSAGE },
  'structured data without a message': { ...HEADER, ...DATA },
  'no parameters': { structured_data: map({ id: map({}) }), ...MESSAGE },
  'no elements': { structured_data: map({}), ...MESSAGE },
  'structured data that is a text': { structured_data: text('x'), ...MESSAGE },
  'parameters that are no texts': {
    structured_data: map({ id: map({ n: integer(5) }), other: text('x') }),
    ...MESSAGE,
  },
  'quotes and backslashes': { structured_data: map({ id: map({ v: text('a "b" \\ c') }) }), ...MESSAGE },
  'control characters': { structured_data: map({ id: map({ v: text('tab\tnul\0del\x7f') }) }), ...MESSAGE },
  'letters of any language': { structured_data: map({ id: map({ v: text('größe 大') }) }), message: text('größe 大') },
  'other types': { priority: text('34'), version: text('2'), proc_id: integer(7), message: integer(5) },
  'a message of spaces': { message: text('  indented ') },
  'a message that is a map': { message: map({ a: integer(1) }) },
  'only an application': { appname: text('su') },
  'application and message': { appname: text('su'), ...MESSAGE },
  'further attributes': { ...MESSAGE, 'http.method': text('GET') },
};

const TIMES = ['1438811939693012000', '1065903255003000000', '0', '1700000000999999999', '1704067200000000001'];
const CONFIGS = [
  { protocol: 'rfc5424' },
  { protocol: 'rfc3164' },
  { protocol: 'rfc5424', enable_octet_counting: true },
] as const;

function logsOf(attributes: Readonly<Record<string, AnyValue>>, timeUnixNano: string): unknown {
  const record = { timeUnixNano, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })) };
  return { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
}

/** All cases. */
export const CASES: readonly SyslogCase[] = CONFIGS.flatMap((config): SyslogCase[] => [
  ...Object.entries(RECORDS).map(([name, attributes]) => ({
    name: `${JSON.stringify(config)} ${name}`,
    config,
    logs: logsOf(attributes, TIMES[0] ?? '0'),
  })),
  ...TIMES.map((time) => ({
    name: `${JSON.stringify(config)} at ${time}`,
    config,
    logs: logsOf(MESSAGE, time),
  })),
]);
