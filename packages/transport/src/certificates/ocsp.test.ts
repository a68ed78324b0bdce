import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createCertificates, signOcspCertificate, signServerCertificate } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import {
  createOcspResponse,
  type OcspContents,
  stapledResponse,
  startOcspResponder,
} from '@otelier/testkit/servers/ocsp-responder';
import { createHttpServer, FileError } from '../index.ts';
import { createServerTls } from '../tls.ts';
import { verifyOcspResponse } from './ocsp-response.ts';
import type { OcspState } from './ocsp-stapler.ts';

const HOUR = 3_600_000;

/** Starts a server that staples, and its authority's OCSP server. */
async function startWorld(t: TestContext) {
  const { ca } = await createCertificates();
  const responder = await startOcspResponder();
  t.after(() => responder.close());
  const own = await signOcspCertificate(ca, { responderUrl: responder.url });
  const clock = createManualClock(Date.now());
  const states: OcspState[] = [];
  const errors: string[] = [];
  const responseOf = (more: Partial<OcspContents> = {}) =>
    createOcspResponse({
      ...{ ca, certificate: own.cert, updateMillis: clock.now(), nextUpdateMillis: clock.now() + 4 * HOUR },
      ...more,
    });
  const start = async () => {
    const server = await createHttpServer(
      {
        endpoint: '127.0.0.1:0',
        tls: {
          ...{ certPem: own.cert + ca.cert, keyPem: own.key },
          ocsp: {
            report: (_, state) => void states.push(state),
            onError: ({ message }) => void errors.push(message),
          },
        },
        clock,
      },
      createRecordingHandler(),
    );
    t.after(() => server.shutdown(0));
    return Number(server.address.split(':').at(-1));
  };
  return { ca, own, responder, clock, states, errors, responseOf, start };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('staples the response of the authority, refreshes it before its end, and keeps the last one on failures', async (t) => {
  const { responder, clock, states, errors, responseOf, start } = await startWorld(t);
  const first = responseOf();
  responder.respond = (response) => void response.end(first);
  const port = await start();
  // The first handshake waits for the response.
  assert.deepEqual(await stapledResponse(port), first);
  assert.deepEqual([await stapledResponse(port), responder.requests.length], [first, 1]);
  assert.deepEqual(
    [states.length, states[0]?.status, states[0]?.nextUpdateMillis],
    [1, 'good', Math.floor((clock.now() + 4 * HOUR) / 1000) * 1000],
  );

  await clock.advance(2 * HOUR + 1000);
  responder.respond = (response) => void response.writeHead(503).end();
  assert.deepEqual(await stapledResponse(port), first);
  await until(() => errors.length === 1);
  assert.equal(errors[0], `tls.ocsp: ${responder.url}: expected the status 200, got 503`);
  assert.deepEqual([states.at(-1)?.status, states.at(-1)?.error], ['good', 'expected the status 200, got 503']);
  await clock.advance(59_000);
  await stapledResponse(port);
  assert.equal(responder.requests.length, 2);

  await clock.advance(2000);
  const second = responseOf();
  responder.respond = (response) => void response.end(second);
  assert.deepEqual(await stapledResponse(port), first);
  await until(() => states.at(-1)?.error === undefined);
  assert.deepEqual(await stapledResponse(port), second);

  // No client connects until it has expired: the next handshake waits for another.
  await clock.advance(5 * HOUR);
  const third = responseOf({ status: 'revoked' });
  responder.respond = (response) => void response.end(third);
  assert.deepEqual(await stapledResponse(port), third);
  assert.equal(states.at(-1)?.status, 'revoked');
  assert.equal(errors.at(-1), 'tls.ocsp: the certificate is revoked');
});

test('fetches the next response by a timer, also after failures, until the server ends', async (t) => {
  const { ca, own, responder, clock, states, errors, responseOf } = await startWorld(t);
  const end = new AbortController();
  const ocsp = {
    report: (_: string, state: OcspState) => void states.push(state),
    onError: ({ message }: Error) => void errors.push(message),
    signal: end.signal,
  };
  responder.respond = (response) => void response.end(responseOf());
  createServerTls({ certPem: own.cert + ca.cert, keyPem: own.key, ocsp }, clock);
  // While it fetches, the only timer is that of the request.
  const reported = (count: number) => until(() => states.length === count && clock.pending === 1);
  await reported(1);
  await clock.advance(2 * HOUR);
  await reported(2);
  assert.equal((states[1]?.nextUpdateMillis ?? 0) - (states[0]?.nextUpdateMillis ?? 0), 2 * HOUR);
  responder.respond = (response) => void response.writeHead(503).end();
  await clock.advance(2 * HOUR);
  await reported(3);
  assert.deepEqual(
    [states[2]?.status, states[2]?.error, errors.length],
    ['good', 'expected the status 200, got 503', 1],
  );
  responder.respond = (response) => void response.end(responseOf({ status: 'revoked' }));
  await clock.advance(59_000);
  assert.equal(responder.requests.length, 3);
  await clock.advance(2000);
  await reported(4);
  assert.deepEqual([states[3]?.status, errors.at(-1)], ['revoked', 'tls.ocsp: the certificate is revoked']);
  end.abort();
  assert.equal(clock.pending, 0);
  await clock.advance(10 * HOUR);
  assert.equal(responder.requests.length, 4);
});

test('staples nothing that does not verify, and no handshake waits for long', async (t) => {
  const { ca, own, responder, clock, states, errors, responseOf, start } = await startWorld(t);
  const { otherCa } = await createCertificates();
  const other = await signServerCertificate(ca);
  const wrong: readonly (readonly [name: string, bytes: Buffer | string, reason: RegExp])[] = [
    ['text', 'no response', /expected an (OCSP response in DER|element of DER)/],
    ['nothing', '', /expected an OCSP response in DER/],
    ['a status', Buffer.from([0x30, 3, 0x0a, 1, 3]), /expected a successful response, got tryLater/],
    ['another certificate', responseOf({ certificate: other.cert }), /about this certificate, got one about another/],
    ['another authority', responseOf({ ca: otherCa }), /expected a signature of the authority/],
    ['a signature of a server', responseOf({ delegate: own }), /expected a signature of the authority/],
    ['an expired one', responseOf({ nextUpdateMillis: clock.now() - 1000 }), /got one that expired at/],
    [
      'one of the future',
      responseOf({ updateMillis: clock.now() + HOUR }),
      /expected a response for now, got one from/,
    ],
    ['an unknown certificate', responseOf({ status: 'unknown' }), /does not know the certificate/],
    ['too many bytes', Buffer.concat([responseOf(), Buffer.alloc(1 << 16)]), /expected at most 65536 bytes/],
    ['bytes after it', Buffer.concat([responseOf(), Buffer.alloc(2)]), /expected an OCSP response in DER/],
  ];
  for (const [name, bytes, reason] of wrong) {
    responder.respond = (response) => void response.end(bytes);
    const port = await start();
    assert.equal(await stapledResponse(port), undefined, name);
    assert.match(errors.at(-1) ?? '', reason, name);
    assert.equal(states.at(-1)?.status, 'missing', name);
  }
  responder.respond = (response) => void response.write('a part');
  const count = errors.length;
  const port = await start();
  const waiting = stapledResponse(port);
  let isDone = false;
  void waiting.then(() => {
    isDone = true;
  });
  // The handshake is given up after three seconds, the response after ten.
  while (!isDone) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal(await waiting, undefined);
  while (errors.length === count) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.match(errors.at(-1) ?? '', /expected a response within 10 s/);
});

test('accepts a certificate to which the authority has delegated, and no cut or changed response', async () => {
  const { ca, otherCa, server } = await createCertificates();
  const [certificate, issuer] = [new X509Certificate(server.cert), new X509Certificate(ca.cert)];
  const now = Date.now();
  const contents = { ca, certificate: server.cert, updateMillis: now, nextUpdateMillis: now + HOUR };
  const verify = (bytes: Buffer) => verifyOcspResponse(bytes, certificate, issuer, now);
  const delegate = await signOcspCertificate(ca, { isSigner: true });
  assert.equal(verify(createOcspResponse({ ...contents, delegate })).status, 'good');
  const foreign = await signOcspCertificate(otherCa, { isSigner: true });
  assert.throws(() => verify(createOcspResponse({ ...contents, delegate: foreign })), /signature of the authority/);
  const valid = createOcspResponse(contents);
  assert.equal(verify(valid).status, 'good');
  for (let length = 0; length < valid.length; length++) assert.throws(() => verify(valid.subarray(0, length)));
  const random = createRandom(1);
  for (let count = 0; count < 400; count++) {
    const changed = Buffer.from(valid);
    const at = random(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 + random(255));
    try {
      // What is not signed may differ, and says nothing: the lengths and types around what is.
      assert.deepEqual(verify(changed), verify(valid));
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof TypeError), String(error));
    }
  }
});

test('says why a certificate has no response', async () => {
  const { ca, server } = await createCertificates();
  const clock = createManualClock(Date.now());
  const errors: string[] = [];
  const ocsp = { report: () => {}, onError: ({ message }: Error) => void errors.push(message) };
  createServerTls({ certPem: `${server.cert}\n${ca.cert}`, keyPem: server.key, ocsp }, clock);
  const named = await signOcspCertificate(ca, { responderUrl: 'http://127.0.0.1:1/' });
  createServerTls({ certPem: named.cert, keyPem: named.key, ocsp }, clock);
  await until(() => errors.length === 2);
  assert.deepEqual(errors.toSorted(), [
    'tls.ocsp: http://127.0.0.1:1/: expected the certificate of its authority after it in cert_file, got none',
    'tls.ocsp: no response: the certificate names no OCSP server',
  ]);
  const both = { certPem: named.cert, keyPem: named.key, ocsp, ocspResponseFile: '/none' };
  assert.throws(() => createServerTls(both, clock), FileError);
});
