import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { startGateway, tempDirectory } from './gateway.ts';

/**
 * A preloaded script. On SIGUSR2, it opens files until no descriptors are left; on the next SIGUSR2, it closes them.
 */
const EXHAUST = `
import { closeSync, openSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
let taken;
if (isMainThread) process.on('SIGUSR2', () => {
  if (taken === undefined) {
    taken = [];
    try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch (error) { console.log('exhausted: ' + error.code); }
  } else {
    for (const fd of taken) closeSync(fd);
    taken = undefined;
    console.log('descriptors are free');
  }
});
`;

test('survives running out of file descriptors and recovers when some are free', async (context) => {
  const file = join(await tempDirectory(context), 'exhaust.mjs');
  await writeFile(file, EXHAUST);
  const shell = `ulimit -n 256; export NODE_OPTIONS=--import=${file}`;
  const gateway = await startGateway(context, { shell });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  context.after(async () => agent.destroy());
  const body = Buffer.concat(sampleBatch('traces', 20).parts);
  const send = () => request(agent, `${gateway.http}/v1/traces`, body);
  assert.equal(await send(), 200);
  const pipeline = () => request(agent, `${gateway.url}/api/v1/pipeline`);
  assert.equal(await pipeline(), 200);

  gateway.child.kill('SIGUSR2');
  while (!gateway.output().includes('exhausted: EMFILE')) await turn();
  // Takes as long as the timers that monitor the process, with requests on existing connections.
  for (let round = 0; round < 40; round++) {
    const status = await send();
    assert.ok([200, 429, 503].includes(status), `status ${status}`);
    assert.ok([200, 503].includes(await pipeline()));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(gateway.child.exitCode, null, gateway.output());
  const lines = gateway
    .output()
    .split('\n')
    .filter((line) => / (WARN|ERROR) /.test(line));
  assert.ok(lines.length <= 5, lines.join('\n'));

  gateway.child.kill('SIGUSR2');
  while (!gateway.output().includes('descriptors are free')) await turn();
  while ((await send()) !== 200) await turn();
  assert.equal(await pipeline(), 200);
  assert.equal(await gateway.stop(), 0);
});

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

function request(agent: http.Agent, url: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const sent = http.request(url, { agent, headers, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
