import type { TestContext } from 'node:test';
import { DiagLogLevel, diag } from '@opentelemetry/api';

/** Collects the warnings and errors that the library reports through the API during a test. */
export function listenToDiagnostics(t: TestContext): readonly string[] {
  const warnings: string[] = [];
  const keep = (message: string) => warnings.push(message);
  const logger = { error: keep, warn: keep, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  t.after(() => diag.disable());
  return warnings;
}
