/** The result of a document of a bulk request. */
export interface BulkResult {
  readonly status: number;
  /** Why it failed, with the index. */
  readonly reason: string;
}

interface ResponseItem {
  readonly _index?: unknown;
  readonly status?: unknown;
  readonly error?: { readonly type?: unknown; readonly reason?: unknown };
}

/** Parses the response to a bulk request. Returns `undefined` if it is none. */
export function parseBulkResponse(body: string): readonly BulkResult[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { items } = parsed as { readonly items?: unknown };
  // With `filter_path`, a response without items is empty.
  if (items === undefined) return [];
  return Array.isArray(items) ? items.map(resultOf) : undefined;
}

function resultOf(item: unknown): BulkResult {
  const result = (typeof item === 'object' && item !== null ? Object.values(item)[0] : undefined) as
    | ResponseItem
    | undefined;
  const { _index: index = '', status, error } = result ?? {};
  const reason = [error?.type, error?.reason].filter((text) => typeof text === 'string').join(': ');
  return {
    status: typeof status === 'number' ? status : 500,
    reason: `${String(index)}: ${reason === '' ? `status ${String(status)}` : reason}`,
  };
}
