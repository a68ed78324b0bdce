import type { Outcome } from '@otelier/otlp';
import type { HttpResponse } from '../../component/http/http-request.ts';

/** Size of a part, and of an object above which it is written in parts: the default of the command line of AWS. */
export const PART_BYTES: number = 8 << 20;
/** Number of parts that S3 allows. */
const MAX_PARTS = 10_000;
/** Parts that are sent at the same time. */
const CONCURRENCY = 4;

/** The requests of an upload in parts. They reject if there is no response. */
export interface MultipartCalls {
  create(abort: AbortSignal): Promise<HttpResponse>;
  put(uploadId: string, partNumber: number, body: Uint8Array, abort: AbortSignal): Promise<HttpResponse>;
  complete(uploadId: string, body: string, abort: AbortSignal): Promise<HttpResponse>;
  /** Deletes the parts of an upload that failed. */
  discard(uploadId: string): Promise<void>;
  outcomeOf(response: HttpResponse): Outcome;
}

/** Writes an object in parts. If one fails, the others are deleted, so that nothing remains but whole objects. */
export async function uploadInParts(calls: MultipartCalls, body: Uint8Array, abort: AbortSignal): Promise<Outcome> {
  const created = await calls.create(abort);
  const creation = calls.outcomeOf(created);
  if (creation.kind !== 'accepted') return creation;
  const uploadId = textOf(created.body, 'UploadId');
  if (uploadId === undefined) return refused('the ID of an upload', created.body);
  let outcome: Outcome | undefined;
  try {
    outcome = await sendParts(calls, uploadId, body, abort);
    return outcome;
  } finally {
    // A failure to delete leaves parts to the lifecycle rules of the bucket; the cause of the failure is what counts.
    if (outcome?.kind !== 'accepted') await calls.discard(uploadId).catch(() => {});
  }
}

async function sendParts(
  calls: MultipartCalls,
  uploadId: string,
  body: Uint8Array,
  abort: AbortSignal,
): Promise<Outcome> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(body.length / MAX_PARTS));
  const count = Math.ceil(body.length / partBytes);
  const tags: string[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([abort, stop.signal]);
  let next = 0;
  const sendNext = async (): Promise<void> => {
    while (next < count && !stop.signal.aborted) {
      const index = next++;
      const part = body.subarray(index * partBytes, (index + 1) * partBytes);
      tags[index] = tagOf(await calls.put(uploadId, index + 1, part, signal), calls);
    }
  };
  // The first failure ends the requests for other parts, which would be stored after the upload is discarded.
  const sending = Array.from({ length: CONCURRENCY }, () => sendNext().catch((error: unknown) => stop.abort(error)));
  await Promise.all(sending);
  if (stop.signal.aborted) {
    if (stop.signal.reason instanceof PartError) return stop.signal.reason.outcome;
    throw stop.signal.reason;
  }
  const parts = tags.map(
    (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
  );
  const completion = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  return calls.outcomeOf(await calls.complete(uploadId, completion, abort));
}

/** A part that the server did not store. */
class PartError extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

function tagOf(response: HttpResponse, calls: MultipartCalls): string {
  const outcome = calls.outcomeOf(response);
  if (outcome.kind !== 'accepted') throw new PartError(outcome);
  const { etag = '' } = response.headers;
  if (etag === '') throw new PartError(refused('an ETag of a part', ''));
  return etag;
}

function refused(expected: string, got: string): Outcome {
  return { kind: 'refused', reason: `expected ${expected}, got ${JSON.stringify(got.slice(0, 80))}` };
}

/** Returns the text of an element without children. */
function textOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
