import { ListenError, listen, parseEndpoint } from '@otelier/transport';
import type { Endpoint } from '../component/host.ts';
import type { SocketReply } from './protocol.ts';

/**
 * Tells workers where to listen. The kernel would let any program of this user join a port that is shared, so the first
 * claim opens it alone for a moment: that finds who has it already, and which port a 0 becomes.
 */
export class SharedPorts {
  readonly #addresses = new Map<string, Promise<string>>();
  readonly #onUnshared: (component: string, endpoint: string) => void;

  /** `onUnshared` is told of a path on which only one worker can listen. */
  constructor(onUnshared: (component: string, endpoint: string) => void) {
    this.#onUnshared = onUnshared;
  }

  async claim(
    worker: number,
    endpoint: string,
    { component, protocol }: Omit<Endpoint, 'address'>,
  ): Promise<SocketReply> {
    try {
      if (parseEndpoint(endpoint).kind === 'unix') {
        if (worker === 0) this.#onUnshared(component, endpoint);
        return worker === 0 ? { kind: 'listen', endpoint } : { kind: 'idle', address: endpoint };
      }
      const key = `${component} ${protocol} ${endpoint}`;
      const address = this.#addresses.get(key) ?? findAddress(endpoint);
      this.#addresses.set(key, address);
      return { kind: 'listen', endpoint: await address };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return {
        kind: 'failure',
        message: error.message,
        code: error instanceof ListenError ? error.code : '',
        endpoint,
      };
    }
  }
}

async function findAddress(endpoint: string): Promise<string> {
  const alone = await listen(endpoint);
  await alone.close();
  return alone.address;
}
