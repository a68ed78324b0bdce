import type { X509Certificate } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { PipelineNode } from '@otelier/query';
import { errorMessage } from '../../component/error-message.ts';
import type { ConfiguredComponent } from '../../config/model.ts';
import { type LiveProcess, latest, liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { validityFinding } from './certificates.ts';

const TIMEOUT_MILLIS = 3_000;

/** Connects to the destinations of exporters: reports those that cannot be reached, and certificates that expire. */
export const destinations = liveCheck('destinations', async (live, { config, nowMillis }) => {
  const used = new Set(latest(live)?.nodes.map(({ kind, component }) => `${kind} ${component}`));
  const list = [...config.exporters.values()].filter(({ id }) => used.has(`exporter ${id}`)).flatMap(destinationsOf);
  const findings = await Promise.all(list.map((destination) => check(destination, live, nowMillis)));
  return findings.flat();
});

interface Destination {
  readonly exporter: string;
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly serverName: string | undefined;
}

/** Returns the TCP destinations of an exporter: those of the exporters that have settings for TLS. */
function destinationsOf({ id, config }: ConfiguredComponent): Destination[] {
  const { tls } = config as { readonly tls?: { readonly insecure?: boolean; readonly serverNameOverride?: string } };
  if (tls === undefined) return [];
  const endpoints = Object.entries(config).flatMap(([key, value]) =>
    /endpoint$/i.test(key) && typeof value === 'string' && value !== '' ? [value] : [],
  );
  return [...new Set(endpoints)].flatMap((endpoint) => {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint) ?? [];
    const text = scheme === undefined ? `tcp://${endpoint}` : endpoint.replace(/^[^:]+/, 'tcp');
    if (/^(unix|udp|dns)$/.test(scheme ?? '') || !URL.canParse(text)) return [];
    const { hostname, port } = new URL(text);
    const isTls = scheme === undefined ? tls.insecure !== true : /^(https|wss)$/.test(scheme);
    const host = hostname.replace(/^\[|\]$/g, '');
    return [
      {
        exporter: `exporters/${id}`,
        endpoint,
        host,
        port: port === '' ? (isTls ? 443 : 80) : Number(port),
        isTls,
        serverName: tls.serverNameOverride,
      },
    ];
  });
}

async function check(destination: Destination, live: LiveProcess, nowMillis: number): Promise<CheckFinding[]> {
  const subject = `${destination.exporter}: ${destination.endpoint}`;
  try {
    const certificate = await connectTo(destination);
    return certificate === undefined ? [] : validityFinding(subject, certificate, nowMillis);
  } catch (error) {
    // Behind a proxy, the destination cannot be reached directly.
    if (isDelivering(destination.exporter, live)) return [];
    return [
      {
        severity: 'error',
        subject,
        message: `cannot connect: ${errorMessage(error)}`,
        remedy: 'Start the destination, or correct the endpoint, the network or the firewall.',
      },
    ];
  }
}

/** Returns whether the destination has accepted telemetry and no attempt fails now. */
function isDelivering(exporter: string, live: LiveProcess): boolean {
  const nodes = (latest(live)?.nodes ?? []).filter(
    ({ kind, component }: PipelineNode) => `${kind}s/${component}` === exporter,
  );
  return nodes.some(({ sentItems = 0 }) => sentItems > 0) && nodes.every(({ problem }) => problem === undefined);
}

/** Connects and returns the certificate of a TLS server. */
function connectTo(destination: Destination): Promise<X509Certificate | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate | undefined>();
  const socket = destination.isTls ? openTls(destination, resolve) : openTcp(destination, resolve);
  socket.setTimeout(TIMEOUT_MILLIS, () => reject(new Error(`no response within ${TIMEOUT_MILLIS / 1000} s`)));
  socket.once('error', reject);
  return promise.finally(() => socket.destroy());
}

function openTcp({ host, port }: Destination, onConnect: (certificate: undefined) => void): Socket {
  return connect({ host, port }, () => onConnect(undefined));
}

/** Certificates that do not verify are reported by the exporter. Here, only their dates matter. */
function openTls(
  { host, port, serverName }: Destination,
  onConnect: (certificate: X509Certificate | undefined) => void,
): TLSSocket {
  const name = serverName ?? host;
  const socket = connectTls(
    {
      ...{ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] },
      ...(isIP(name) === 0 && { servername: name }),
    },
    () => onConnect(socket.getPeerX509Certificate()),
  );
  return socket;
}
