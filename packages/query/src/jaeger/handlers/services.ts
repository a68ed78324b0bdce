import { condition } from '../../request/condition.ts';
import { type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { invalidParameter } from '../parameters.ts';
import { JaegerProblem } from '../problem.ts';
import { kindOf } from '../search/conditions.ts';
import { envelope } from './envelope.ts';

const EVERYTHING = { start: -(2n ** 63n), end: 2n ** 63n - 1n } as const;
/** Maximum number of operations of a service. */
const MAX_OPERATIONS = 20_000;

/** `services`: the names of services. */
export const services: TraceHandler = async (request) => envelope(await serviceNames(request));

/** `services/{service}/operations`: the names of a service's spans. */
export const operationNames: TraceHandler = async (request) => {
  const found = await operationsOf(request, request.argument, undefined);
  return envelope([...new Set(found.map(({ name }) => name))]);
};

/** `operations`: the names of a service's spans with their kinds. */
export const operations: TraceHandler = async (request) => {
  const { parameters } = request;
  const service = parameters.get('service') ?? '';
  if (service === '') throw new JaegerProblem(400, "parameter 'service' is required");
  return envelope(await operationsOf(request, service, parameters.get('spanKind') ?? undefined));
};

/** Returns the names of services with spans, sorted. */
export async function serviceNames(request: TraceRequest): Promise<readonly string[]> {
  const found = await request.store().services({ tenant: tenantOf(request), ...EVERYTHING });
  return found.flatMap(({ service, spans }) => (spans > 0 && service !== '' ? [service] : [])).toSorted();
}

/** Returns the operations of a service, sorted by name. */
export async function operationsOf(
  request: TraceRequest,
  service: string,
  spanKind: string | undefined,
): Promise<readonly { readonly name: string; readonly spanKind: string }[]> {
  const kind = spanKind ? kindOf(spanKind) : undefined;
  if (spanKind && kind === undefined) throw invalidParameter('spanKind', `unsupported span kind: '${spanKind}'`);
  const filters = [
    condition('service', '=', service),
    ...(kind === undefined ? [] : [condition('kind', '=', kind.toUpperCase())]),
  ];
  const counts = await request.store().countItems({
    ...{ tenant: tenantOf(request), ...EVERYTHING, signal: 'traces', steps: 1, limit: MAX_OPERATIONS },
    filter: { kind: 'all', filters },
    by: ['name', 'kind'],
  });
  if (counts === undefined) {
    throw new JaegerProblem(422, `service ${JSON.stringify(service)} has more than ${MAX_OPERATIONS} operations`);
  }
  return counts
    .map(({ name, kind: own }) => ({ name, spanKind: own === 'UNSPECIFIED' ? '' : own.toLowerCase() }))
    .toSorted((a, b) => order(a.name, b.name) || order(a.spanKind, b.spanKind));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
