import { ACCEPTED, type Signal } from '@otelier/otlp';
import type { ExportHandler } from '@otelier/transport';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import { writeSpans } from '../../spans/write-spans.ts';
import { decodePostSpans } from './decode-protobuf.ts';
import { spansOfProtobuf } from './to-spans.ts';

/** The gRPC methods of Jaeger's Collector, by path. */
export const METHODS: ReadonlyMap<string, Signal> = new Map([['/jaeger.api_v2.CollectorService/PostSpans', 'traces']]);

/** Returns a handler that converts the spans of gRPC calls to OTLP and passes them to another handler. */
export function converting(handler: ExportHandler): ExportHandler {
  return {
    ...(handler.incoming !== undefined && { incoming: handler.incoming }),
    admit: (sizeBytes) => handler.admit(sizeBytes),
    async export(request) {
      try {
        const { bytes, itemCount } = writeSpans(spansOfProtobuf(decodePostSpans(request.body)));
        return itemCount === 0 ? ACCEPTED : await handler.export({ ...request, body: bytes });
      } catch (error) {
        if (!(error instanceof MalformedSpansError)) throw error;
        return { kind: 'refused', reason: error.message };
      }
    },
  };
}
