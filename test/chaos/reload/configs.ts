import { createRandom } from '@otelier/testkit/otlp/random';

/** The addresses that all configurations of a run share. */
export interface Addresses {
  readonly grpc: string;
  readonly http: string;
  readonly workbench: string;
  /** An address that receivers use now and then. */
  readonly spare: string;
  /** An address that another program uses. */
  readonly taken: string;
  /** Addresses of the destination. */
  readonly sinkGrpc: string;
  readonly sinkHttp: string;
}

/** A generated configuration. */
export interface GeneratedConfig {
  readonly yaml: string;
  /** What is wrong with it, if anything. */
  readonly mistake: Mistake | undefined;
}

type Mistake = 'syntax' | 'option' | 'receiver' | 'port' | 'certificate' | 'workers';
type Components = Record<string, string>;

const MISTAKES: readonly [Mistake, ...Mistake[]] = ['syntax', 'option', 'receiver', 'port', 'certificate', 'workers'];

/**
 * Generates a configuration that takes traces from the same addresses to the same destination as all others of a run, in its
 * own way. Every tenth has a mistake; the first has none.
 */
export function generateConfig(seed: number, index: number, addresses: Addresses, workers: number): GeneratedConfig {
  const choices = new Choices(seed * 1_000_003 + index);
  const mistake = index > 0 && choices.chance(10) ? choices.pick(MISTAKES) : undefined;
  const receivers = receiversOf(choices, addresses);
  const processors = processorsOf(choices);
  const exporters = exporterOf(choices, addresses);
  const pipelines = pipelinesOf(choices, Object.keys(receivers), Object.keys(processors), Object.keys(exporters));
  if (mistake === 'port') receivers['otlp/taken'] = `{protocols: {grpc: {endpoint: "${addresses.taken}"}}}`;
  if (mistake === 'option') processors['batch/wrong'] = '{no_such_option: 1}';
  if (mistake === 'certificate') exporters['otlp_grpc/x'] = '{endpoint: "127.0.0.1:1", tls: {ca_file: /missing.pem}}';
  if (mistake === 'port') pipelines.push('traces/taken: {receivers: [otlp/taken], exporters: [nop]}');
  if (mistake === 'certificate')
    pipelines.push(`traces/x: {receivers: [${Object.keys(receivers)[0]}], exporters: [otlp_grpc/x]}`);
  if (mistake === 'receiver') pipelines.push('traces/wrong: {receivers: [no_such_receiver], exporters: [nop]}');
  const yaml = `${mistake === 'syntax' ? 'receivers: [\n' : ''}receivers:
${section(receivers)}
processors:
${section(processors)}
exporters:
${section({ ...exporters, nop: '{}' })}
connectors: {forward: {}}
extensions: {workbench: {endpoint: "${addresses.workbench}"}}
service:
  workers: ${mistake === 'workers' ? workers + 1 : workers}
  shutdown_timeout: ${choices.pick(['8s', '10s'])}
  memory: {limit: ${choices.pick(['100MiB', '150MiB'])}}
  extensions: [workbench]
  pipelines:
${pipelines.map((text) => `    ${text}`).join('\n')}
`;
  return { yaml, mistake };
}

/** Receivers under different names serve the same addresses, with different options, together or apart. */
function receiversOf(choices: Choices, addresses: Addresses): Components {
  const grpc = `grpc: {endpoint: "${addresses.grpc}", max_recv_msg_size_mib: ${choices.pick(['4', '8', '16'])}}`;
  const http = `http: {endpoint: "${addresses.http}"${choices.pick(['', ', max_request_body_size: 8000000', ', include_metadata: true'])}}`;
  const receivers = choices.pick<Components>([
    { otlp: `{protocols: {${grpc}, ${http}}}` },
    { 'otlp/other': `{protocols: {${grpc}, ${http}}}` },
    { 'otlp/a': `{protocols: {${grpc}}}`, 'otlp/b': `{protocols: {${http}}}` },
    { 'otlp/b': `{protocols: {${grpc}}}`, 'otlp/a': `{protocols: {${http}}}` },
  ]);
  return choices.chance(30)
    ? { ...receivers, 'otlp/spare': `{protocols: {grpc: {endpoint: "${addresses.spare}"}}}` }
    : receivers;
}

function processorsOf(choices: Choices): Components {
  const batch = `{timeout: ${choices.pick(['10ms', '20ms', '50ms'])}, send_batch_size: ${choices.pick(['50', '8192'])}}`;
  const possible: readonly (readonly [percent: number, id: string, config: string])[] = [
    [50, 'batch', batch],
    [40, 'attributes', `{actions: [{key: run, action: upsert, value: ${choices.pick(['a', 'b', 'c'])}}]}`],
    [30, 'filter', `{traces: {span: ['name == "never ${choices.pick(['a', 'b'])}"']}}`],
    [30, choices.pick(['batch/late', 'batch/more']), `{timeout: ${choices.pick(['5ms', '15ms'])}}`],
    [20, 'group_by_trace', `{wait_duration: ${choices.pick(['10ms', '30ms'])}}`],
  ];
  return Object.fromEntries(
    possible.flatMap(([percent, id, config]) => (choices.chance(percent) ? [[id, config]] : [])),
  );
}

function exporterOf(choices: Choices, { sinkGrpc, sinkHttp }: Addresses): Components {
  const queue = choices.pick(['', ', sending_queue: {num_consumers: 2}', ', sending_queue: {enabled: false}']);
  const more = `timeout: ${choices.pick(['5s', '6s'])}${queue}`;
  return choices.pick<Components>([
    { otlp_http: `{endpoint: "http://${sinkHttp}", compression: ${choices.pick(['none', 'gzip'])}, ${more}}` },
    { 'otlp_http/other': `{endpoint: "http://${sinkHttp}", ${more}}` },
    { otlp_grpc: `{endpoint: "${sinkGrpc}", tls: {insecure: true}, ${more}}` },
  ]);
}

/** One pipeline, or two with a connector between them; sometimes with a second exporter, and pipelines of other signals. */
function pipelinesOf(
  choices: Choices,
  receivers: readonly string[],
  processors: readonly string[],
  exporters: readonly string[],
): string[] {
  const copy = choices.chance(20) ? ['nop'] : [];
  const pipelines: string[] = [];
  if (choices.chance(25)) {
    const cut = choices.below(processors.length + 1);
    pipelines.push(
      pipeline('traces', receivers, processors.slice(0, cut), ['forward', ...copy]),
      pipeline('traces/behind', ['forward'], processors.slice(cut), exporters),
    );
  } else {
    pipelines.push(pipeline('traces', receivers, processors, [...exporters, ...copy]));
  }
  for (const signal of ['logs', 'metrics'])
    if (choices.chance(20)) pipelines.push(pipeline(signal, receivers.slice(0, 1), [], ['nop']));
  return pipelines;
}

function pipeline(
  id: string,
  receivers: readonly string[],
  processors: readonly string[],
  exporters: readonly string[],
) {
  const list = (ids: readonly string[]) => `[${ids.join(', ')}]`;
  return `${id}: {receivers: ${list(receivers)}, processors: ${list(processors)}, exporters: ${list(exporters)}}`;
}

function section(components: Components): string {
  const lines = Object.entries(components).map(([id, config]) => `  ${id}: ${config}`);
  return lines.length === 0 ? '  {}' : lines.join('\n');
}

/** Reproducible choices. */
class Choices {
  readonly below: (bound: number) => number;

  constructor(seed: number) {
    this.below = createRandom(seed);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}
