import { Buffer } from 'node:buffer';
import {
  bounded,
  type FunctionEntry,
  type Functions,
  formatTime,
  Int,
  isMap,
  isTime,
  knownZone,
  parseTime,
  TemplateError,
  textArgument,
  toFloat,
  type Value,
} from '@otelier/query/go-template';
import { humanizeDuration } from '../../rules/humanize.ts';
import { TEXT_FUNCTIONS, textFunction } from '../../text-functions.ts';
import { SafeText } from './html.ts';
import { durationValue, secondsOf, timeValue, zonedTime } from './values.ts';

/** Functions of Alertmanager's templates that do not depend on the execution (its "Notification template reference"). */
export const NOTIFICATION_FUNCTIONS: Functions = new Map<string, FunctionEntry>([
  ...TEXT_FUNCTIONS,
  ['title', [1, textFunction(titleCase)]],
  ['trimSpace', [1, textFunction((value) => value.trim())]],
  ['join', [2, (separator, list) => bounded(textsOf(list).join(textArgument(separator)))]],
  ['safeHtml', [1, (value) => new SafeText('html', textArgument(value))]],
  ['safeUrl', [1, (value) => new SafeText('url', textArgument(value))]],
  ['urlUnescape', [1, textFunction(unescapeQuery)]],
  ['stringSlice', [-1, (...values) => values.map(textArgument)]],
  ['date', [2, (layout, time) => formatTime(timeOf(time), textArgument(layout))]],
  ['tz', [2, (name, time) => inZone(textArgument(name), time)]],
  ['humanizeDuration', [1, (value) => humanizeDuration(secondsOf(value) ?? toFloat(value))]],
  ['toDate', [2, (layout, value) => dateOf(layout, value) ?? timeValue(undefined)]],
  ['mustToDate', [2, mustToDate]],
  ['toJson', [1, (value) => bounded(toJson(value))]],
  [
    'base64encode',
    [1, textFunction((value) => Buffer.from(value).toString('base64').replaceAll('+', '-').replaceAll('/', '_'))],
  ],
  ['base64decode', [1, textFunction((value) => Buffer.from(value, 'base64url').toString())]],
  ['list', [-1, (...values) => values]],
  ['append', [-1, (list, ...values) => [...(Array.isArray(list) ? (list as readonly Value[]) : []), ...values]]],
  ['dict', [-1, dict]],
]);

/** Names of the functions that each execution provides. */
export const EXECUTION_FUNCTIONS = ['now', 'since', 'routeLabels'];

/** Returns the functions that depend on the time and on the labels of the route. */
export function executionFunctions(nowMillis: number, routeLabels: Readonly<Record<string, string>>): Functions {
  return new Map<string, FunctionEntry>([
    ['now', [0, () => timeValue(nowMillis)]],
    ['since', [1, (time) => durationValue(nowMillis / 1000 - Number(timeOf(time).nanos) / 1e9)]],
    ['routeLabels', [1, (name) => routeLabels[textArgument(name)] ?? '']],
  ]);
}

function textsOf(value: Value): readonly string[] {
  if (Array.isArray(value)) return value.map(textArgument);
  throw new TemplateError('wrong type for value; expected []string');
}

function titleCase(value: string): string {
  return value
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{N}'’_])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase());
}

function unescapeQuery(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch (error) {
    throw new TemplateError(`invalid URL escape in ${JSON.stringify(value)}`, { cause: error });
  }
}

function timeOf(value: Value) {
  if (isTime(value)) return value.time;
  throw new TemplateError('wrong type for value; expected time.Time');
}

function inZone(name: string, value: Value): Value {
  const { nanos } = timeOf(value);
  if (name === '' || name === 'UTC') return zonedTime(nanos, 'UTC');
  const zone = knownZone(name);
  if (zone === 'UTC' && !/^(?:Etc\/)?(?:UTC|UCT|Universal|Zulu|GMT)/.test(name) && name !== 'Local') {
    throw new TemplateError(`unknown time zone ${name}`);
  }
  return zonedTime(nanos, zone);
}

function dateOf(layout: Value, value: Value): Value | undefined {
  const time = parseTime(textArgument(layout), textArgument(value), 'UTC');
  return time === undefined ? undefined : zonedTime(time.nanos, time.zone);
}

function mustToDate(layout: Value, value: Value): Value {
  const time = dateOf(layout, value);
  if (time === undefined) throw new TemplateError(`cannot parse ${JSON.stringify(value)} as ${JSON.stringify(layout)}`);
  return time;
}

function dict(...values: readonly Value[]): Value {
  if (values.length % 2 !== 0) throw new TemplateError('dict requires an even number of arguments');
  const map = new Map<string, Value>();
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at];
    if (typeof key !== 'string') throw new TemplateError('dict keys must be strings');
    map.set(key, values[at + 1]);
  }
  return map;
}

/** Names in JSON of the fields of the data. */
const JSON_NAMES: Readonly<Record<string, string>> = {
  ...{ Receiver: 'receiver', Status: 'status', Alerts: 'alerts', NotificationReason: 'notification_reason' },
  ...{ GroupLabels: 'groupLabels', CommonLabels: 'commonLabels', CommonAnnotations: 'commonAnnotations' },
  ...{ RouteLabels: 'routeLabels', ExternalURL: 'externalURL', Labels: 'labels', Annotations: 'annotations' },
  ...{ StartsAt: 'startsAt', EndsAt: 'endsAt', GeneratorURL: 'generatorURL', Fingerprint: 'fingerprint' },
};

/** Formats a value as Go's JSON, which escapes the characters of HTML. */
function toJson(value: Value): string {
  return JSON.stringify(jsonOf(value)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function jsonOf(value: Value): unknown {
  if (value === undefined) return null;
  if (value instanceof Int) return Number(value.value);
  if (value instanceof SafeText) return value.text;
  if (isTime(value)) return formatTime(value.time, '2006-01-02T15:04:05.999999999Z07:00');
  if (Array.isArray(value)) return (value as readonly Value[]).map(jsonOf);
  if (!isMap(value)) return value;
  const isRecord = value.has('Status') || value.has('Name');
  return Object.fromEntries(
    [...value].map(([name, inner]) => [isRecord ? (JSON_NAMES[name] ?? name) : name, jsonOf(inner)]),
  );
}
