import { ACCEPTED } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import type { ExportServer } from '@otelier/transport';
import { createGrpcServer } from '@otelier/transport/grpc-server';

/** A destination that can go away and come back at the same address. It refuses some requests. */
export class KillableSink {
  address = '127.0.0.1:0';
  #server: ExportServer | undefined;
  #requests = 0;

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = await createGrpcServer(
      { endpoint: this.address },
      {
        admit: () => ({ grow: () => true, release: () => {} }),
        export: () => {
          this.#requests += 1;
          if (this.#requests % 11 === 0) return { kind: 'refused', reason: 'no such tenant' };
          return this.#requests % 7 === 0 ? { kind: 'partial', rejectedItems: 1, reason: 'too old' } : ACCEPTED;
        },
      },
    );
    this.address = this.#server.address;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.shutdown(0);
  }
}

/** Returns a configuration with components that drop, hold, merge, copy and derive items. */
export function ledgerConfig(
  random: Random,
  { grpc, http, workbench, sink }: Readonly<Record<'grpc' | 'http' | 'workbench' | 'sink', string>>,
  workers: number,
): string {
  const pick = (...values: readonly string[]) => values[random(values.length)] ?? '';
  const processors = ['batch', 'filter', 'probabilistic_sampler', 'tail_sampling', 'group_by_trace'].filter(
    () => random(2) === 0,
  );
  const exporters = ['otlp_grpc', ...(random(2) === 0 ? ['nop'] : []), ...(random(2) === 0 ? ['count'] : [])];
  return `
receivers: {otlp: {protocols: {grpc: {endpoint: "${grpc}"}, http: {endpoint: "${http}"}}}}
processors:
  batch: {timeout: ${pick('10ms', '30ms')}, send_batch_size: 50, send_batch_max_size: ${pick('0', '70')}}
  filter: {traces: {span: ['IsMatch(name, "${pick('3', '7')}[.]$")']}}
  probabilistic_sampler: {sampling_percentage: ${pick('50', '90')}, mode: proportional}
  tail_sampling: {decision_wait: 1s, num_traces: ${pick('20', '50000')}, policies: [{name: all, type: always_sample}]}
  group_by_trace: {wait_duration: 20ms, num_traces: ${pick('3', '1000')}}
connectors: {count: {}}
exporters:
  nop: {}
  otlp_grpc:
    endpoint: "${sink}"
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 20ms, max_elapsed_time: ${pick('100ms', '5s')}}
    sending_queue: ${pick('{queue_size: 20}', '{queue_size: 5, overflow_policy: drop_oldest}', '{enabled: false}', '{wait_for_result: true}', '{batch: {min_size: 40, max_size: 60}}')}
extensions: {workbench: {endpoint: "${workbench}"}}
service:
  workers: ${workers}
  shutdown_timeout: 5s
  extensions: [workbench]
  pipelines:
    traces: {receivers: [otlp], processors: [${processors.join(', ')}], exporters: [${exporters.join(', ')}]}
${exporters.includes('count') ? '    metrics: {receivers: [count], exporters: [nop]}' : ''}
`;
}
