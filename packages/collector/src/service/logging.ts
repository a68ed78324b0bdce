import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** How the process logs, as `service.telemetry.logs` says. */
export interface LoggingOptions {
  readonly level: string;
  /** `console` for people, `json` for programs. */
  readonly encoding: 'console' | 'json';
  readonly initialFields?: Readonly<Record<string, unknown>>;
}

/** Makes the process's logger. Lines go to standard error: standard output belongs to what commands print. */
export function createLogger(
  { level, encoding, initialFields = {} }: LoggingOptions,
  output: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  const stream = encoding === 'json' ? output : { write: (line: string) => output.write(forPeople(line)) };
  return pino({ level, base: initialFields, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/** One line as people read it: `12:30:05.123 WARN  otlp_grpc  Sending fails and is being repeated. reason="…"`. */
function forPeople(line: string): string {
  const { level, time, msg, component, kind: _, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const name = (pino.levels.labels[Number(level)] ?? '').toUpperCase().padEnd(5);
  const who = component === undefined ? '' : `${component}  `;
  const data = Object.entries(fields).map(([key, value]) => ` ${key}=${plain(value)}`);
  const stack = (err as { stack?: string } | undefined)?.stack;
  return `${clock} ${name} ${who}${msg ?? ''}${data.join('')}\n${stack === undefined ? '' : `${stack}\n`}`;
}

function plain(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
