import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startSink } from '../../../../packages/sdk/src/sink.testing.ts';
import { NODE } from '../../gateway.ts';
import { runToEnd } from '../../processes.ts';
import { LIBRARIES } from './install.ts';

/** Runs a program with `--import @otelier/sdk/register` beside the libraries, and returns the names of its spans. */
export async function namesWithoutCode(
  t: TestContext,
  source: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const sink = await startSink(t);
  const command = [NODE, '--import', import.meta.resolve('@otelier/sdk/register'), '--input-type=module', '-e', source];
  const { code, stderr } = await runToEnd(
    command,
    { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...environment },
    LIBRARIES,
  );
  assert.equal(code, 0, stderr);
  return sink.spans().map(({ name }) => name);
}
