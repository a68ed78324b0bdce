/** A code snippet that sends telemetry from a program in one language. */
export interface Snippet {
  readonly language: string;
  readonly code: string;
}

/** Returns snippets in six languages with the addresses on which this gateway listens. */
export function snippets({ grpc, http }: { readonly grpc: string; readonly http: string }): readonly Snippet[] {
  return [
    {
      language: 'Node',
      code: `# no change to your code
npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node

OTEL_SERVICE_NAME=shop \\
OTEL_EXPORTER_OTLP_ENDPOINT=${http} \\
node --require @opentelemetry/auto-instrumentations-node/register app.js`,
    },
    {
      language: 'Python',
      code: `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install

OTEL_SERVICE_NAME=shop \\
OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} \\
opentelemetry-instrument python app.py`,
    },
    {
      language: 'Go',
      code: `// go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc
exporter, err := otlptracegrpc.New(ctx)
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
otel.SetTracerProvider(provider)
defer provider.Shutdown(ctx)

// OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} go run .`,
    },
    {
      language: 'Java',
      code: `# opentelemetry-javaagent.jar from the releases of the Java instrumentation
OTEL_SERVICE_NAME=shop \\
OTEL_EXPORTER_OTLP_ENDPOINT=${http} \\
java -javaagent:opentelemetry-javaagent.jar -jar app.jar

# sends traces, metrics and logs`,
    },
    {
      language: 'Rust',
      code: `// cargo add opentelemetry opentelemetry_sdk && cargo add opentelemetry-otlp --features grpc-tonic
let exporter = SpanExporter::builder().with_tonic().build()?;
let provider = SdkTracerProvider::builder()
    .with_batch_exporter(exporter).build();
global::set_tracer_provider(provider);

// OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} cargo run`,
    },
    {
      language: 'curl',
      code: `curl ${http}/v1/logs \\
  -H 'content-type: application/json' \\
  -d '{"resourceLogs":[{"scopeLogs":[{"logRecords":[
        {"severityText":"INFO","body":{"stringValue":"hello"}}]}]}]}'

# returns {} once it is stored`,
    },
  ];
}

/**
 * Returns the URL at which a program on the reader's computer reaches a listening address. Loopback addresses are not
 * replaced by `localhost`, which a client may resolve to `::1`, where nothing listens.
 */
export function urlOf(address: string, pageHost: string): string {
  const match = /^(?:\w+:\/\/)?(.*):(\d+)$/.exec(address);
  if (match === null) return address;
  const [, host = '', port = ''] = match;
  const any = host === '' || host === '0.0.0.0' || host === '[::]';
  return `http://${any ? pageHost : host}:${port}`;
}
