import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import {
  createAuthority,
  issueCertificate,
} from '../../../packages/collector/src/operator/webhook/certificate-authority.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Compared } from './compare.ts';
import { NAMESPACE } from './injection.ts';
import { configure, serve, until } from './webhook.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const ANNOTATIONS = { 'instrumentation.opentelemetry.io/inject-nodejs': 'true' };
/** The timeout of the webhook and some time on a busy machine. */
const MAX_MILLIS = 8000;

/** A way to fail: what the server responds, or `undefined` for nothing. */
type Respond = () => { readonly status: number; readonly body: string; readonly type?: string } | undefined;

const RESPONSES: Readonly<Record<string, Respond>> = {
  'no response': () => undefined,
  'an empty body': () => ({ status: 200, body: '' }),
  'no JSON': () => ({ status: 200, body: '<html>not found</html>', type: 'text/html' }),
  'another object': () => ({ status: 200, body: '{"kind":"Status","apiVersion":"v1"}' }),
  'a review without a response': () => ({
    status: 200,
    body: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
  }),
  'another UID': () => ({
    status: 200,
    body: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"x","allowed":false}}',
  }),
  'status 500': () => ({ status: 500, body: 'failed' }),
  'status 503': () => ({ status: 503, body: 'too many requests at one time' }),
  'a redirection': () => ({ status: 302, body: '' }),
};

/** Creates pods whose annotation asks for injection, while the webhook is away, slow or wrong. Each must be created. */
export async function checkFailures(cluster: Cluster): Promise<Compared> {
  const mismatches: string[] = [];
  const times: string[] = [];
  const create = async (name: string): Promise<void> => {
    const startMillis = performance.now();
    const pod = {
      metadata: { generateName: 'cart-', annotations: ANNOTATIONS },
      spec: { containers: [{ name: 'app', image: 'cart:1' }] },
    };
    try {
      const created = (await cluster.send('POST', PODS, pod)) as {
        readonly spec: { readonly initContainers?: unknown };
      };
      if (created.spec.initContainers !== undefined) mismatches.push(`${name}: expected a pod without injection`);
    } catch (error) {
      mismatches.push(`${name}: expected the pod, got ${String(error)}`);
    }
    const millis = Math.round(performance.now() - startMillis);
    times.push(`${name} ${millis} ms`);
    if (millis > MAX_MILLIS) mismatches.push(`${name}: expected at most ${MAX_MILLIS} ms, got ${millis}`);
  };
  let compared = 0;
  /** Creates pods until one was sent to the server, because API servers see a changed configuration a moment later. */
  const step = async (name: string, isCalled = (): boolean => true): Promise<void> => {
    compared += 1;
    const deadline = Date.now() + 30_000;
    do await create(name);
    while (!isCalled() && Date.now() < deadline);
    if (!isCalled()) mismatches.push(`${name}: expected a call of the webhook`);
  };
  const [closed = 0, port = 0] = await freePorts(2);
  const authority = createAuthority(Date.now());
  const caBundle = Buffer.from(authority.cert).toString('base64');
  await configure(cluster, { port: closed, caBundle });
  await step('nothing listens');
  const silent = await listenSilently();
  await configure(cluster, { port: silent.port, caBundle });
  await step('no handshake', silent.isCalled);
  silent.close();
  for (const [name, respond] of Object.entries(RESPONSES)) {
    const server = await respondWith(respond, issueCertificate(authority, ['127.0.0.1'], Date.now()));
    await configure(cluster, { port: server.port, caBundle });
    await step(name, server.isCalled);
    server.close();
  }
  const unknown = await respondWith(() => undefined, issueCertificate(createAuthority(0), ['127.0.0.1'], Date.now()));
  await configure(cluster, { port: unknown.port, caBundle });
  await step('an unknown authority', unknown.isCalled);
  unknown.close();
  // The webhook itself: it injects, is stopped, and injects again after it was started.
  await cluster.send('POST', `/apis/otelier.dev/v1alpha1/namespaces/${NAMESPACE}/instrumentations`, {
    apiVersion: 'otelier.dev/v1alpha1',
    kind: 'Instrumentation',
    metadata: { name: 'plain' },
  });
  const isInjected = async (): Promise<boolean> => {
    const pod = {
      metadata: { generateName: 'cart-', annotations: ANNOTATIONS },
      spec: { containers: [{ name: 'app', image: 'cart:1' }] },
    };
    const created = (await cluster.send('POST', PODS, pod)) as {
      readonly spec: { readonly initContainers?: unknown[] };
    };
    return created.spec.initContainers?.length === 1;
  };
  await configure(cluster, { port });
  for (let round = 0; round < 2; round += 1) {
    const webhook = await serve(cluster, port);
    await until(isInjected, 'a pod with injection').catch((error: unknown) => mismatches.push(String(error)));
    compared += 1;
    await webhook.close();
    await step('the webhook stopped');
  }
  return { compared, mismatches, note: times.join(', ') };
}

/** A server that fails, and whether it was called. */
interface FailingServer {
  readonly port: number;
  isCalled(): boolean;
  close(): void;
}

async function listenSilently(): Promise<FailingServer> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    isCalled: () => sockets.length > 0,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function respondWith(
  respond: Respond,
  certificate: { readonly cert: string; readonly key: string },
): Promise<FailingServer> {
  const server = createServer({ ...certificate }, (request, response) => {
    request.resume();
    const sent = respond();
    if (sent !== undefined)
      response.writeHead(sent.status, { 'content-type': sent.type ?? 'application/json' }).end(sent.body);
  });
  server.on('tlsClientError', (_, socket) => socket.destroy());
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    isCalled: () => connections > 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
