import type { ComponentContext, Extension } from '../../component/contract.ts';
import { serverOptions } from '../../component/fields/server.ts';
import type { serverTls } from '../../component/fields/tls.ts';
import { type AggregateStatus, aggregateStatus, statusName } from '../../component/health/aggregate-status.ts';
import { createHttpExtension, type Page } from '../../component/http/http-extension.ts';
import type { z } from '../../component/schema.ts';
import { createGrpcHealth } from './grpc-health.ts';
import { type HealthRules, isAvailable, isHealthy, isServing, priorityOf } from './health-rules.ts';

/** Configuration of the services. */
export interface HealthServices {
  readonly http?: HttpHealth | undefined;
  readonly grpc?: { readonly endpoint: string; readonly tls?: Tls } | undefined;
  readonly componentHealth: HealthRules;
}

type Tls = z.output<ReturnType<typeof serverTls>>;

interface HttpHealth {
  readonly endpoint: string;
  readonly tls?: Tls;
  readonly status: { readonly enabled: boolean; readonly path: string };
  readonly config: { readonly enabled: boolean; readonly path: string };
}

/** Creates the configured services as one extension. */
export function createHealthServers(
  { http, grpc, componentHealth }: HealthServices,
  context: ComponentContext,
): Extension {
  const startMillis = context.clock.now();
  /** Returns the status of a pipeline, or of the process; `undefined` for an unknown pipeline. */
  const statusOf = (pipeline: string): AggregateStatus | undefined => {
    const all = aggregateStatus(context.host.statuses(), priorityOf(componentHealth));
    if (pipeline === '') return all;
    return all.components.get(pipeline === 'extensions' ? pipeline : `pipeline:${pipeline}`);
  };
  const secured = (config: Tls | undefined) => {
    const { tls: options } = serverOptions({ tls: config }, context);
    return options && { options, clock: context.clock };
  };
  const servers: Extension[] = [];
  if (http !== undefined) {
    servers.push(
      createHttpExtension({
        endpoint: http.endpoint,
        name: 'health check',
        tls: secured(http.tls),
        logger: context.logger,
        async respond({ pathname, searchParams }) {
          if (http.config.enabled && pathname === http.config.path) return await configPage(context);
          if (!http.status.enabled || pathname !== http.status.path) return { status: 404, body: '' };
          const status = statusOf(searchParams.get('pipeline') ?? '');
          if (status === undefined) return { status: 404, body: '' };
          const isVerbose = searchParams.has('verbose') && searchParams.get('verbose') !== 'false';
          return statusPage(status, { startMillis, isVerbose, rules: componentHealth, nowMillis: context.clock.now() });
        },
      }),
    );
  }
  if (grpc !== undefined) {
    const isServingNow = (service: string): boolean | undefined => {
      const status = statusOf(service);
      return status && isServing(status, componentHealth, context.clock.now());
    };
    servers.push(createGrpcHealth({ endpoint: grpc.endpoint, tls: secured(grpc.tls)?.options }, isServingNow, context));
  }
  return {
    async start() {
      for (const server of servers) await server.start?.();
    },
    async shutdown() {
      await Promise.all(servers.map((server) => server.shutdown?.()));
    },
  };
}

interface PageOptions {
  readonly startMillis: number;
  readonly nowMillis: number;
  readonly isVerbose: boolean;
  readonly rules: HealthRules;
}

function statusPage(status: AggregateStatus, options: PageOptions): Page {
  const code = isHealthy(status, options.rules, options.nowMillis) ? (isAvailable(status) ? 200 : 503) : 500;
  const body = { start_time: new Date(options.startMillis).toISOString(), ...statusJson(status, options) };
  return { status: code, type: 'application/json', body: JSON.stringify(body) };
}

function statusJson(status: AggregateStatus, options: PageOptions): object {
  const components = [...status.components].map(([name, part]) => [name, statusJson(part, options)]);
  return {
    healthy: isHealthy(status, options.rules, options.nowMillis),
    status: statusName(status.status),
    ...(status.error !== undefined && { error: status.error }),
    status_time: new Date(status.atMillis).toISOString(),
    attributes: {},
    ...(options.isVerbose && components.length > 0 && { components: Object.fromEntries(components) }),
  };
}

async function configPage({ host }: ComponentContext): Promise<Page> {
  if (host.configuration === undefined) return { status: 503, body: '' };
  const { parse } = await import('yaml');
  const value: unknown = parse(await host.configuration.effective());
  return { type: 'application/json', body: JSON.stringify(value) };
}
