/** Returns a response of the API: a list, or another value. */
export function envelope(data: unknown, total = Array.isArray(data) ? data.length : 0): object {
  return { data, total, limit: 0, offset: 0, errors: null };
}
