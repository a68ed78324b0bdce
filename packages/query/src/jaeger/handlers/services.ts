import { planPipeline } from '../../traceql/plan/plan.ts';
import { sourceOf, type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { invalidParameter } from '../parameters.ts';
import { JaegerProblem } from '../problem.ts';
import { all, kindCondition, kindOf, serviceCondition } from '../search/conditions.ts';
import { envelope } from './envelope.ts';

const EVERYTHING = { start: -(2n ** 63n), end: 2n ** 63n - 1n } as const;
/** Maximum number of spans that are read for the operations of a service: the newest ones. */
const MAX_SPANS = 100_000;

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
  const condition = all([serviceCondition(service), ...(kind === undefined ? [] : [kindCondition([kind])])]);
  const { spans: filter } = planPipeline([{ kind: 'filter', condition }]);
  const source = sourceOf(request);
  const found = new Map<string, { readonly name: string; readonly spanKind: string }>();
  let count = 0;
  for await (const part of source.select({ ...EVERYTHING, filter, parts: {}, order: 'newest' })) {
    await source.check();
    for (const { name, kind: own } of part) {
      const spanKindName = own === 'UNSPECIFIED' ? '' : own.toLowerCase();
      found.set(`${name}\0${spanKindName}`, { name, spanKind: spanKindName });
    }
    count += part.length;
    if (count >= MAX_SPANS) break;
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
