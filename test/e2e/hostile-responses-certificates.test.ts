import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCertificates, signOcspCertificate } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { startAcmeServer } from '@otelier/testkit/servers/acme-server';
import { createOcspResponse, stapledResponse, startOcspResponder } from '@otelier/testkit/servers/ocsp-responder';
import { createHttpServer } from '@otelier/transport/http-server';
import { verifyOcspResponse } from '@otelier/transport/ocsp-response';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import type { AcmeOffer } from '../../packages/collector/src/certificates/acme/acme-extension.ts';
import { registry } from '../../packages/collector/src/registry.generated.ts';
import { tempDirectory } from './gateway.ts';
import {
  checkLine,
  checkTexts,
  checkWaits,
  MAX_LINE,
  shutDown,
  until,
  type WatchedClock,
  watchedClock,
} from './hostile-responses/checks.ts';
import { type HostileReply, hostileReply, sendReply } from './hostile-responses/replies.ts';

const CASES = 80;
const HOUR_MILLIS = 3_600_000;
const NAMES = ['a.example.com', 'b.example.com'];
/** Number of responses of an authority until there is a certificate. */
const RESPONSES = 14;
/** An order that stays pending is read for five minutes. */
const MAX_REQUESTS = 300;
const MAX_RETRY_MILLIS = 1.2 * 24 * HOUR_MILLIS;

/** Starts a server that no client should call. */
async function startOther(t: TestContext) {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest/meta-data`, requests };
}

/** Waits for a condition, and advances the clock whenever nothing else happens. `progress` changes when something does. */
async function drive(clock: WatchedClock, condition: () => boolean, progress: () => number): Promise<void> {
  let [seen, quiet] = [progress(), 0];
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (progress() !== seen) [seen, quiet] = [progress(), 0];
    else if (++quiet % 4 === 0) await clock.advance(1000);
  }
}

function failedCase(seed: number, sent: readonly HostileReply[], cause: unknown): Error {
  const texts = sent.map(({ body, ...rest }) => JSON.stringify({ ...rest, body: body.toString().slice(0, 200) }));
  return new Error(`seed ${seed}: ${texts.slice(0, 3).join('\n')}`, { cause });
}

test('the extension acme obtains a valid certificate or says why not, for any responses of an authority', async (t) => {
  const { ca } = await createCertificates();
  const directory = await tempDirectory(t);
  const other = await startOther(t);
  const clock = watchedClock();
  const portOf = () => bench.logs.find(({ msg }) => msg === 'ACME challenge listening')?.['address'];
  const validationPort = () => Number(String(portOf()).split(':').at(-1));
  const authority = await startAcmeServer({ ca, now: () => clock.now(), validationPort });
  t.after(() => authority.close());
  const config = {
    ...{ names: NAMES, terms_of_service_agreed: true, directory, directory_url: authority.directoryUrl },
    challenge: { endpoint: '127.0.0.1:0' },
  };
  const definition = await registry.extension['acme']?.load();
  assert.ok(definition !== undefined);
  const bench = await createComponentBench(definition, { config, clock, random: () => 0.5 });
  const texts = [
    ...[other.url, other.url, 'file:///etc/passwd', authority.directoryUrl, '../../../etc/passwd', '', 'http-01'],
    ...['valid', 'invalid', 'pending', 'processing', 'ready'],
    ...['badNonce', 'rateLimited', 'alreadyReplaced'].map((type) => `urn:ietf:params:acme:error:${type}`),
  ];
  const offered = () => (bench.service.host.extension('tested')?.offers as AcmeOffer | undefined)?.state();
  let sent: HostileReply[] = [];
  let nextMillis = 0;
  let issued = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const random = createRandom(seed);
    const [first, isLasting] = [random(RESPONSES), random(6) === 0];
    let count = 0;
    sent = [];
    authority.replace = (_path, _body, { status = 200, headers = {}, body }) => {
      const index = count++;
      if (index !== first && !(isLasting && index > first)) return undefined;
      const hostile = hostileReply(random, { status, headers, body }, texts);
      sent.push(hostile);
      return (response) => sendReply(response, hostile);
    };
    const before = bench.logs.length;
    const ended = () => bench.logs.slice(before).find(({ msg }) => /^certificate (not )?issued/.test(String(msg)));
    try {
      // The next attempt obtains another one.
      rmSync(join(directory, 'certificate.pem'), { force: true });
      if (seed === 1) await bench.start();
      else await clock.advance(nextMillis);
      await drive(
        clock,
        () => ended() !== undefined,
        () => count,
      );
      const end = ended();
      const wasIssued = end?.['msg'] === 'certificate issued';
      nextMillis = wasIssued ? 300_000 : Number(end?.['retryInMillis']);
      issued += wasIssued ? 1 : 0;
      assert.ok(nextMillis > 0 && nextMillis <= MAX_RETRY_MILLIS, `the next attempt in ${nextMillis} ms`);
      checkDirectory(directory, wasIssued);
      checkTexts(bench.logs.slice(before));
      for (const line of bench.logs.slice(before)) assert.ok(JSON.stringify(line).length <= 2 * MAX_LINE);
      checkTexts(bench.service.host.statuses());
      assert.ok(count <= MAX_REQUESTS, `${count} requests`);
      assert.deepEqual(other.requests, []);
      checkWaits(clock);
      // The next step would begin at once, before its responses are those of the next case.
      if (wasIssued) await clock.advance(0);
      await until(() => !wasIssued || offered()?.renewalMillis !== undefined);
    } catch (error) {
      throw failedCase(seed, sent, error);
    }
  }
  // Some changes do no harm, and most do.
  assert.ok(issued > CASES / 20 && issued < (CASES * 19) / 20, `${issued} of ${CASES} certificates issued`);
  await shutDown(clock, bench.service.shutdown());
});

/** Asserts that there are no files but those of the extension, and that a certificate is for the names, with its key. */
function checkDirectory(directory: string, isIssued: boolean): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.pem') || name.endsWith('.tmp'));
  for (const name of files) assert.match(name, /^(account-key|certificate)\.pem$/);
  const path = join(directory, 'certificate.pem');
  assert.equal(existsSync(path), isIssued);
  if (!isIssued) return;
  const pem = readFileSync(path, 'utf8');
  const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)));
  for (const name of NAMES) assert.equal(certificate.checkHost(name), name);
}

test('servers staple nothing but what their authority has signed, for any response of its OCSP server', async (t) => {
  const { ca } = await createCertificates();
  const responder = await startOcspResponder();
  t.after(() => responder.close());
  const other = await startOther(t);
  const own = await signOcspCertificate(ca, { responderUrl: responder.url });
  const clock = watchedClock();
  const states: OcspState[] = [];
  const end = new AbortController();
  const ocsp = {
    report: (_: string, state: OcspState) => void states.push(state),
    onError: ({ message }: Error) => checkLine(message),
    signal: end.signal,
  };
  let sent: HostileReply[] = [];
  let random = createRandom(0);
  responder.respond = (response) => {
    const times = { updateMillis: clock.now(), nextUpdateMillis: clock.now() + 2 * HOUR_MILLIS };
    const body = createOcspResponse({ ca, certificate: own.cert, ...times });
    const headers = { 'content-type': 'application/ocsp-response' };
    const hostile = hostileReply(random, { status: 200, headers, body }, [other.url, 'text/html', '']);
    sent.push(hostile);
    sendReply(response, hostile);
  };
  const options = { endpoint: '127.0.0.1:0', tls: { certPem: own.cert + ca.cert, keyPem: own.key, ocsp }, clock };
  const server = await createHttpServer(options, createRecordingHandler());
  const port = Number(server.address.split(':').at(-1));
  const [certificate, issuer] = [new X509Certificate(own.cert), new X509Certificate(ca.cert)];
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= CASES; seed++) {
    try {
      await drive(
        clock,
        () => states.length >= seed,
        () => responder.requests.length,
      );
      // The timer of the next request, which the next case receives.
      const dueMillis = clock.monotonic() + (clock.waits.at(-1) ?? 0);
      const { status, error } = states.at(-1) ?? {};
      assert.ok(status === 'good' || (status === 'missing' && error !== undefined), String(status));
      checkTexts(states.at(-1));
      const stapled = await stapledResponse(port);
      assert.equal(stapled !== undefined, status === 'good');
      if (stapled !== undefined) verifyOcspResponse(stapled, certificate, issuer, clock.now());
      assert.deepEqual([other.requests.length, states.length], [0, seed]);
      checkWaits(clock);
      outcomes.add(error === undefined ? 'accepted' : `rejected, ${status}`);
      random = createRandom(seed);
      sent = [];
      await clock.advance(Math.max(0, dueMillis - clock.monotonic()));
    } catch (error) {
      throw failedCase(seed, sent, error);
    }
  }
  assert.deepEqual([...outcomes].sort(), ['accepted', 'rejected, good', 'rejected, missing']);
  end.abort();
  await shutDown(clock, server.shutdown(0));
});
