import type { Request } from '../delivery/contract.ts';
import type { RequestBuffer } from '../delivery/drain.ts';

/** Opens or reopens a test's buffer with a capacity of at least `capacityBytes` and at most twice that. */
export type OpenBuffer = (capacityBytes: number) => Promise<RequestBuffer>;

/** A test case of the buffer contract. */
export interface BufferCase {
  readonly name: string;
  readonly run: (open: OpenBuffer) => Promise<void>;
}

/** The contract that every `RequestBuffer` must satisfy. It runs in Node and in pages, so it has its own assertions. */
export const BUFFER_CONTRACT: readonly BufferCase[] = [
  {
    name: 'returns requests in order, each until it is removed',
    async run(open) {
      const buffer = await open(MIB);
      equal(await buffer.first(), undefined);
      const requests = [requestOf('traces', 1, 'a', 'b'), requestOf('logs', 7, 'c'), requestOf('metrics', 300_000, '')];
      for (const request of requests) equal(await buffer.append(request), true);
      equal(buffer.held, { requests: 3, items: 300_008, bytes: 3 });
      for (const request of requests) {
        equal(joined(await buffer.first()), joined(request));
        equal(joined(await buffer.first()), joined(request));
        await buffer.removeFirst();
      }
      equal(buffer.held, { requests: 0, items: 0, bytes: 0 });
      equal(await buffer.first(), undefined);
      await buffer.close();
    },
  },
  {
    name: 'keeps its requests, except removed ones, when it is reopened',
    async run(open) {
      const before = await open(MIB);
      for (const text of ['a', 'b', 'c']) await before.append(requestOf('traces', 2, text));
      await before.first();
      await before.removeFirst();
      await before.close();
      await before.close();
      const after = await open(MIB);
      equal(after.held, { requests: 2, items: 4, bytes: 2 });
      await after.append(requestOf('traces', 1, 'd'));
      equal(await drained(after), ['b', 'c', 'd']);
      await after.close();
      const empty = await open(MIB);
      equal([empty.held.requests, await empty.first()], [0, undefined]);
      await empty.close();
    },
  },
  {
    name: 'accepts requests while the first is being sent',
    async run(open) {
      const buffer = await open(MIB);
      await buffer.append(requestOf('traces', 1, 'a'));
      equal(textOf(await buffer.first()), 'a');
      const [kept] = await Promise.all([buffer.append(requestOf('traces', 1, 'b')), buffer.removeFirst()]);
      equal(kept, true);
      equal(await drained(buffer), ['b']);
      await buffer.close();
    },
  },
  {
    name: 'rejects requests beyond its capacity, and accepts as many again once it is empty',
    async run(open) {
      const buffer = await open(MIB);
      for (let round = 0; round < 3; round++) {
        let kept = 0;
        const letters = String.fromCharCode(97 + round).repeat(50_000);
        while (await buffer.append(requestOf('logs', 1, letters))) kept++;
        if (kept < 20 || kept > 42)
          throw new Error(`expected a capacity of 1 to 2 MiB, got ${kept} times 50,000 bytes`);
        equal(buffer.held.bytes, kept * 50_000);
        equal(
          await drained(buffer),
          Array.from({ length: kept }, () => letters),
        );
      }
      await buffer.close();
    },
  },
];

/** Creates a request from parts given as strings. */
export function requestOf(signal: Request['signal'], itemCount: number, ...texts: readonly string[]): Request {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  return { signal, itemCount, parts, sizeBytes: parts.reduce((sum, { length }) => sum + length, 0) };
}

/** Returns a request's parts as a single string. */
export function textOf(request: Request | undefined): string | undefined {
  if (request === undefined) return undefined;
  const decoder = new TextDecoder();
  return request.parts.map((part) => decoder.decode(part)).join('');
}

/** Removes all requests and returns each as a string. */
export async function drained(buffer: RequestBuffer): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (let first = await buffer.first(); first !== undefined; first = await buffer.first()) {
    texts.push(textOf(first));
    await buffer.removeFirst();
  }
  return texts;
}

/** Returns a request's content without its division into parts, which buffers need not preserve. */
function joined(request: Request | undefined): unknown {
  return [request?.signal, request?.itemCount, request?.sizeBytes, textOf(request)];
}

function equal(actual: unknown, expected: unknown): void {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== want) throw new Error(`expected ${want?.slice(0, 500)}, got ${got?.slice(0, 500)}`);
}

const MIB = 1024 * 1024;
