import { Buffer } from 'node:buffer';
// interim until @otelier/otlp has these
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly retryAfterMillis: number | undefined;
}
export interface PartialSuccess {
  readonly rejectedItems: number;
  readonly errorMessage: string;
}
type Enc = 'protobuf' | 'json';
function varint(n: number): number[] {
  const o: number[] = [];
  while (n > 127) {
    o.push((n % 128) | 128);
    n = Math.floor(n / 128);
  }
  o.push(n);
  return o;
}
function len(field: number, b: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2, ...varint(b.length)]), b]);
}
function num(field: number, n: number): Buffer {
  return n === 0 ? Buffer.alloc(0) : Buffer.from([field * 8, ...varint(n)]);
}
export function encodeExportResponse(p: PartialSuccess | undefined, e: Enc): Uint8Array {
  if (e === 'json')
    return Buffer.from(
      JSON.stringify(
        p ? { partialSuccess: { rejectedSpans: String(p.rejectedItems), errorMessage: p.errorMessage } } : {},
      ),
    );
  return p === undefined
    ? new Uint8Array(0)
    : len(1, Buffer.concat([num(1, p.rejectedItems), len(2, Buffer.from(p.errorMessage))]));
}
export function encodeRpcStatus(s: RpcStatus, e: Enc): Uint8Array {
  if (e === 'json') return Buffer.from(JSON.stringify({ code: s.code, message: s.message }));
  const d =
    s.retryAfterMillis === undefined
      ? Buffer.alloc(0)
      : len(
          3,
          Buffer.concat([
            len(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
            len(
              2,
              len(
                1,
                Buffer.concat([
                  num(1, Math.floor(s.retryAfterMillis / 1000)),
                  num(2, (s.retryAfterMillis % 1000) * 1e6),
                ]),
              ),
            ),
          ]),
        );
  return Buffer.concat([num(1, s.code), len(2, Buffer.from(s.message)), d]);
}
function fields(b: Uint8Array): Map<number, number | Uint8Array> {
  const m = new Map<number, number | Uint8Array>();
  let i = 0;
  const v = () => {
    let r = 0,
      s = 1;
    for (;;) {
      const x = b[i++];
      if (x === undefined) throw new Error('short');
      r += (x & 127) * s;
      if (x < 128) return r;
      s *= 128;
    }
  };
  while (i < b.length) {
    const t = v();
    if ((t & 7) === 0) m.set(t >> 3, v());
    else if ((t & 7) === 2) {
      const n = v();
      if (i + n > b.length) throw new Error('short');
      m.set(t >> 3, b.subarray(i, i + n));
      i += n;
    } else throw new Error('wire');
  }
  return m;
}
const B = (x: number | Uint8Array | undefined) => (x instanceof Uint8Array ? x : new Uint8Array(0));
const N = (x: number | Uint8Array | undefined) => (typeof x === 'number' ? x : 0);
export function decodeExportResponse(b: Uint8Array, e: Enc): PartialSuccess | undefined {
  try {
    if (e === 'json') {
      const p = JSON.parse(Buffer.from(b).toString()).partialSuccess;
      return p === undefined
        ? undefined
        : {
            rejectedItems: Number(
              p.rejectedSpans ?? p.rejectedDataPoints ?? p.rejectedLogRecords ?? p.rejectedProfiles ?? 0,
            ),
            errorMessage: p.errorMessage ?? '',
          };
    }
    const p = fields(b).get(1);
    if (p === undefined) return undefined;
    const f = fields(B(p));
    return { rejectedItems: N(f.get(1)), errorMessage: Buffer.from(B(f.get(2))).toString() };
  } catch {
    return undefined;
  }
}
export function decodeRpcStatus(b: Uint8Array, e: Enc): RpcStatus | undefined {
  try {
    if (e === 'json') {
      const p = JSON.parse(Buffer.from(b).toString());
      return { code: p.code ?? 0, message: p.message ?? '', retryAfterMillis: undefined };
    }
    const f = fields(b);
    const any = f.get(3);
    let r: number | undefined;
    if (any !== undefined) {
      const d = fields(B(fields(B(fields(B(any)).get(2))).get(1)));
      r = N(d.get(1)) * 1000 + N(d.get(2)) / 1e6;
    }
    return { code: N(f.get(1)), message: Buffer.from(B(f.get(2))).toString(), retryAfterMillis: r };
  } catch {
    return undefined;
  }
}
