import { writeFile } from 'node:fs/promises';
import { encodeBase64, REQUEST_MESSAGES, requestToJson } from '@otelier/otlp';
import type { TestRequest } from '../file/model.ts';

/** Writes requests to a telemetry file, one in each line, as `readTelemetryFile` reads them. */
export async function writeTelemetryFile(path: string, requests: readonly TestRequest[]): Promise<void> {
  await writeFile(path, requests.map((request) => `${lineOf(request)}\n`).join(''));
}

function lineOf({ signal, bytes }: TestRequest): string {
  if (REQUEST_MESSAGES[signal] !== undefined) return requestToJson(signal, bytes);
  return JSON.stringify({ signal, protobuf: encodeBase64(bytes) });
}
