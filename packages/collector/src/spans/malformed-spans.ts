/** Thrown for a request of another protocol that cannot be decoded: `where: expected X, got Y`. */
export class MalformedSpansError extends Error {
  override readonly name = 'MalformedSpansError';
}

/** Quotes a value from a sender for an error message, shortened. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

const MAX_QUOTED = 80;
