import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import type { ComponentBench } from '@otelier/testkit/component-bench';

/** A received log record: body and attributes as plain values. */
export interface ReceivedRecord {
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly severityNumber: number | undefined;
}

interface RecordJson {
  readonly body?: Readonly<Record<string, unknown>>;
  readonly severityNumber?: number;
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** Returns the log records that have reached the end of the pipeline. */
export function recordsOf(bench: ComponentBench): ReceivedRecord[] {
  return bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      const { resourceLogs } = JSON.parse(requestToJson('logs', part)) as {
        readonly resourceLogs: readonly {
          readonly scopeLogs: readonly { readonly logRecords: readonly RecordJson[] }[];
        }[];
      };
      return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords.map(plain)));
    }),
  );
}

/** Waits for a number of log records. */
export async function waitForRecords(bench: ComponentBench, count: number): Promise<ReceivedRecord[]> {
  for (let tries = 0; recordsOf(bench).length < count; tries++) {
    assert.ok(tries < 500, `expected ${count} log records, got ${recordsOf(bench).length}`);
    await sleep(20);
  }
  return recordsOf(bench);
}

/** Returns the port on which the tested receiver listens. */
export function portOf(bench: ComponentBench): number {
  const address = bench.service.host.endpoints().find(({ component }) => component === 'tested')?.address ?? '';
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function plain({ body, attributes = [], severityNumber }: RecordJson): ReceivedRecord {
  return {
    body: Object.values(body ?? {})[0],
    severityNumber,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  };
}
