import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalText, optional, text } from '../../compile/parameters.ts';
import { EvaluationError, type Value, type ValueMap } from '../../values/value.ts';
import { parseExtendedLog } from './extended-log.ts';

/** Converters for log formats, which are available only in log statements. */
export const LOG_FORMATS: readonly FunctionDefinition[] = [
  parser('ParseCEF', parseCef),
  parser('ParseELF', parseExtendedLog),
  parser('ParseLEEF', parseLeef),
  defineFunction('ParseCLF', { target: text(), format: optional(literalText()) }, ({ target, format = 'clf' }) => {
    if (format !== 'clf' && format !== 'combined')
      throw new EvaluationError(`expected the format "clf" or "combined", got "${format}"`);
    return (subject) => parseClf(nonEmpty(target(subject)), format === 'combined');
  }),
];

function parser(name: string, parse: (line: string) => ValueMap): FunctionDefinition {
  return defineFunction(
    name,
    { target: text() },
    ({ target }) =>
      (subject) =>
        parse(nonEmpty(target(subject))),
  );
}

function nonEmpty(line: string): string {
  if (line === '') throw new EvaluationError('expected a log line, got an empty string');
  return line;
}

const CEF_FIELDS = ['device_vendor', 'device_product', 'device_version', 'device_event_class_id', 'name', 'severity'];

/** Parses the Common Event Format. A syslog header before `CEF:` is ignored. */
function parseCef(line: string): ValueMap {
  const start = line.indexOf('CEF:');
  const fields = start < 0 ? [] : splitHeader(line.slice(start + 4), CEF_FIELDS.length + 1);
  const [version = '', ...header] = fields;
  if (header.length !== CEF_FIELDS.length + 1 || !/^\d+$/.test(version))
    throw new EvaluationError('expected CEF: with a version and six header fields');
  const result: ValueMap = new Map([['cef.version', version]]);
  for (const [index, name] of CEF_FIELDS.entries())
    result.set(`cef.${name}`, (header[index] ?? '').replace(/\\([|\\])/g, '$1'));
  result.set('cef.extensions', parseExtensions(header.at(-1) ?? ''));
  return result;
}

/** Splits at the first `count` unescaped pipes. The rest is not split. */
function splitHeader(text: string, count: number): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && fields.length < count; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '|') {
      fields.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...fields, text.slice(start)];
}

const EXTENSION_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '=': '=', n: '\n', r: '\r' };

/** Parses `key=value` pairs. A value extends to the next key, so it can contain spaces. */
function parseExtensions(text: string): ValueMap {
  const result: ValueMap = new Map();
  const keys = [...text.matchAll(/(?:^|\s)([A-Za-z0-9_.[\]-]+)=/g)];
  for (const [index, match] of keys.entries()) {
    const start = match.index + match[0].length;
    const value = text.slice(start, keys[index + 1]?.index ?? text.length).trimEnd();
    result.set(
      match[1] ?? '',
      value.replace(/\\(.)/gs, (whole, character: string) => EXTENSION_ESCAPES[character] ?? whole),
    );
  }
  return result;
}

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const CLF = new RegExp(
  `^(\\S+) (\\S+) (\\S+) \\[([^\\]]*)\\] ${QUOTED} (\\d{3}) (\\d+|-)(?: ${QUOTED} ${QUOTED})?\\s*$`,
);

/** Parses the Common Log Format, or the Combined Log Format with referer and user agent. */
function parseClf(line: string, isCombined: boolean): ValueMap {
  const match = CLF.exec(line);
  const [, host, rfc931, user, timestamp, request, status, bytes, referer, agent] = match ?? [];
  if (match === null || (referer !== undefined) !== isCombined)
    throw new EvaluationError(`expected a line of the ${isCombined ? 'Combined' : 'Common'} Log Format`);
  const requestLine = unescapeText(request ?? '');
  const [, method, uri, protocol] = /^(\S+) (\S+) (\S+)$/.exec(requestLine) ?? [];
  const entries: [string, Value][] = [
    ['clf.remote_host', host],
    ['clf.rfc931', rfc931],
    ['clf.auth_user', user],
    ['clf.timestamp', timestamp],
    ['clf.request', requestLine],
    ['clf.method', method],
    ['clf.request_uri', uri],
    ['clf.protocol', protocol],
    ['clf.status', BigInt(status ?? 0)],
    ['clf.bytes', bytes === '-' ? undefined : BigInt(bytes ?? 0)],
    ['clf.referer', referer === undefined ? undefined : unescapeText(referer)],
    ['clf.user_agent', agent === undefined ? undefined : unescapeText(agent)],
  ];
  return new Map(entries.filter(([, value]) => value !== undefined));
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v' };

function unescapeText(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex?: string, character = '') =>
    hex === undefined ? (CONTROL_ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const LEEF_FIELDS = ['version', 'vendor', 'product.name', 'product.version', 'event.id'];

/** Parses the Log Event Extended Format 1.0 or 2.0. A syslog header before `LEEF:` is ignored. */
function parseLeef(line: string): ValueMap {
  const start = line.indexOf('LEEF:');
  const fields = start < 0 ? [] : line.slice(start + 5).split('|');
  const [version = ''] = fields;
  if (fields.length < LEEF_FIELDS.length + 1 || !/^[12]\.0$/.test(version))
    throw new EvaluationError('expected LEEF: with the version 1.0 or 2.0 and four header fields');
  const result: ValueMap = new Map();
  for (const [index, name] of LEEF_FIELDS.entries()) result.set(`leef.${name}`, fields[index] ?? '');
  const rest = fields.slice(LEEF_FIELDS.length);
  const hasDelimiter = version === '2.0' && rest.length > 1 && !(rest[0] ?? '').includes('=');
  const delimiter = hasDelimiter ? leefDelimiter(rest[0] ?? '') : '\t';
  result.set('leef.attributes', leefAttributes((hasDelimiter ? rest.slice(1) : rest).join('|'), delimiter));
  return result;
}

function leefDelimiter(field: string): string {
  if (field === '') return '\t';
  const hex = /^0?x([0-9a-fA-F]{1,2})$/.exec(field)?.[1];
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if ([...field].length === 1) return field;
  throw new EvaluationError(`expected one character as delimiter, got "${field}"`);
}

/** Parses LEEF attributes. Pairs without a key or `=` are skipped. The last value of a duplicate key wins. */
function leefAttributes(text: string, delimiter: string): ValueMap {
  const result: ValueMap = new Map();
  for (const pair of text.split(delimiter)) {
    const at = pair.indexOf('=');
    if (at > 0) result.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return result;
}
