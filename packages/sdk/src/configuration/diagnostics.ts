import { DiagConsoleLogger, type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { Variables } from './variables.ts';

/** Returns the minimum level of the library's diagnostics. */
export function logLevelFrom(variables: Variables): DiagLogLevel {
  const name = variables.choice('OTEL_LOG_LEVEL', Object.keys(LEVELS) as (keyof typeof LEVELS)[]);
  return LEVELS[name ?? 'info'];
}

/** Sets the logger for OpenTelemetry API diagnostics. Default: the console. */
export function listenTo(logLevel: DiagLogLevel, logger: DiagLogger = new DiagConsoleLogger()): void {
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
}

const LEVELS = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
} as const;
