/** A log record's severity (OpenTelemetry logs data model, "SeverityNumber"). */
export interface Severity {
  readonly number: number;
  /** The level as written by the application. */
  readonly text: string;
}

/** The severity of lines on standard error that state no level, as assigned by container log drivers. */
export const STDERR_SEVERITY: Severity = { number: 17, text: 'ERROR' };
/** The severity of all other lines that state no level. */
export const DEFAULT_SEVERITY: Severity = { number: 9, text: 'INFO' };

/**
 * Returns the severity stated in a log line: in a JSON or logfmt field, in a klog or glog header, or as a level among
 * the first tokens. Returns `undefined` if there is none.
 */
export function statedSeverity(text: string): Severity | undefined {
  const start = text.trimStart();
  if (start.startsWith('{')) {
    const object = parseObject(start);
    if (object !== undefined) return severityOfFields(object);
  }
  const [first = '', second = ''] = start.slice(0, MAX_HEAD_CHARACTERS).split('\n', 2);
  const head = JUL_HEADING.test(first) ? second : first;
  const letter = (KLOG.exec(head) ?? RUBY.exec(head))?.[1];
  if (letter !== undefined) return { number: LETTERS[letter] ?? 9, text: letter };
  const logfmt = LOGFMT.exec(head)?.[1];
  return (logfmt === undefined ? undefined : severityOfName(logfmt)) ?? severityOfStart(head);
}

/** The first line of a `java.util.logging` record; the level and message are on the second line. */
export const JUL_HEADING = /^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d.[AP]M \S+/;

/** A level is among the first tokens of a line, or there is none. */
const MAX_HEAD_CHARACTERS = 200;
const MAX_HEAD_TOKENS = 10;

/** `E0102 15:04:05.678901       1 main.go:10] …` */
const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ /;
const RUBY = /^([DIWEF]), \[/;
const LETTERS: Readonly<Record<string, number>> = { D: 5, I: 9, W: 13, E: 17, F: 21 };
const LOGFMT = /(?:^|\s)(?:level|lvl|severity|loglevel)="?(\w+)/i;

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimEnd().endsWith('}')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Level field names in the JSON output of pino, bunyan, winston, zap, zerolog, slog, logrus, structlog, ECS, Serilog,
 * GELF.
 */
const LEVEL_FIELDS = ['level', 'severity', 'lvl', 'log.level', 'levelname', 'loglevel', 'logLevel', 'LogLevel', '@l'];
const TEXT_FIELDS = ['severityText', 'severity_text', 'SeverityText', 'Level', 'Severity', 'LEVEL'];
const NUMBER_FIELDS = ['severityNumber', 'severity_number', 'SeverityNumber'];

function severityOfFields(object: Readonly<Record<string, unknown>>): Severity | undefined {
  const own = (name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);
  for (const name of NUMBER_FIELDS) {
    const value = own(name);
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 24)
      return { number: value, text: nameOf(value) };
  }
  const { log } = object;
  const nested = typeof log === 'object' && log !== null && 'level' in log ? log.level : undefined;
  for (const value of [...LEVEL_FIELDS, ...TEXT_FIELDS].map(own).concat(nested)) {
    const severity = severityOfValue(value);
    if (severity !== undefined) return severity;
  }
  return undefined;
}

function severityOfValue(value: unknown): Severity | undefined {
  if (typeof value === 'string')
    return /^\d{1,2}$/.test(value) ? severityOfLevel(Number(value)) : severityOfName(value);
  return typeof value === 'number' ? severityOfLevel(value) : undefined;
}

/**
 * Converts a numeric level: of pino and bunyan (10 to 60), or below that of syslog (RFC 5424, 0 to 7), as used by GELF
 * and winston.
 */
function severityOfLevel(level: number): Severity | undefined {
  if (!Number.isFinite(level) || level < 0) return undefined;
  const number = level < 10 ? SYSLOG_LEVELS[Math.floor(level)] : 4 * Math.min(Math.floor(level / 10), 6) - 3;
  return number === undefined ? undefined : { number, text: nameOf(number) };
}

/** OpenTelemetry logs data model, appendix B. */
const SYSLOG_LEVELS = [21, 19, 18, 17, 13, 10, 9, 5];

function nameOf(number: number): string {
  return ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][Math.ceil(number / 4) - 1] ?? '';
}

const LEVEL_NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    1: 'trace trc trce finest finer silly',
    5: 'debug dbg dbug fine config verbose',
    9: 'info inf information informational log',
    10: 'notice',
    13: 'warn warning wrn',
    17: 'error err fail severe',
    18: 'crit',
    19: 'alert',
    21: 'fatal ftl critical emerg emergency panic',
  }).flatMap(([number, tokens]) => tokens.split(' ').map((token): [string, number] => [token, Number(number)])),
);

function severityOfName(token: string): Severity | undefined {
  const number = LEVEL_NAMES.get(token.trim().toLowerCase());
  return number === undefined ? undefined : { number, text: token.trim() };
}

/**
 * Returns the severity for a level among the first tokens of a line: `ERROR …`, `[error] …`,
 * `12:00:01 - app - ERROR - …`.
 */
function severityOfStart(head: string): Severity | undefined {
  const tokens = head.split(/[\s|]+/, MAX_HEAD_TOKENS);
  let place: Place = 'start';
  for (const token of tokens) {
    const severity = severityInToken(token, place);
    if (severity !== undefined) return severity;
    place = placeAfter(token, place);
  }
  return UNCAUGHT.test(head) ? STDERR_SEVERITY : undefined;
}

/**
 * What precedes a token: nothing but times, process IDs and bracketed names; a program name; a separator; or other
 * tokens.
 */
type Place = 'start' | 'program' | 'separator' | 'text' | 'textSeparator';

function placeAfter(token: string, place: Place): Place {
  const isText = place === 'text' || place === 'textSeparator';
  if (/^[-–—:]+$/.test(token)) return isText ? 'textSeparator' : 'separator';
  if (/^(?:npm|yarn|pnpm|PHP)$/.test(token)) return isText ? 'text' : 'program';
  return !isText && PREFIX_TOKEN.test(token) ? place : 'text';
}

const PREFIX_TOKEN = /^(?:[^A-Za-z]*|\[.*|.*\]|\(.*\)|<.*>|[\d:.,/-]+[TZ].*|[AP]M,?|UTC|GMT)$/;
const UNCAUGHT =
  /^(?:Uncaught |Unhandled |Exception in thread |Traceback \(most|PHP (?:Fatal|Parse) error: |(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)\b)/;

/**
 * Returns the severity if this token is a level. A lowercase token counts at the start, in brackets, before a colon or
 * after a program name; an uppercase token also counts after a separator.
 */
function severityInToken(token: string, place: Place): Severity | undefined {
  const early = place !== 'text' && place !== 'textSeparator';
  if (early && /^\w*Warning:$/.test(token)) return { number: 13, text: 'Warning' };
  const [, open, level, close] = LEVEL_TOKEN.exec(token) ?? [];
  if (level === undefined) return undefined;
  const isUpper = level === level.toUpperCase();
  const isMarked = open !== '' || (close !== '' && close !== ',');
  const isLevel = isMarked ? early || isUpper : isUpper ? place !== 'text' : place === 'program';
  return isLevel ? severityOfName(level) : undefined;
}

/** `ERROR`, `[error]`, `<info>`, `error:`, `ERROR:root:…`, `app.ERROR:` (Monolog), `INF]` (Serilog), `ERR!` (npm). */
const LEVEL_TOKEN = /^([[(<]?)(?:\w+\.(?=[A-Z]+:))?([A-Za-z]+)!?([\])>]?:?,?|\[\d*\]:?|:\w.*)$/;
