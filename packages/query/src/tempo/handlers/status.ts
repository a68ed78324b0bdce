import { buildInfoOf } from '../../api/build-info.ts';
import type { TraceHandler } from '../../traceql/request.ts';

/** The version of Tempo whose API and query language this is. Grafana decides by it which features to use. */
const VERSION = '2.9.0';

/** `echo`: tells Grafana that the data source works. */
export const echo: TraceHandler = () => new Response('echo', TEXT);
export const ready: TraceHandler = () => new Response('ready\n', TEXT);
export const buildInfo: TraceHandler = () => buildInfoOf(VERSION);
export const version: TraceHandler = () => new Response(`otelier, version ${VERSION} (API of Tempo)\n`, TEXT);

const TEXT = { headers: { 'content-type': 'text/plain; charset=utf-8' } };
