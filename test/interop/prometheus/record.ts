/**
 * Records responses of a real Prometheus for `recorded.test.ts`: `node test/interop/prometheus/record.ts [--peers DIR]`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { compress, decompress } from '@otelier/transport';
import { encodeV1 } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { FLOAT_HISTOGRAMS, REQUESTS, readRequest, SERIES } from './requests.ts';
import { startPrometheus, writeTo } from './servers.ts';

const { values: options } = parseArgs({ options: { peers: { type: 'string', default: join(tmpdir(), 'peers') } } });
const directory = await mkdtemp(join(tmpdir(), 'otelier-record-'));
const [port = 0] = await freePorts(1);
const server = await startPrometheus(join(options.peers, 'prometheus'), directory, port);
const url = `http://127.0.0.1:${port}/api/v1`;
try {
  await writeTo(`${url}/write`, encodeV1([...SERIES, FLOAT_HISTOGRAMS]), 1);
  const responses: Record<string, unknown> = {};
  for (const path of REQUESTS) {
    const response = await fetch(`${url}/${path}`);
    responses[path] = { status: response.status, body: bodyOf(await response.text()) };
  }
  const recorded = {
    responses,
    samples: await read([{ type: 3, name: '__name__', value: 'size' }], [0]),
    chunks: await read([{ type: 2, name: '__name__', value: 'http.*|temp.*' }], [1, 0]),
    histograms: await read([{ type: 0, name: '__name__', value: 'size' }], [1]),
  };
  const path = join(import.meta.dirname, 'recorded', 'responses.json');
  await writeFile(path, `${JSON.stringify(recorded, withoutMachine, 1).replaceAll(directory, '/prometheus')}\n`);
} finally {
  await server.stop();
  await rm(directory, { recursive: true });
}

function withoutMachine(key: string, value: unknown): unknown {
  return key === 'CWD' || key === 'hostname' ? '' : value;
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns the uncompressed body of the response to a remote read request. */
async function read(matchers: readonly object[], types: readonly number[]): Promise<string> {
  const body = await compress('snappy', [readRequest(matchers, types)]);
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  const response = await fetch(`${url}/read`, { method: 'POST', headers, body: new Uint8Array(body) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(Buffer.from(bytes).toString());
  if (response.headers.get('content-encoding') !== 'snappy') return Buffer.from(bytes).toString('base64');
  const result = await decompress('snappy', bytes, { maxBytes: 1 << 20 });
  if (result.kind !== 'ok') throw new Error(result.kind);
  return Buffer.from(result.body).toString('base64');
}
