/** URL of the page and API in the built-in configuration, and the default for `--url`. */
export const DEFAULT_URL = 'http://127.0.0.1:4319';

/** Options for the built-in configuration. */
export interface BuiltInOptions {
  /** Store directory. */
  readonly data: string;
  /** Whether to add the simulated shop. */
  readonly demo: boolean;
  /** Length of the shop's generated history. */
  readonly demoHistory?: string;
}

/**
 * Returns the configuration used without `--config`, as YAML that users can copy and edit (`otelier config print`).
 * There is no volatile buffer between receiver and store, so an acknowledgment implies fsync.
 */
export function builtInConfig({ data, demo, demoHistory = '0s' }: BuiltInOptions): string {
  const sources = demo ? '[otlp, generator]' : '[otlp]';
  return `# The configuration used without --config.
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
