import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../../operators/entry/entry.ts';
import { parseDocument } from '../json_documents/parse-document.ts';
import { type DocumentTarget, entryOf } from './document.ts';

/** The result of an action of a bulk request. */
export interface BulkItem {
  readonly action: string;
  readonly target: DocumentTarget;
  /** Why the action failed, if it did. */
  readonly error: { readonly status: number; readonly type: string; readonly reason: string } | undefined;
}

/** A bulk request: its results if the pipeline accepts its documents, and the log records. */
export interface BulkRequest {
  readonly items: readonly BulkItem[];
  readonly entries: readonly Entry[];
}

/** Thrown for a request that is no bulk request. */
export class BulkError extends Error {
  override readonly name = 'BulkError';
}

const ACTIONS = new Set(['create', 'index', 'update', 'delete']);
/** Documents after which other work runs. */
const DOCUMENTS_AT_ONCE = 1000;

/** Parses the lines of a bulk request. `index` is that of the path. Throws a `BulkError` for a line that is no action. */
export async function parseBulkRequest(body: Uint8Array, index: string, observedNanos: bigint): Promise<BulkRequest> {
  const items: BulkItem[] = [];
  const entries: Entry[] = [];
  const lines = linesOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  for (const line of lines) {
    if (line.trim() === '') continue;
    const { action, target } = actionOf(line, index, items.length);
    const document = action === 'delete' ? undefined : nextLine(lines, items.length);
    const entry = document === undefined ? undefined : toEntry(action, document, target, observedNanos);
    const error = entry === undefined ? unsupported(action) : 'type' in entry ? entry : undefined;
    if (entry !== undefined && !('type' in entry)) entries.push(entry);
    items.push({ action, target, error });
    if (items.length % DOCUMENTS_AT_ONCE === 0) await setImmediate();
  }
  if (items.length === 0) throw new BulkError('request body is required');
  return { items, entries };
}

/** Converts a document; an error for an action without log records. */
function toEntry(action: string, text: string, target: DocumentTarget, observedNanos: bigint) {
  if (action === 'update') return unsupported(action);
  if (target.index === '')
    return { status: 400, type: 'action_request_validation_exception', reason: 'index is missing' };
  const document = parseDocument(text);
  if (typeof document === 'string') return { status: 400, type: 'document_parsing_exception', reason: document };
  return entryOf(document, target, observedNanos);
}

function unsupported(action: string) {
  return {
    status: 400,
    type: 'illegal_argument_exception',
    reason: `expected create or index, got ${action}: log records cannot be changed`,
  };
}

function* linesOf(body: Buffer): Generator<string> {
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(0x0a, start);
    const stop = end < 0 ? body.length : end;
    yield body.toString('utf8', start, stop);
    start = stop + 1;
  }
}

function nextLine(lines: Iterator<string>, position: number): string {
  const { value, done } = lines.next();
  if (done === true) throw new BulkError(`action ${position + 1}: expected a document on the next line, got the end`);
  return value;
}

function actionOf(line: string, index: string, position: number): { action: string; target: DocumentTarget } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new BulkError(`action ${position + 1}: expected JSON, got ${JSON.stringify(line.slice(0, 40))}`);
  }
  const [name = '', options] = typeof parsed === 'object' && parsed !== null ? (Object.entries(parsed)[0] ?? []) : [];
  if (!ACTIONS.has(name) || typeof options !== 'object' || options === null)
    throw new BulkError(
      `action ${position + 1}: expected one of ${[...ACTIONS].join(', ')}, got "${name.slice(0, 40)}"`,
    );
  const { _index: own, _id: id } = options as { readonly _index?: unknown; readonly _id?: unknown };
  const target = { index: typeof own === 'string' ? own : index, id: typeof id === 'string' ? id : undefined };
  return { action: name, target };
}
