import type { RuleTrial } from '@otelier/query';
import { useQuery } from '@tanstack/react-query';
import { RequestFailure } from '../../data/client.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { readEditToken } from '../../parts/edit-token/edit-token.ts';
import { addressWith, sendQuery } from '../../query/send-query.ts';

export type { RuleTrial };

export type Labels = Readonly<Record<string, string>>;

/** An alert of a rule, as in Prometheus' API. */
export interface RuleAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: string;
  readonly activeAt?: string;
  readonly value: string;
}

/** A rule, as in Prometheus' API. */
export interface Rule {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly query: string;
  /** Seconds. */
  readonly duration?: number;
  readonly keepFiringFor?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly alerts?: readonly RuleAlert[];
  readonly health: string;
  readonly lastError?: string;
  /** Seconds. */
  readonly evaluationTime?: number;
  readonly lastEvaluation?: string;
  /** Of alerting rules: `firing`, `pending`, `inactive` or `unknown`. */
  readonly state?: string;
  /** An addition of otelier: the language of the expression, PromQL by default. */
  readonly language?: string;
}

/** A group of rules, as in Prometheus' API. */
export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  /** Seconds. */
  readonly interval: number;
  readonly evaluationTime?: number;
  readonly lastEvaluation?: string;
  readonly rules: readonly Rule[];
}

/** A matcher of a silence, as in Alertmanager's API. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual?: boolean;
}

/** A silence, as in Alertmanager's API. */
export interface Silence {
  readonly id: string;
  readonly status: { readonly state: string };
  readonly comment: string;
  readonly createdBy: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly matchers: readonly Matcher[];
}

/** An alert of the notifier, as in Alertmanager's API. */
export interface NotifiedAlert {
  readonly labels: Labels;
  readonly startsAt: string;
  readonly status: {
    readonly state: string;
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy?: readonly string[];
  };
}

/** Notifications that are not delivered. */
export interface Deliveries {
  readonly pending: readonly {
    readonly id?: string;
    readonly integration: string;
    readonly groupKey: string;
    readonly alerts: number;
    readonly attempts: number;
    readonly lastError?: string;
    readonly enqueuedAtMs: number;
    readonly nextAttemptAtMs?: number;
  }[];
  readonly failed: readonly {
    readonly integration: string;
    readonly groupKey: string;
    readonly alerts: number;
    readonly error: string;
    readonly failedAtMs: number;
  }[];
}

/** Time between two requests for the state of alerts. */
const REFRESH_MILLIS = 10_000;

/** Requests JSON of the APIs of alerting, again and again. */
export function useAlertingQuery<Data>(
  path: string,
  params: Readonly<Record<string, string | number>> = {},
  { enabled = true, refetchMillis = REFRESH_MILLIS } = {},
): QueryState<Data> {
  const query = useQuery({
    queryKey: [path, params],
    queryFn: async ({ signal }) => (await (await sendQuery(addressWith(path, params), signal)).json()) as Data,
    enabled,
    refetchInterval: refetchMillis,
    retry: false,
  });
  const error = query.error;
  return {
    data: query.data,
    failure:
      error === null || query.data !== undefined
        ? undefined
        : error instanceof RequestFailure
          ? error
          : new RequestFailure('internal', error.message, 0, path),
    loading: query.isPending && enabled,
    retry: () => void query.refetch(),
  };
}

/** Creates a silence. Rejects with a `RequestFailure`. */
export async function createSilence(silence: Omit<Silence, 'id' | 'status'>): Promise<void> {
  await write('POST', '/alertmanager/api/v2/silences', silence);
}

/** Ends a silence. Rejects with a `RequestFailure`. */
export async function expireSilence(id: string): Promise<void> {
  await write('DELETE', `/alertmanager/api/v2/silence/${encodeURIComponent(id)}`);
}

/** Evaluates a rule in a range, in milliseconds since the epoch. Rejects with a `RequestFailure`. */
export async function tryRules(
  request: { readonly rules: string; readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<RuleTrial> {
  const response = await write('POST', '/api/v1/alerting/try', request, signal);
  return (await response.json()) as RuleTrial;
}

async function write(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const token = readEditToken();
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
  } catch {
    throw new RequestFailure('unreachable', '', 0, `${method} ${path}`);
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  throw new RequestFailure(
    response.status === 401 || response.status === 403 ? 'unauthorized' : 'bad_request',
    messageOf(text),
    response.status,
    `${method} ${path}`,
  );
}

/** Returns the message of an error: Alertmanager responds with a JSON string, other APIs with an object. */
function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'string') return body;
    const { error, message } = body as { readonly error?: unknown; readonly message?: unknown };
    if (typeof error === 'string') return error;
    if (typeof message === 'string') return message;
    const inner = (error as { readonly message?: unknown } | undefined)?.message;
    return typeof inner === 'string' ? inner : text;
  } catch {
    return text;
  }
}
