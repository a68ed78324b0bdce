import { DiagConsoleLogger, type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { Variables } from './variables.ts';

/** From which level on the library says what is wrong. */
export function logLevelFrom(variables: Variables): DiagLogLevel {
  const name = variables.choice('OTEL_LOG_LEVEL', Object.keys(LEVELS) as (keyof typeof LEVELS)[]);
  return LEVELS[name ?? 'info'];
}

/** Lets the OpenTelemetry API hand on what libraries say of themselves, to the console unless told otherwise. */
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
