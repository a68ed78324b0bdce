/** Encodes bytes in standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array & { readonly toBase64?: () => string }): string {
  // Part of ES2026, which the oldest supported Node lacks.
  if (bytes.toBase64 !== undefined) return bytes.toBase64();
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes base64, standard or URL-safe, with or without padding. Returns `undefined` if it is malformed. */
export function decodeBase64(text: string): Uint8Array | undefined {
  // `atob` skips white space, which is not allowed in base64 in JSON.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
