import { IncomingRequests } from '@otelier/transport/incoming-requests';
import { listen } from '@otelier/transport/listen';
import type { Admissions } from '../../component/admissions.ts';
import type { Endpoint, Host, Lease, LeasedListener, Shared } from '../../component/host.ts';
import { remoteAuthenticator } from './authenticator-calls.ts';
import type { AuthenticatorDescription, HostCall, HostRequest, OpenedSocket } from './protocol.ts';

const ELSEWHERE = 'is not available to components in modules';

/** How an instance reaches the host in the thread that uses it. */
export interface HostCalls {
  request(request: HostRequest): Promise<unknown>;
  /** Returns the result at once. Throws if there is none in time. */
  call(call: HostCall): unknown;
  failed(error: unknown): void;
}

/** Returns the host of an instance in a component thread. What has no meaning there is not available. */
export function threadHost(draining: AbortSignal, calls: HostCalls): Host {
  return {
    share: createShare(),
    extension: (id) => extensionOf(id, calls),
    offerStore: () => notHere('offerStore'),
    stores: () => new Map(),
    documentsOf: () => undefined,
    listen: (endpoint, place) => listenThroughHost(endpoint, place, calls),
    announce: createAnnounce(calls),
    endpoints: () => [],
    resource: {},
    graph: () => notHere('graph'),
    ledger: () => notHere('ledger'),
    drops: () => notHere('drops'),
    senders: () => notHere('senders'),
    pipelineInput: () => undefined,
    subscribe: () => notHere('subscribe'),
    memoryInUse: () => process.memoryUsage().heapUsed,
    configuration: undefined,
    draining,
    health: () => notHere('health'),
    statuses: () => [],
    checkHealth: () => notHere('checkHealth'),
  };
}

function createShare(): Host['share'] {
  const shared = new Map<string, { readonly value: Promise<Shared>; leases: number }>();
  return async function share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
    const entry = shared.get(key) ?? { value: open(), leases: 0 };
    shared.set(key, entry);
    entry.leases += 1;
    let isReleased = false;
    const release = async () => {
      if (isReleased) return;
      isReleased = true;
      entry.leases -= 1;
      if (entry.leases > 0) return;
      shared.delete(key);
      await entry.value.then((value) => value.close());
    };
    return { value: (await entry.value) as T, release };
  };
}

/** Returns an authentication extension of the service, whose calls run in the thread of the host. */
function extensionOf(id: string, { request, call, failed }: HostCalls): { readonly offers?: unknown } | undefined {
  const description = call({ kind: 'extension', id }) as AuthenticatorDescription | undefined;
  if (description === undefined) return undefined;
  const offers = remoteAuthenticator(description, {
    authenticate: (headers) => call({ kind: 'authenticate', id, headers }),
    authorize: ({ headers, context: { trace: _trace, ...context } }) =>
      request({ kind: 'authorize', id, headers, context }),
    failed,
  });
  return { offers };
}

/** Listens on a private socket, to which the host forwards the connections of `endpoint`. */
async function listenThroughHost(
  endpoint: string,
  place: Omit<Endpoint, 'address'>,
  { request }: HostCalls,
): Promise<LeasedListener> {
  const { socket, address, path } = (await request({ kind: 'listen', endpoint, place })) as OpenedSocket;
  const inner = await listen(`unix:${path}`);
  let isReleased = false;
  const release = async () => {
    if (isReleased) return;
    isReleased = true;
    await request({ kind: 'release', socket });
    await inner.close();
  };
  return {
    listener: {
      address,
      accept(handle) {
        const stop = inner.accept(handle);
        void request({ kind: 'accept', socket });
        return stop;
      },
      close: release,
    },
    // There is one thread with the component, between which connections could be moved.
    movable: () => {},
    release,
  };
}

function createAnnounce({ request }: HostCalls): Host['announce'] {
  let last = 0;
  return (endpoint) => {
    last += 1;
    const announcement = last;
    void request({ kind: 'announce', announcement, endpoint });
    return () => void request({ kind: 'withdraw', announcement });
  };
}

function notHere(name: string): never {
  throw new Error(`host.${name} ${ELSEWHERE}`);
}

const HELD = { grow: () => true, release: () => {} };

/** Memory for components in a component thread: the batches that they get are admitted by the service's own threads. */
export const UNLIMITED: Admissions = {
  inFlightBytes: 0,
  limitBytes: Number.MAX_SAFE_INTEGER,
  refusedRequests: 0,
  incoming: new IncomingRequests(),
  admit: () => HELD,
  admitItems: () => undefined,
};
