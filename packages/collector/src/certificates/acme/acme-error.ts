/** Thrown when an authority rejects a request, or responds with something unexpected. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError';
  /** Type of the rejection without its prefix, such as `rateLimited`; `undefined` if the response is no rejection. */
  readonly type: string | undefined;
  /** How long the authority asks to wait, in milliseconds. */
  readonly retryAfterMillis: number | undefined;

  constructor(message: string, type?: string, retryAfterMillis?: number) {
    super(message);
    this.type = type;
    this.retryAfterMillis = retryAfterMillis;
  }
}

/** Returns the text of a rejection document (RFC 9457) with its subproblems, cut and without control characters. */
export function rejectionText(rejection: unknown): string {
  const texts = [rejection, ...listOf(rejection, 'subproblems')].flatMap((one) => {
    const detail = fieldOf(one, 'detail') ?? fieldOf(one, 'type');
    return typeof detail === 'string' ? [detail] : [];
  });
  return printable(texts.join('; '));
}

/** Returns the type of a rejection without the prefix of ACME. */
export function rejectionType(rejection: unknown): string | undefined {
  const type = fieldOf(rejection, 'type');
  return typeof type === 'string' ? printable(type.replace(/^urn:ietf:params:acme:error:/, '')) : undefined;
}

/** Returns a field of a value of any type. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Returns a field that is a list, at most `MAX_ENTRIES` of its entries; none if it is something else. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list.slice(0, MAX_ENTRIES) : [];
}

/** Texts of an authority appear in logs and on the page. */
export function printable(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain;
}

const MAX_TEXT = 500;
const MAX_ENTRIES = 200;
