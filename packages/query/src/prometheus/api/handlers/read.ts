import { decompress } from '@otelier/transport';
import { LIMITS } from '../../../api/limits.ts';
import type { SampleSeries, Selection } from '../../../promql/source.ts';
import { decodeReadRequest } from '../../read/request.ts';
import { respondWithChunks, respondWithSamples } from '../../read/respond.ts';
import type { StoreSource } from '../../store-source.ts';
import { readBody } from '../body.ts';
import { type PrometheusHandler, sourceOf } from '../context.ts';
import { PrometheusProblem, prometheusProblemOf } from '../problem.ts';

/** `read`: remote read. Its errors are plain text. */
export const read: PrometheusHandler = async (request) => {
  try {
    const body = await readBody(request.request, LIMITS.bodyBytes);
    const { queries, responseType } = decodeReadRequest(await decompressed(body));
    const results = resultsOf(sourceOf(request), queries);
    return await (responseType === 'chunks' ? respondWithChunks(results) : respondWithSamples(results));
  } catch (error) {
    const problem = prometheusProblemOf(error);
    if (problem.type === 'internal') throw error;
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    return new Response(`${problem.message}\n`, { status: problem.status, headers });
  }
};

async function decompressed(body: Uint8Array): Promise<Uint8Array> {
  const result = await decompress('snappy', body, { maxBytes: LIMITS.bodyBytes });
  if (result.kind === 'ok') return result.body;
  if (result.kind === 'malformed') throw new PrometheusProblem('bad_data', `body: expected snappy: ${result.reason}`);
  throw new PrometheusProblem('bad_data', `body: expected at most ${LIMITS.bodyBytes} bytes, got more`, 413);
}

async function* resultsOf(source: StoreSource, queries: readonly Selection[]): AsyncGenerator<readonly SampleSeries[]> {
  for (const query of queries) yield await source.select(query);
}
