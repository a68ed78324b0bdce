/** Records the requests of Datadog's client libraries, which `npm test` replays: `node test/interop/datadog/record.ts`. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type RecordedHttpRequest, startRecordingHttpServer } from '@otelier/testkit';
import { RECORDS, type RecordedProgram, type RecordedRequest } from './records.ts';
import { installLibraries, PROTOCOLS, runApiClient, runTracer } from './run-programs.ts';

const ENDPOINTS = ['/v0.4/traces', '/v0.5/traces', '/v0.6/stats'];
const HEADERS = /^content-type$|^datadog-|^x-datadog/;

await installLibraries();
const programs: RecordedProgram[] = [];
for (const protocol of PROTOCOLS) {
  const { requests, result } = await recorded((port) => runTracer(port, protocol));
  programs.push({ name: `dd-trace, version ${protocol}`, requests, sent: result });
}
const api = await recorded(runApiClient);
programs.push({ name: 'datadog-api-client', requests: api.requests, sent: [] });
writeFileSync(RECORDS, gzipSync(JSON.stringify(programs), { level: 9 }));
for (const { name, requests } of programs)
  process.stdout.write(`${name}: ${requests.map(({ method, url }) => `${method} ${url}`).join(', ')}\n`);

async function recorded<T>(run: (port: number) => Promise<T>) {
  const server = await startRecordingHttpServer(({ url }) =>
    url === '/info'
      ? { body: JSON.stringify({ version: '7.70.0', endpoints: ENDPOINTS, client_drop_p0s: false, span_events: true }) }
      : { status: url.startsWith('/api') ? 202 : 200, headers: { 'content-type': 'application/json' }, body: '{}' },
  );
  try {
    const result = await run(Number(new URL(server.url).port));
    return { requests: server.requests.map(withoutDetails), result };
  } finally {
    await server.close();
  }
}

function withoutDetails({ method, url, headers, body }: RecordedHttpRequest): RecordedRequest {
  const kept = Object.entries(headers).filter(([name]) => HEADERS.test(name) && name !== 'dd-api-key');
  return { method, url, headers: Object.fromEntries(kept) as Record<string, string>, body: body.toString('base64') };
}
