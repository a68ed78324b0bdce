import { WireWriter } from '@otelier/otlp';
import { sourceOf, type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { traceJson } from '../format/trace-json.ts';
import { rangeParameters } from '../parameters.ts';
import { TempoProblem } from '../problem.ts';

const PROTOBUF = 'application/protobuf';
/** Maximum size of a trace in a response, in bytes. */
const MAX_BYTES = 100 << 20;

/** `traces/{id}`: returns a trace as OTLP. */
export const trace: TraceHandler = async (request) => {
  const requests = await readTrace(request);
  if (requests.length === 0) return notFound();
  // A concatenation of messages is a message with all of their resources.
  if (wantsProtobuf(request)) return protobuf(Buffer.concat(requests));
  return { batches: requests.flatMap(traceJson) };
};

/** `v2/traces/{id}`: returns a trace in an envelope. */
export const traceV2: TraceHandler = async (request) => {
  const requests = await readTrace(request);
  if (requests.length === 0) return notFound();
  if (!wantsProtobuf(request)) return { trace: { resourceSpans: requests.flatMap(traceJson) }, metrics: {} };
  const writer = new WireWriter();
  writer.bytesField(1, Buffer.concat(requests));
  return protobuf(writer.finish());
};

async function readTrace(request: TraceRequest): Promise<readonly Uint8Array[]> {
  const traceId = parseTraceId(request.argument);
  rangeParameters(request.parameters);
  const source = sourceOf(request);
  const requests: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.store().exportTrace({ tenant: tenantOf(request), traceId })) {
    await source.check();
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new TempoProblem(422, `trace exceeds max size (max bytes: ${MAX_BYTES})`);
    requests.push(part);
  }
  return requests;
}

/** Parses a trace ID, which can be written without leading zeros. */
export function parseTraceId(text: string): string {
  const invalid = /[^\da-f]/i.exec(text);
  if (invalid !== null) {
    throw new TempoProblem(
      400,
      `trace IDs can only contain hex characters: invalid character '${invalid[0]}' at position ${invalid.index + 1}`,
    );
  }
  if (text.length > 32) throw new TempoProblem(400, "trace IDs can't be larger than 128 bits");
  return text.toLowerCase().padStart(32, '0');
}

function wantsProtobuf({ request }: TraceRequest): boolean {
  return request.headers.get('accept')?.includes(PROTOBUF) === true;
}

function protobuf(bytes: Uint8Array): Response {
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': PROTOBUF } });
}

function notFound(): Response {
  return new Response('trace not found', { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
