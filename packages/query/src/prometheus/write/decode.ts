import { WireFormatError } from '@otelier/otlp';
import { decodeV1 } from './decode-v1.ts';
import { decodeV2 } from './decode-v2.ts';
import { RemoteWriteError, type WrittenSeries } from './series.ts';

/** The versions of remote write, by the message that the content type names. */
export type RemoteWriteVersion = 1 | 2;

/** Returns the version that a content type names, or `undefined` if it is none. */
export function versionOf(contentType: string): RemoteWriteVersion | undefined {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type !== 'application/x-protobuf') return undefined;
  const message = parameters.find((parameter) => parameter.startsWith('proto='))?.slice('proto='.length);
  if (message === undefined || message === 'prometheus.writerequest') return 1;
  return message === 'io.prometheus.write.v2.request' ? 2 : undefined;
}

/** Decodes a remote write request. Throws a `RemoteWriteError`. */
export function decodeSeries(bytes: Uint8Array, version: RemoteWriteVersion): WrittenSeries[] {
  try {
    return version === 1 ? decodeV1(bytes) : decodeV2(bytes);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new RemoteWriteError(`expected a remote write request: ${error.message}`);
  }
}
