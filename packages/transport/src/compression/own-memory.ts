/** Copies a body that would otherwise retain a much larger buffer. */
export function ownMemory(body: Uint8Array): Uint8Array {
  if (body.buffer.byteLength - body.byteLength <= Math.max(64, body.byteLength >> 3)) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  own.set(body);
  return own;
}
