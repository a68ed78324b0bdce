import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { startExportSink } from './sdk-conformance/export-sink.ts';
import { type MetricPoint, metricPoints } from './sdk-instrumentations/metric-points.ts';
import { outline, type SpanTree, spanTrees } from './sdk-instrumentations/span-trees.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'sdk-instrumentations', 'http-program.ts');

test('the official instrumentations of http and undici create the same spans and metrics on the light SDK', async (t) => {
  const [official, light] = await Promise.all([runProgram(t, 'official'), runProgram(t, 'light')]);
  assert.deepEqual(light, official);
  assert.deepEqual(outline(light.spans), EXPECTED.split('\n'));
  assert.deepEqual([...new Set(light.points.map(({ name }) => name))].toSorted(), [
    'http.client.request.duration',
    'http.server.request.duration',
  ]);
});

/** Spelled out, so that the comparison cannot succeed with two empty results. */
const EXPECTED = `GET client 200
  GET server 200
POST client 200
  POST server 200
GET client 404
  GET server 404
PUT client 500
  PUT server 500
GET client Error
  GET server 200
GET client 200
GET client 200
  GET server 200
    work internal
      GET client 200
        GET server 200
GET client 200
  GET server 200
POST client 200
  POST server 200
GET client 404
  GET server 404
GET client UND_ERR_SOCKET
  GET server 200
both internal
  GET client 200
    GET server 200
      work internal
        GET client 200
          GET server 200
  GET client 200
    GET server 200
      work internal
        GET client 200
          GET server 200
GET client Error
GET client ECONNREFUSED`;

/** The telemetry exported by a program. */
interface Exported {
  readonly spans: readonly SpanTree[];
  readonly points: readonly MetricPoint[];
}

async function runProgram(t: TestContext, sdk: string): Promise<Exported> {
  const sink = await startExportSink(t);
  await run(process.execPath, [PROGRAM, sdk, sink.url]);
  return { spans: spanTrees(sink.requests()), points: metricPoints(sink.requests()) };
}
