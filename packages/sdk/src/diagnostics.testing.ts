import type { TestContext } from 'node:test';
import { DiagLogLevel, diag } from '@opentelemetry/api';

/** The warnings and errors that the library says through the API during the test. */
export function listenToDiagnostics(t: TestContext): readonly string[] {
  const said: string[] = [];
  const keep = (message: string) => said.push(message);
  const logger = { error: keep, warn: keep, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  t.after(() => diag.disable());
  return said;
}
