import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity } from '@otelier/identity';
import { ACCEPTED } from '@otelier/otlp';
import { createHoldCommand, listHoldsCommand, releaseHoldCommand } from '../cli/compliance/hold-commands.ts';
import {
  eraseSubjectCommand,
  exportSubjectCommand,
  reportCommand,
  searchSubjectCommand,
  verifyErasureCommand,
} from '../cli/compliance/subject-commands.ts';
import { printed } from '../cli/otelier.testing.ts';
import { startGateway } from '../tenants/gateway.testing.ts';
import { pseudonymTerms } from './pseudonym-terms.ts';

test('a person is found, exported, held, erased and verified by commands, and reports tell it', async (t) => {
  const gateway = await startGateway(t);
  const identity = openIdentity({ directory: join(gateway.directory, 'identity'), now: Date.now });
  t.after(() => identity.close());
  const keyFor = (role: string) =>
    identity.keys.create({ name: role, role, tenant: '*', createdBy: 'test' }, Date.now());
  const admin = keyFor('admin').text;
  assert.deepEqual(await gateway.sendWith({ authorization: `Bearer ${keyFor('ingest').text}` }, 3), ACCEPTED);
  const run = async (command: Parameters<typeof printed>[0]) =>
    (await printed(command, { OTELIER_TOKEN: admin })).stdout;
  const options = { url: gateway.url, tenant: 'default', attribute: [], text: ['order 1'] };

  assert.match(await run((console) => searchSubjectCommand(options, console)), /^1 of 3 items, 0 of them held/);
  const exported = join(gateway.directory, 'person.jsonl');
  await run((console) => exportSubjectCommand({ ...options, output: exported }, console));
  assert.match(readFileSync(exported, 'utf8'), /^\{"resourceLogs":.*order 1 was placed.*\}\n$/);

  const held = { url: gateway.url, tenant: 'default', reason: 'case 7', attribute: [] };
  const hold = (await run((console) => createHoldCommand(held, console))).trim();
  assert.match(await run((console) => listHoldsCommand(held, console)), /case 7/);
  const dry = await run((console) => eraseSubjectCommand(options, console));
  assert.match(dry, /^1 of 3 items, 1 of them held[\s\S]*nothing was removed/);
  const acme = { ...held, tenant: 'acme' };
  const other = (await run((console) => createHoldCommand(acme, console))).trim();
  const refused = await gateway.request(
    '/api/v1/tenants/remove',
    { authorization: `Bearer ${admin}` },
    { tenant: 'acme' },
  );
  assert.equal(refused.status, 409);
  await run((console) => releaseHoldCommand(other, acme, console));
  const removal = await gateway.request(
    '/api/v1/tenants/remove',
    { authorization: `Bearer ${admin}` },
    { tenant: 'acme' },
  );
  assert.equal(removal.status, 200, 'a hold of one tenant does not keep another');
  await run((console) => releaseHoldCommand(hold, held, console));

  const output = join(gateway.directory, 'proof.json');
  const erased = await run((console) =>
    eraseSubjectCommand({ ...options, confirm: true, output, reason: 'art. 17' }, console),
  );
  assert.match(erased, /erased 1 items in 1 files; 0 items are held\na search afterwards found 0 items/);
  assert.match(await run((console) => verifyErasureCommand(output, options, console)), /valid; nothing is left/);
  const proof = JSON.parse(readFileSync(output, 'utf8'));
  assert.ok(!proof.statement.includes('order 1') && proof.statement.includes('art. 17'));
  writeFileSync(output, JSON.stringify({ ...proof, statement: proof.statement.replace('art. 17', 'art. 18') }));
  await assert.rejects(
    run((console) => verifyErasureCommand(output, options, console)),
    /the signature does not match the statement/,
  );
  assert.match(await run((console) => searchSubjectCommand(options, console)), /^0 of 2 items/);

  const report = { url: gateway.url, tenant: 'default', attribute: ['service.name'], k: '5' };
  const erasures = await run((console) => reportCommand({ ...report, kind: 'erasures' }, console));
  assert.match(erasures, /art\. 17[\s\S]*valid[\s\S]*case 7/);
  assert.match(await run((console) => reportCommand({ ...report, kind: 'processing' }, console)), /receivers\.otlp/);
  assert.match(await run((console) => reportCommand({ ...report, kind: 'k-anonymity' }, console)), /Groups below 5/);
  assert.match(await run((console) => reportCommand({ ...report, kind: 'redaction' }, console)), /logs +no/);
  const html = join(gateway.directory, 'report.html');
  await run((console) => reportCommand({ ...report, kind: 'erasures', output: html }, console));
  assert.match(readFileSync(html, 'utf8'), /^<!doctype html>[\s\S]*@page[\s\S]*<td>art\. 17<\/td>/);
  const opened = await fetch(`${gateway.url}/api/v1/compliance/report?kind=erasures&format=html`, {
    headers: { authorization: `Bearer ${admin}` },
  });
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(await opened.text()) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  assert.match(style, /@page/);
  const policy = opened.headers.get('content-security-policy') ?? '';
  assert.ok(policy.startsWith(`default-src 'none'; style-src 'sha256-${hash}'; `), 'browsers apply the style');
});

test('searches for the pseudonyms of values, by the key of the running processor and of the tenant', () => {
  const config = {
    ...{ catalog: ['contact', 'card'], masks: { contact: 'pseudonym' }, pseudonymKey: 'k'.repeat(32) },
    tenants: { lab: { catalog: ['card'] } },
  };
  const components = [{ id: 'redaction', kind: 'processor', type: 'redaction', config } as const];
  const terms = [{ key: 'user.email', value: 'ada@example.com' }];
  const found = pseudonymTerms({ components, pipelines: [] }, 'default', terms);
  assert.deepEqual(
    found.map(({ value }) => value.replace(/[0-9a-f]{32}$/, 'HASH')),
    ['email_HASH', 'phone_HASH'],
  );
  assert.deepEqual(pseudonymTerms({ components, pipelines: [] }, 'lab', terms), []);
});
