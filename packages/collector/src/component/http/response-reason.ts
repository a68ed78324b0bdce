/** Describes the response to a failed request: its status, and the start of its body on one line. */
export function responseReason(status: number, body: string, maxCharacters = 500): string {
  const message = body.slice(0, maxCharacters).replace(/\s+/g, ' ').trim();
  return `the server responded ${status}${message === '' ? '' : `: ${message}`}`;
}
