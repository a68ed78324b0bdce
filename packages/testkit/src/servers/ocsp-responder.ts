import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import {
  contentsOf,
  DER,
  readChildren,
  readElements,
  wholeOf,
  writeBitString,
  writeElement,
  writeOid,
} from '@otelier/transport/der';
import type { Certificate } from '../certificates.ts';

/** What a response says. Times are milliseconds since the Unix epoch. */
export interface OcspContents {
  readonly ca: Certificate;
  /** The certificate in PEM that the response is about. */
  readonly certificate: string;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly updateMillis: number;
  readonly nextUpdateMillis?: number;
  /** The certificate that signs and is part of the response, instead of the authority. */
  readonly delegate?: Certificate;
}

/** Creates a response of an authority's OCSP server (RFC 6960), signed with ECDSA and SHA-256. */
export function createOcspResponse(contents: OcspContents): Buffer {
  const { ca, certificate, status = 'good', updateMillis, nextUpdateMillis, delegate } = contents;
  const authority = partsOf(ca.cert);
  const hash = (bytes: Buffer) => writeElement(DER.octetString, createHash('sha1').update(bytes).digest());
  const id = writeElement(
    DER.sequence,
    writeElement(DER.sequence, writeOid('1.3.14.3.2.26'), writeElement(DER.null)),
    hash(authority.subject),
    hash(authority.key),
    partsOf(certificate).serial,
  );
  const revoked = writeElement(DER.context(1), writeGeneralizedTime(updateMillis));
  const states = { good: writeElement(DER.value(0)), revoked, unknown: writeElement(DER.value(2)) };
  const next =
    nextUpdateMillis === undefined ? [] : [writeElement(DER.context(0), writeGeneralizedTime(nextUpdateMillis))];
  const single = writeElement(DER.sequence, id, states[status], writeGeneralizedTime(updateMillis), ...next);
  const responder = writeElement(DER.context(1), authority.subject);
  const produced = writeGeneralizedTime(updateMillis);
  const data = writeElement(DER.sequence, responder, produced, writeElement(DER.sequence, single));
  const signer = delegate ?? ca;
  const signature = sign('sha256', data, createPrivateKey(signer.key));
  const certificates =
    delegate === undefined
      ? []
      : [writeElement(DER.context(0), writeElement(DER.sequence, new X509Certificate(delegate.cert).raw))];
  const algorithm = writeElement(DER.sequence, writeOid('1.2.840.10045.4.3.2'));
  const basic = writeElement(DER.sequence, data, algorithm, writeBitString(signature), ...certificates);
  const typed = writeElement(DER.sequence, writeOid('1.3.6.1.5.5.7.48.1.1'), writeElement(DER.octetString, basic));
  return writeElement(
    DER.sequence,
    writeElement(DER.enumerated, Buffer.from([0])),
    writeElement(DER.context(0), typed),
  );
}

function partsOf(pem: string) {
  const der = new X509Certificate(pem).raw;
  const [contents] = readChildren(der, readElements(der)[0], DER.sequence);
  const parts = readChildren(der, contents, DER.sequence);
  const serial = parts.find(({ tag }) => tag === DER.integer);
  const [, , , subject, publicKey] = parts.filter(({ tag }) => tag === DER.sequence);
  const [, bits] = readChildren(der, publicKey, DER.sequence);
  if (serial === undefined || subject === undefined || bits === undefined) throw new Error('expected a certificate');
  return { serial: wholeOf(der, serial), subject: wholeOf(der, subject), key: contentsOf(der, bits).subarray(1) };
}

function writeGeneralizedTime(millis: number): Buffer {
  return writeElement(DER.time, Buffer.from(new Date(millis).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

/** A server that responds to every request with what a test decides. */
export interface OcspResponder {
  readonly url: string;
  /** The requests so far. */
  readonly requests: Buffer[];
  respond: (response: ServerResponse, request: Buffer) => void;
  close(): Promise<void>;
}

/** Starts a server on loopback. */
export async function startOcspResponder(): Promise<OcspResponder> {
  const requests: Buffer[] = [];
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    requests.push(body);
    responder.respond(response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const responder: OcspResponder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ocsp`,
    requests,
    respond: (response) => void response.writeHead(404).end(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return responder;
}

/** Connects to a server on loopback, and returns the OCSP response of the handshake; `undefined` if there is none. */
export async function stapledResponse(port: number): Promise<Buffer | undefined> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, requestOCSP: true });
  let response: Buffer | undefined;
  socket.on('OCSPResponse', (bytes) => {
    response = bytes ?? undefined;
  });
  await once(socket, 'secureConnect');
  socket.destroy();
  return response;
}
