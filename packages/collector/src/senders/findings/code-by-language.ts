/** What is set or written differently in each language. */
export type Setting = 'service' | 'instance' | 'context' | 'sampler' | 'versions' | 'batch';

/** Languages by `telemetry.sdk.language`. The default applies to those that read the standard environment variables. */
const CODE: Readonly<Record<Setting, Readonly<Record<string, string>>>> = {
  service: {
    default: 'OTEL_SERVICE_NAME=checkout',
    webjs: "resource: resourceFromAttributes({ 'service.name': 'checkout' })",
    java: 'OTEL_SERVICE_NAME=checkout  # or -Dotel.service.name=checkout',
    dotnet: 'OTEL_SERVICE_NAME=checkout  # or ConfigureResource(r => r.AddService("checkout"))',
  },
  instance: {
    default: 'OTEL_RESOURCE_ATTRIBUTES=service.instance.id=$(uuidgen)',
    nodejs: "resource: resourceFromAttributes({ 'service.instance.id': randomUUID() })",
    webjs: "resource: resourceFromAttributes({ 'service.instance.id': crypto.randomUUID() })",
    python: 'OTEL_RESOURCE_ATTRIBUTES=service.instance.id=$(uuidgen)  # one per process: set it after os.fork()',
    java: 'OTEL_RESOURCE_PROVIDERS_SERVICE_INSTANCE_ID_ENABLED=true',
    go: 'resource.New(ctx, resource.WithAttributes(semconv.ServiceInstanceID(uuid.NewString())))',
    dotnet: 'ConfigureResource(r => r.AddService("checkout", autoGenerateServiceInstanceId: true))',
  },
  context: {
    default: 'pass the context of the request to the functions that create spans',
    nodejs: 'npm ls @opentelemetry/api',
    webjs: 'npm ls @opentelemetry/api',
    python: 'pip list | grep opentelemetry',
    java: './gradlew dependencies | grep opentelemetry-api',
    go: 'tracer.Start(ctx, "name")  // with the ctx of the request, not context.Background()',
    dotnet: 'dotnet list package --include-transitive | grep OpenTelemetry',
  },
  sampler: { default: 'OTEL_TRACES_SAMPLER=parentbased_always_on' },
  versions: {
    default: 'update all OpenTelemetry packages together',
    nodejs: 'npm ls @opentelemetry/sdk-trace-base @opentelemetry/sdk-trace @opentelemetry/resources',
    webjs: 'npm ls @opentelemetry/sdk-trace-base @opentelemetry/sdk-trace @opentelemetry/resources',
    python: 'pip list | grep opentelemetry-sdk',
    java: './gradlew dependencies | grep opentelemetry-sdk',
    go: 'go list -m all | grep go.opentelemetry.io/otel',
    dotnet: 'dotnet list package --include-transitive | grep OpenTelemetry',
  },
  batch: {
    default: 'OTEL_BSP_SCHEDULE_DELAY=5000 OTEL_BSP_MAX_EXPORT_BATCH_SIZE=512',
    nodejs: 'new BatchSpanProcessor(exporter)  // instead of SimpleSpanProcessor',
    webjs: 'new BatchSpanProcessor(exporter)  // instead of SimpleSpanProcessor',
    python: 'BatchSpanProcessor(exporter)  # instead of SimpleSpanProcessor',
    java: 'BatchSpanProcessor.builder(exporter).build()  // instead of SimpleSpanProcessor',
    go: 'sdktrace.WithBatcher(exporter)  // instead of WithSyncer',
    dotnet: 'AddOtlpExporter(o => o.ExportProcessorType = ExportProcessorType.Batch)',
  },
};

/** Returns the setting or code in a language. */
export function codeFor(setting: Setting, language: string): string {
  const codes = CODE[setting];
  return (Object.hasOwn(codes, language) ? codes[language] : undefined) ?? codes['default'] ?? '';
}
