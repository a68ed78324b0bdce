import { setTimeout } from 'node:timers/promises';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { datadog } from '../../../packages/collector/src/receivers/datadog.ts';
import { portOf } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import type { Comparison } from '../check.ts';
import { LOGS, POINTS } from './programs.ts';
import { compareSpans, receivedLogs, receivedPoints, receivedSpans } from './received.ts';
import { installLibraries, PROTOCOLS, runApiClient, runTracer } from './run-programs.ts';

/** Sends with Datadog's tracer and API client for Node.js, and compares what arrives. */
export async function compareDatadogClients(): Promise<Comparison> {
  await installLibraries();
  const mismatches: string[] = [];
  let compared = 0;
  for (const protocol of PROTOCOLS) {
    const bench = await startReceiver();
    const sent = await runTracer(portOf(bench), protocol);
    // The tracer ends when it has flushed.
    for (let tries = 0; receivedSpans(bench).length < sent.length && tries < 100; tries++) await setTimeout(50);
    mismatches.push(...compareSpans(sent, receivedSpans(bench)).map((text) => `version ${protocol}: ${text}`));
    compared += sent.length;
    await bench.close();
  }
  const bench = await startReceiver();
  await runApiClient(portOf(bench));
  const counts = [receivedPoints(bench).length, receivedLogs(bench).length];
  const expected = [2 * POINTS + 1, LOGS];
  if (String(counts) !== String(expected)) mismatches.push(`expected ${expected} points and logs, got ${counts}`);
  await bench.close();
  return { compared: compared + 2 * POINTS + 1 + LOGS, mismatches };
}

async function startReceiver() {
  const bench = await createComponentBench(datadog, { clock: systemClock, config: { endpoint: '127.0.0.1:0' } });
  await bench.start();
  return bench;
}
