import { createRandom } from '@otelier/testkit/otlp/random';

/**
 * Number of spans in a generated request. A request is one resource, so that a service has an even share of the spans.
 */
export const SPANS_PER_REQUEST = 1000;
const SPANS_PER_TRACE = 8;
const VARIANTS = 40;
const ROUTES = ['/cart', '/checkout', '/product/:id', '/api/v1/orders', '/healthz', '/login'];

/** Trace requests of the shape that `blast -fresh` sends: ten attributes per span, new IDs in every request. */
export class SpanGenerator {
  readonly #variants: readonly Variant[] = Array.from({ length: VARIANTS }, (_, index) => variant(index));
  #made: number;

  /** Creates a generator. Those with other first numbers make other traces. */
  constructor(firstNumber = 0) {
    this.#made = firstNumber;
  }

  /** Returns a request whose spans start within `seconds` after `startNanos`. The bytes are not reused. */
  next(startNanos: bigint, lengthNanos: bigint): { readonly bytes: Uint8Array; readonly traceIds: readonly string[] } {
    const number = this.#made++;
    const { bytes, ids, times, durations } = this.#variants[number % VARIANTS] as Variant;
    const copy = Buffer.from(bytes);
    const salt = Math.imul(number + 1, 0x9e3779b1) >>> 0;
    for (const at of ids) {
      copy.writeUInt32LE((copy.readUInt32LE(at) ^ salt) >>> 0, at);
      copy.writeUInt32LE((copy.readUInt32LE(at + 4) + number) >>> 0, at + 4);
    }
    times.forEach((at, span) => {
      const start = startNanos + (lengthNanos * BigInt(span)) / BigInt(SPANS_PER_REQUEST);
      copy.writeBigUInt64LE(start, at);
      copy.writeBigUInt64LE(start + BigInt(durations[span] ?? 0), at + 9);
    });
    const traceIds = ids.filter((_, index) => index % 50 === 0).map((at) => copy.toString('hex', at, at + 16));
    return { bytes: copy, traceIds: traceIds.slice(0, 1) };
  }
}

interface Variant {
  readonly bytes: Uint8Array;
  /** Offsets of trace and span IDs. The first of them is a trace ID. */
  readonly ids: readonly number[];
  /** Offset of each span's start time; the end time is nine bytes later. */
  readonly times: readonly number[];
  readonly durations: readonly number[];
}

function variant(seed: number): Variant {
  const bounded = createRandom(seed + 1);
  const random = () => bounded(2 ** 32);
  const out = new Encoder();
  const ids: number[] = [];
  const times: number[] = [];
  const durations: number[] = [];
  let traceId = randomBytes(random, 16);
  out.message(1, () => {
    out.message(1, () => {
      out.attribute(1, 'service.name', `svc-${seed % 20}`);
      out.attribute(1, 'service.version', '1.4.2');
      out.attribute(1, 'telemetry.sdk.language', 'go');
      out.attribute(1, 'host.name', 'ip-10-1-22-31');
    });
    out.message(2, () => {
      out.message(1, () => out.text(1, 'instrumentation-http'));
      for (let i = 0; i < SPANS_PER_REQUEST; i++) {
        if (i % SPANS_PER_TRACE === 0) traceId = randomBytes(random, 16);
        const route = ROUTES[random() % ROUTES.length] ?? '';
        const failed = random() % 20 === 0;
        const parent = i % SPANS_PER_TRACE === 0 ? undefined : randomBytes(random, 8);
        out.message(2, () => {
          ids.push(out.bytes(1, traceId), out.bytes(2, randomBytes(random, 8)));
          if (parent !== undefined) out.bytes(4, parent);
          out.text(5, `GET ${route}`);
          out.number(6, parent === undefined || random() % 2 === 0 ? 2 : 3);
          times.push(out.fixed64(7));
          out.fixed64(8);
          durations.push(Math.round(1e6 * Math.exp((random() / 2 ** 32) * 7)));
          addAttributes(out, random, { route, path: `${route}/${i}`, failed });
        });
      }
    });
  });
  return { bytes: out.finish(), ids, times, durations };
}

function addAttributes(
  out: Encoder,
  random: () => number,
  { route, path, failed }: { readonly route: string; readonly path: string; readonly failed: boolean },
): void {
  out.attribute(9, 'http.request.method', 'GET');
  out.attribute(9, 'http.route', route);
  out.attribute(9, 'url.path', path);
  out.attribute(9, 'http.response.status_code', failed ? 500 : 200);
  out.attribute(9, 'server.address', 'shop.example.com');
  out.attribute(9, 'network.protocol.version', '1.1');
  out.attribute(9, 'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)');
  for (let k = 7; k < 10; k++) out.attribute(9, `app.attr.${k}`, `value-${random() % 97}`);
  if (!failed) return;
  out.message(15, () => {
    out.text(2, 'boom');
    out.number(3, 2);
  });
}

/** Encodes protobuf messages and tells the offsets of fields, which a shared writer does not. */
class Encoder {
  #bytes = Buffer.alloc(1 << 20);
  #length = 0;

  /** Encodes a message. Its length takes four bytes, so that the offsets of its fields do not move. */
  message(field: number, write: () => void): void {
    this.number(field, undefined, 2);
    const at = this.#length;
    this.#length += 4;
    write();
    const length = this.#length - at - 4;
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = ((length >>> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0);
  }

  bytes(field: number, value: Uint8Array): number {
    this.number(field, undefined, 2);
    this.#bytes[this.#length++] = value.length;
    const at = this.#length;
    this.#bytes.set(value, at);
    this.#length += value.length;
    return at;
  }

  text(field: number, value: string): void {
    this.bytes(field, Buffer.from(value));
  }

  /** Encodes a varint field, or only its tag. */
  number(field: number, value: number | undefined, wireType = 0): void {
    for (const part of value === undefined ? [field * 8 + wireType] : [field * 8, value]) {
      let rest = part;
      for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      this.#bytes[this.#length++] = rest;
    }
  }

  /** Reserves a fixed 64-bit field and returns the offset of its value. */
  fixed64(field: number): number {
    this.number(field, undefined, 1);
    this.#length += 8;
    return this.#length - 8;
  }

  attribute(field: number, key: string, value: string | number): void {
    this.message(field, () => {
      this.text(1, key);
      this.message(2, () => (typeof value === 'string' ? this.text(1, value) : this.number(3, value)));
    });
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function randomBytes(random: () => number, length: number): Uint8Array {
  const out = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4) out.writeUInt32LE(random(), i);
  return out;
}
