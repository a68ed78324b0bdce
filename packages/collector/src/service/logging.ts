import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** Options for a logger: a subset of `service.telemetry.logs`. */
export interface LoggingOptions {
  readonly level: string;
  /** Format of log lines: `console` for people, `json` for programs. */
  readonly encoding: 'console' | 'json';
  readonly initialFields?: Readonly<Record<string, unknown>>;
}

/** Creates the process logger. It writes to standard error, because commands print their results to standard output. */
export function createLogger(
  { level, encoding, initialFields = {} }: LoggingOptions,
  output: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  const stream = encoding === 'json' ? output : { write: (line: string) => output.write(formatForConsole(line)) };
  return pino({ level, base: initialFields, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/** Formats a JSON log line for the console: `12:30:05.123 WARN  otlp_grpc  export failed, retrying reason="…"`. */
function formatForConsole(line: string): string {
  const { level, time, msg, component, kind: _, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const name = (pino.levels.labels[Number(level)] ?? '').toUpperCase().padEnd(5);
  const source = component === undefined ? '' : `${component}  `;
  const data = Object.entries(fields).map(([key, value]) => ` ${key}=${formatValue(value)}`);
  const stack = (err as { stack?: string } | undefined)?.stack;
  return `${clock} ${name} ${source}${msg ?? ''}${data.join('')}\n${stack === undefined ? '' : `${stack}\n`}`;
}

function formatValue(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
