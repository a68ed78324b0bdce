/** Returns the `error.type` of an error, of low cardinality: its code, or else its name (as `exception.type`). */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return String(code || name || 'Error');
}
