import { errorMessage } from '../../component/error-message.ts';
import { type HttpRequestOptions, httpRequest } from '../../component/http/http-request.ts';
import { z } from '../../component/schema.ts';
import { MetadataUnavailable } from './detector.ts';

/** Fetches a response body from a metadata service. Throws `MetadataUnavailable` unless the status is 200. */
export async function fetchText(url: string, options: HttpRequestOptions = {}): Promise<string> {
  const response = await httpRequest(url, options).catch((error: unknown) => {
    throw new MetadataUnavailable(`request of ${url} failed: ${errorMessage(error)}`, { cause: error });
  });
  if (response.status !== 200) throw new MetadataUnavailable(`expected status 200 of ${url}, got ${response.status}`);
  return response.body;
}

/** Fetches and parses a JSON response from a metadata service. */
export async function fetchJson<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  options: HttpRequestOptions = {},
): Promise<z.output<Schema>> {
  return parseJson(url, await fetchText(url, options), schema);
}

/** Parses JSON from a metadata service. Throws `MetadataUnavailable` if it does not match the schema. */
export function parseJson<Schema extends z.ZodType>(where: string, text: string, schema: Schema): z.output<Schema> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new MetadataUnavailable(`expected JSON of ${where}, got other text`, { cause: error });
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  throw new MetadataUnavailable(`expected the documented metadata of ${where}: ${z.prettifyError(result.error)}`);
}

/** Returns a schema for a string that defaults to empty, as in Go. */
export function text() {
  return z
    .string()
    .nullish()
    .transform((value) => value ?? '');
}

/** Fetches several metadata service paths concurrently, keyed by attribute. */
export async function fetchTexts<Key extends string>(
  paths: Readonly<Record<Key, string>>,
  fetchPath: (path: string) => Promise<string>,
): Promise<Record<Key, string>> {
  const entries = Object.entries<string>(paths);
  const values = await Promise.all(entries.map(([, path]) => fetchPath(path)));
  return Object.fromEntries(entries.map(([key], index) => [key, values[index]])) as Record<Key, string>;
}

/** Converts missing metadata to an error that does not depend on `fail_on_missing_metadata`. */
export async function required<T>(what: string, value: Promise<T>): Promise<T> {
  try {
    return await value;
  } catch (error) {
    throw new Error(`${what}: ${errorMessage(error)}`, { cause: error });
  }
}
