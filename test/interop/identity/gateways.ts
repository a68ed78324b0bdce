import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Comparison } from '../check.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { type Running, runToEnd, startServer } from '../processes.ts';

const PASSWORD = 'correct horse battery';

/** Two processes and the command line on one PostgreSQL database, which `stopServer` stops. */
export async function testGateways(url: string, stopServer: () => Promise<void>): Promise<Comparison> {
  const root = await mkdtemp(join(tmpdir(), 'otelier-gateways-'));
  const mismatches: string[] = [];
  let compared = 0;
  const check = (what: string, actual: unknown, expected: unknown): void => {
    compared += 1;
    if (actual !== expected) mismatches.push(`${what}: expected ${String(expected)}, got ${String(actual)}`);
  };
  const [portA = 0, portB = 0] = await freePorts(2);
  const gateways: Running[] = [];
  const command = async (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = { OTELIER_IDENTITY_DATABASE: url },
  ) => {
    const result = await runToEnd(
      [NODE, OTELIER, 'identity', ...args, '--directory', join(root, 'commands')],
      environment,
    );
    return { ...result, output: `${result.stdout}${result.stderr}`.trim() };
  };
  const statusOf = async (port: number, path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init })).status;
  const eventually = async (condition: () => Promise<boolean>): Promise<boolean> => {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await condition()) return true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return false;
  };
  try {
    const admin = await command(['create-key', 'admin', '--role', 'admin', '--tenant', '*'], {});
    check('a key in SQLite', admin.code, 0);
    check('the import', (await command(['import'])).output, 'imported 1 keys; the file stays as a backup');
    check('a second import', (await command(['import'])).code === 0, false);
    for (const [name, port] of [
      ['a', portA],
      ['b', portB],
    ] as const) {
      const file = join(root, `${name}.yaml`);
      await writeFile(file, configOf(join(root, name), port));
      gateways.push(await startServer([NODE, OTELIER, '--config', file], [port]));
    }
    const headers = { authorization: `Bearer ${admin.stdout.trim()}`, 'content-type': 'application/json' };
    for (const port of [portA, portB])
      check(`the imported key at ${port}`, await statusOf(port, '/api/v1/keys', { headers }), 200);
    const post = async (port: number, path: string, body: object): Promise<Record<string, unknown>> => {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await fetch(`http://127.0.0.1:${port}${path}`, init)).json() as Promise<Record<string, unknown>>;
    };
    const person = {
      email: 'ada@example.com',
      name: 'Ada',
      password: PASSWORD,
      grants: [{ role: 'admin', tenant: '*' }],
    };
    await post(portA, '/api/v1/people/create', person);
    const form = {
      method: 'POST',
      redirect: 'manual' as const,
      body: new URLSearchParams({ email: person.email, password: PASSWORD }),
    };
    const signedIn = await fetch(`http://127.0.0.1:${portB}/sign-in`, form);
    check('a sign-in at the other process', signedIn.status, 303);
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const knows = async () => (await statusOf(portA, '/api/v1/people', { headers: { cookie } })) === 200;
    check('the session at the first process', await eventually(knows), true);
    const created = await post(portA, '/api/v1/keys/create', { name: 'k', role: 'viewer', tenant: '*' });
    const byKey = { headers: { 'x-api-key': String(created['text']) } };
    check('a new key', await eventually(async () => (await statusOf(portB, '/api/v1/account', byKey)) === 200), true);
    check('revoked by a command', (await command(['revoke-key', String(created['id'])])).code, 0);
    for (const port of [portA, portB])
      check(
        `the revoked key at ${port}`,
        await eventually(async () => (await statusOf(port, '/api/v1/account', byKey)) === 401),
        true,
      );
    await stopServer();
    check('the session without PostgreSQL', await statusOf(portA, '/api/v1/people', { headers: { cookie } }), 200);
    const refused = { method: 'POST', headers, body: JSON.stringify({ name: 'late', role: 'viewer', tenant: '*' }) };
    check('a change without PostgreSQL', await statusOf(portB, '/api/v1/keys/create', refused), 503);
    check('a sign-in without PostgreSQL', await statusOf(portB, '/sign-in', form), 503);
    const failed = await command(['list']);
    check('a command without PostgreSQL', failed.code, 1);
    if (/postgres@|otelier-gateways.*password/.test(failed.output)) mismatches.push(`credentials in ${failed.output}`);
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await rm(root, { recursive: true, force: true });
  }
  return { compared, mismatches };

  function configOf(directory: string, port: number): string {
    return `extensions:
  identity:
    directory: ${directory}
    database: {postgres: {url: "${url}", tls: {insecure: true}}}
  workbench: {endpoint: "127.0.0.1:${port}", auth: {authenticator: identity}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0", auth: {authenticator: identity}}}}}
exporters: {nop: }
service:
  workers: 2
  extensions: [identity, workbench]
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`;
  }
}
