import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { join } from 'node:path';
import { createCertificates } from '@otelier/testkit/certificates';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { httpRequest } from '../../../packages/collector/src/component/http/http-request.ts';
import { runToEnd, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'acme');
const VERSION = 'v2.10.3';

/** Credentials of an account that the authority requires. */
export const EXTERNAL_ACCOUNT = {
  key_id: 'kid-1',
  hmac_key: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W',
};

/** What was sent and received, of one request to the authority. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A running Pebble, the test server of Let's Encrypt, behind a server that records its responses. */
export interface Pebble {
  readonly directoryUrl: string;
  /** Certificate authority of the ACME server, in PEM. */
  readonly serverCa: string;
  /** The authority whose certificates it issues, in PEM. */
  readonly root: string;
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly exchanges: Exchange[];
  stop(): Promise<void>;
}

/** Starts Pebble with profiles of the given lifetimes in seconds. It rejects half of all nonces, and requires an external account. */
export async function startPebble(lifetimes: Readonly<Record<string, number>>): Promise<Pebble> {
  await install();
  const { ca, server } = await createCertificates();
  const [acme = 0, management = 0, httpPort = 0, tlsPort = 0, dns = 0, dnsManagement = 0, proxy = 0] =
    await freePorts(7);
  const certificate = join(DIRECTORY, 'cert.pem');
  const privateKey = join(DIRECTORY, 'key.pem');
  writeFileSync(certificate, server.cert);
  writeFileSync(privateKey, server.key);
  const config = {
    ...{ listenAddress: `127.0.0.1:${acme}`, managementListenAddress: `127.0.0.1:${management}` },
    ...{ certificate, privateKey, httpPort, tlsPort, keyAlgorithm: 'ecdsa', retryAfter: { authz: 1, order: 1 } },
    externalAccountBindingRequired: true,
    externalAccountMACKeys: { [EXTERNAL_ACCOUNT.key_id]: EXTERNAL_ACCOUNT.hmac_key },
    profiles: Object.fromEntries(
      Object.entries(lifetimes).map(([name, validityPeriod]) => [name, { description: name, validityPeriod }]),
    ),
  };
  const path = join(DIRECTORY, 'pebble.json');
  writeFileSync(path, JSON.stringify({ pebble: config }));
  const names = await startServer(
    [
      ...[join(DIRECTORY, 'pebble-challtestsrv'), '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''],
      ...['-dnsserver', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`],
      ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', ''],
    ],
    [dnsManagement],
  );
  const environment = ['env', 'PEBBLE_VA_NOSLEEP=1', 'PEBBLE_WFE_NONCEREJECT=50'];
  const pebble = await startServer(
    [...environment, join(DIRECTORY, 'pebble'), '-config', path, '-dnsserver', `127.0.0.1:${dns}`, '-strict'],
    [acme, management],
  );
  const exchanges: Exchange[] = [];
  const recorder = await startRecorder(proxy, acme, exchanges);
  const { body: root } = await httpRequest(`https://localhost:${management}/roots/0`, { tls: { ca: ca.cert } });
  return {
    ...{ directoryUrl: `https://localhost:${proxy}/dir`, serverCa: ca.cert, root, httpPort, tlsPort, exchanges },
    async stop() {
      recorder.closeAllConnections();
      recorder.close();
      await pebble.stop();
      await names.stop();
    },
  };
}

/** Passes requests on and records the responses. Pebble derives its URLs from the host of the request. */
async function startRecorder(port: number, target: number, exchanges: Exchange[]) {
  const { ca, server } = await createCertificates();
  const recorder = createServer({ cert: server.cert, key: server.key }, async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const options = { host: 'localhost', port: target, method, path, headers, ca: ca.cert, agent: false };
    const forwarded = request(options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      const { statusCode: status = 0 } = response;
      const kept = ['location', 'retry-after', 'replay-nonce', 'content-type'].flatMap((name) => {
        const value = response.headers[name];
        return typeof value === 'string' ? [[name, value] as const] : [];
      });
      exchanges.push({ method, path, status, headers: Object.fromEntries(kept), body: text });
      outgoing.writeHead(status, response.headers).end(text);
    });
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => recorder.listen(port, '127.0.0.1', resolve));
  return recorder;
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'pebble-challtestsrv'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  const modules = ['pebble', 'pebble-challtestsrv'].map(
    (name) => `github.com/letsencrypt/pebble/v2/cmd/${name}@${VERSION}`,
  );
  const { code, stderr } = await runToEnd(['go', 'install', ...modules], { GOBIN: DIRECTORY, GOWORK: 'off' });
  if (code !== 0) throw new Error(`go install ${modules.join(' ')} failed:\n${stderr}`);
}

/** The file with the recorded responses, which `npm test` replays. */
export const RECORDED = join(import.meta.dirname, 'pebble.json');

/** Reads the recorded responses. */
export function recordedExchanges(): readonly Exchange[] {
  return JSON.parse(readFileSync(RECORDED, 'utf8')) as Exchange[];
}
