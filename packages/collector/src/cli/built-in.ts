/** Where the page and the API of the built-in configuration are, and a running process is asked when nothing else is said. */
export const DEFAULT_URL = 'http://127.0.0.1:4319';

/** What the built-in configuration is made with. */
export interface BuiltInOptions {
  /** Folder of the store. */
  readonly data: string;
  /** Whether the simulated shop sends telemetry too. */
  readonly demo: boolean;
  /** How far back the shop's telemetry goes, when it runs. */
  readonly demoHistory?: string;
}

/**
 * The configuration that runs when no `--config` is given, as YAML that may be copied and changed
 * (`otelier config print`). Nothing volatile stands between receiver and store: an acknowledgement means fsync.
 */
export function builtInConfig({ data, demo, demoHistory = '0s' }: BuiltInOptions): string {
  const sources = demo ? '[otlp, generator]' : '[otlp]';
  return `# What otelier runs when no --config is given.
# Save it, change it, and run it with: otelier --config otelier.yaml
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
        max_recv_msg_size_mib: 64
      http:
        endpoint: 127.0.0.1:4318
        cors:
          # Pages served from this machine may send telemetry.
          allowed_origins: ["http://localhost:*", "http://127.0.0.1:*"]
${
  demo
    ? `  generator:
    # A simulated shop of seven services.
    traces_per_second: 5
    history: ${demoHistory}
`
    : ''
}
exporters:
  store:
    directory: ${JSON.stringify(data)}
    retention: 168h
    max_size: 10GB

extensions:
  workbench:
    endpoint: ${new URL(DEFAULT_URL).host}

service:
  extensions: [workbench]
  pipelines:
    traces:
      receivers: ${sources}
      exporters: [store]
    metrics:
      receivers: ${sources}
      exporters: [store]
    logs:
      receivers: ${sources}
      exporters: [store]
    profiles:
      receivers: [otlp]
      exporters: [store]
`;
}
