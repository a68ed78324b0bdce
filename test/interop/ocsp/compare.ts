import { execFile, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { otlp } from '../../../packages/collector/src/receivers/otlp.ts';
import type { Comparison } from '../check.ts';

/** Responses of `openssl ocsp`, which a test replays. */
export interface Recording {
  readonly certificate: string;
  readonly issuer: string;
  /** Milliseconds since the Unix epoch. */
  readonly recordedMillis: number;
  readonly responses: { readonly status: 'good' | 'revoked'; readonly signer: string; readonly der: string }[];
}

/** Kinds of keys of the authority, and whether it delegates its responses. */
const AUTHORITIES = [
  { name: 'EC', newKey: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], delegates: false },
  { name: 'RSA, delegated', newKey: ['-newkey', 'rsa:2048'], delegates: true },
] as const;

/**
 * Runs `openssl ocsp` as the server of an authority, a receiver that fetches and staples its responses, and `openssl s_client -status` as the
 * client that verifies them.
 */
export async function compareWithOpenssl(recordings: Recording[] = []): Promise<Comparison> {
  const mismatches: string[] = [];
  for (const authority of AUTHORITIES) recordings.push(await compareOne(authority, mismatches));
  const compared = recordings.reduce((sum, { responses }) => sum + responses.length, 0);
  return { compared, mismatches, note: execFileSync('openssl', ['version'], { encoding: 'utf8' }).trim() };
}

async function compareOne(authority: (typeof AUTHORITIES)[number], mismatches: string[]): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-interop-ocsp-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  try {
    const [port = 0] = await freePorts(1);
    createAuthority(openssl, directory, authority, port);
    const pem = (name: string) => readFileSync(join(directory, name), 'utf8');
    const recording: Recording = {
      ...{ certificate: pem('server.pem'), issuer: pem('ca.pem'), recordedMillis: Date.now(), responses: [] },
    };
    const { serialNumber, validToDate } = new X509Certificate(pem('server.pem'));
    for (const status of ['good', 'revoked'] as const) {
      const entry = status === 'good' ? `V\t${utc(validToDate)}\t` : `R\t${utc(validToDate)}\t${utc(new Date())}`;
      writeFileSync(join(directory, 'index.txt'), `${entry}\t${serialNumber}\tunknown\t/CN=localhost\n`);
      const signer = authority.delegates ? 'signer' : 'ca';
      const server = await startResponder(directory, port, signer);
      try {
        const der = await stapled(pem, directory, mismatches, `${authority.name}, ${status}`, status);
        recording.responses.push({ status, signer, der });
      } finally {
        await server.stop();
      }
    }
    return recording;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function createAuthority(
  openssl: (...args: readonly string[]) => unknown,
  directory: string,
  { newKey, delegates }: (typeof AUTHORITIES)[number],
  port: number,
): void {
  writeFileSync(
    join(directory, 'server.ext'),
    `subjectAltName=DNS:localhost\nauthorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}\n`,
  );
  writeFileSync(join(directory, 'signer.ext'), 'extendedKeyUsage=OCSPSigning\n');
  const ca = ['-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/O=Shop/CN=interop CA', '-days', '30'];
  openssl('req', '-x509', ...newKey, '-nodes', ...ca, '-addext', 'keyUsage=keyCertSign,cRLSign,digitalSignature');
  for (const name of delegates ? ['server', 'signer'] : ['server']) {
    openssl('req', ...newKey, '-nodes', '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-days', '20', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`);
  }
}

/** Returns a time as in the index of an authority: `261201203000Z`. */
function utc(date: Date): string {
  return `${date
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2)}`;
}

async function startResponder(directory: string, port: number, signer: string) {
  const at = (name: string) => join(directory, name);
  const files = ['-index', at('index.txt'), '-CA', at('ca.pem')];
  const key = ['-rsigner', at(`${signer}.pem`), '-rkey', at(`${signer}-key.pem`)];
  const child = spawn('openssl', ['ocsp', '-port', String(port), ...files, ...key, '-nmin', '60']);
  // A connection without a request would end the server.
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const ended = once(child, 'close');
  while (!/waiting for .*connections/i.test(output)) {
    if (child.exitCode !== null) throw new Error(`openssl ocsp exited: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Starts a receiver, and returns the response that it staples, in base64. */
async function stapled(
  pem: (name: string) => string,
  directory: string,
  mismatches: string[],
  name: string,
  status: 'good' | 'revoked',
): Promise<string> {
  const ownTls = { cert_pem: pem('server.pem') + pem('ca.pem'), key_pem: pem('server-key.pem'), ocsp: 'fetch' };
  const bench = await createComponentBench(otlp, {
    config: { protocols: { http: { endpoint: '127.0.0.1:0', tls: ownTls } } },
    clock: systemClock,
  });
  await bench.start();
  try {
    const address = bench.service.host.endpoints()[0]?.address ?? '';
    const response = await new Promise<Buffer | undefined>((resolve, reject) => {
      const port = Number(address.split(':').at(-1));
      const socket = tls.connect({
        host: '127.0.0.1',
        port,
        ca: pem('ca.pem'),
        servername: 'localhost',
        requestOCSP: true,
      });
      socket.on('OCSPResponse', (bytes) => {
        socket.destroy();
        resolve(bytes ?? undefined);
      });
      socket.on('error', reject);
    });
    if (response === undefined) mismatches.push(`${name}: no response: ${JSON.stringify(bench.logs)}`);
    // `s_client` verifies the response against the authority, and prints it.
    const client = ['s_client', '-connect', address, '-status', '-CAfile', join(directory, 'ca.pem')];
    const output = await printed('openssl', [...client, '-servername', 'localhost', '-verify_return_error']);
    for (const expected of ['OCSP Response Status: successful', `Cert Status: ${status}`, 'Verify return code: 0'])
      if (!output.includes(expected)) mismatches.push(`${name}: expected "${expected}" from s_client`);
    return (response ?? Buffer.alloc(0)).toString('base64');
  } finally {
    await bench.close();
  }
}

/** Runs a program without input in another process, and returns what it prints. */
function printed(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 20_000 }, (_, stdout) => resolve(stdout));
    child.stdin?.end();
  });
}
