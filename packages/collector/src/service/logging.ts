import { destination, type Logger, pino } from 'pino';
import { type SamplingOptions, samplingHooks } from './log-sampling.ts';

/** Options for a logger: a subset of `service.telemetry.logs`. */
export interface LoggingOptions {
  readonly level: string;
  /** Format of log lines: `console` for people, `json` for programs. */
  readonly encoding: 'console' | 'json';
  readonly initialFields?: Readonly<Record<string, unknown>>;
  /** `stderr`, `stdout` or paths of files. Default `stderr`, because commands print their results to standard output. */
  readonly outputPaths?: readonly string[];
  readonly sampling?: (SamplingOptions & { readonly enabled: boolean }) | undefined;
}

/** Where a logger writes, instead of its `outputPaths`. */
interface LogOutput {
  write(line: string): void;
}

/** Creates the process logger. `onLine` gets each line as JSON as well. Throws if a file cannot be opened. */
export function createLogger(
  { level, encoding, initialFields = {}, outputPaths = ['stderr'], sampling }: LoggingOptions,
  output: LogOutput = openOutput(outputPaths),
  onLine?: (line: string) => void,
): Logger {
  const write = (line: string) => {
    output.write(encoding === 'json' ? line : formatForConsole(line));
    onLine?.(line);
  };
  const hooks = sampling?.enabled ? { hooks: samplingHooks(sampling) } : {};
  return pino({ level, base: initialFields, timestamp: pino.stdTimeFunctions.isoTime, ...hooks }, { write });
}

function openOutput(paths: readonly string[]): LogOutput {
  const streams = paths.map((path) => {
    if (path === 'stderr' || path === 'stdout') return destination({ fd: path === 'stdout' ? 1 : 2, sync: true });
    return destination({ dest: path, sync: true, append: true });
  });
  return {
    write(line) {
      for (const stream of streams) stream.write(line);
    },
  };
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
