import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends a known set of spans, log records and metrics with the official SDK and prints what it sent, one JSON a line.
 * Environment: INTEROP_PROTOCOL (grpc or http/protobuf), INTEROP_ENDPOINT (URL), INTEROP_SERVICE, INTEROP_COUNT.
 */
public final class Interop {
  public static void main(String[] args) {
    boolean grpc = System.getenv("INTEROP_PROTOCOL").equals("grpc");
    String endpoint = System.getenv("INTEROP_ENDPOINT");
    int count = Integer.parseInt(System.getenv("INTEROP_COUNT"));
    Resource resource = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), System.getenv("INTEROP_SERVICE")));

    var spansTo = grpc ? OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).setCompression("gzip").build()
        : OtlpHttpSpanExporter.builder().setEndpoint(endpoint + "/v1/traces").setCompression("gzip").build();
    var metricsTo = grpc ? OtlpGrpcMetricExporter.builder().setEndpoint(endpoint).build()
        : OtlpHttpMetricExporter.builder().setEndpoint(endpoint + "/v1/metrics").build();
    var logsTo = grpc ? OtlpGrpcLogRecordExporter.builder().setEndpoint(endpoint).build()
        : OtlpHttpLogRecordExporter.builder().setEndpoint(endpoint + "/v1/logs").build();

    var tracers = SdkTracerProvider.builder().setResource(resource)
        .addSpanProcessor(BatchSpanProcessor.builder(spansTo).setMaxQueueSize(2 * count).build()).build();
    var loggers = SdkLoggerProvider.builder().setResource(resource)
        .addLogRecordProcessor(BatchLogRecordProcessor.builder(logsTo).setMaxQueueSize(2 * count).build()).build();
    var meters = SdkMeterProvider.builder().setResource(resource)
        .registerMetricReader(PeriodicMetricReader.builder(metricsTo).setInterval(Duration.ofHours(1)).build()).build();
    var tracer = tracers.get("interop");
    var logger = loggers.get("interop");
    var counter = meters.get("interop").counterBuilder("interop.counter").setUnit("{thing}").build();
    var histogram = meters.get("interop").histogramBuilder("interop.histogram").setUnit("ms").build();

    for (int i = 0; i < count; i++) {
      var span = tracer.spanBuilder("op-" + i).setSpanKind(SpanKind.SERVER).startSpan();
      span.setAttribute("i", i);
      span.setAttribute("ratio", i / 7.0);
      span.setAttribute("flag", i % 2 == 0);
      span.setAttribute("text", "grün ✓ " + i);
      span.setAttribute(AttributeKey.stringArrayKey("list"), List.of("a", Integer.toString(i)));
      if (i % 10 == 0) {
        span.addEvent("checkpoint", Attributes.of(AttributeKey.longKey("at"), (long) i));
        span.setStatus(StatusCode.ERROR, "every tenth fails");
      }
      try (var ignored = span.makeCurrent()) {
        logger.logRecordBuilder().setSeverity(Severity.WARN).setBody("line-" + i).emit();
      }
      var parity = Attributes.of(AttributeKey.stringKey("parity"), i % 2 == 0 ? "even" : "odd");
      counter.add(i, parity);
      histogram.record(i, parity);
      span.end();
      var id = span.getSpanContext();
      System.out.printf("{\"kind\":\"span\",\"trace_id\":\"%s\",\"span_id\":\"%s\",\"name\":\"op-%d\",\"i\":%d}%n", id.getTraceId(), id.getSpanId(), i, i);
      System.out.printf("{\"kind\":\"log\",\"body\":\"line-%d\",\"trace_id\":\"%s\",\"span_id\":\"%s\"}%n", i, id.getTraceId(), id.getSpanId());
    }
    for (int parity = 0; parity < 2; parity++) {
      long sum = 0;
      long values = 0;
      for (int i = parity; i < count; i += 2) {
        sum += i;
        values++;
      }
      String label = parity == 0 ? "even" : "odd";
      System.out.printf("{\"kind\":\"sum\",\"name\":\"interop.counter\",\"parity\":\"%s\",\"value\":%d}%n", label, sum);
      System.out.printf("{\"kind\":\"histogram\",\"name\":\"interop.histogram\",\"parity\":\"%s\",\"count\":%d,\"sum\":%d}%n", label, values, sum);
    }
    tracers.shutdown().join(30, TimeUnit.SECONDS);
    loggers.shutdown().join(30, TimeUnit.SECONDS);
    meters.shutdown().join(30, TimeUnit.SECONDS);
  }
}
