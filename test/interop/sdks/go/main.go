// Sends a known set of spans, log records and metrics with the official SDK and prints what it sent, one JSON a line.
//
// Environment: INTEROP_PROTOCOL (grpc or http/protobuf), INTEROP_ENDPOINT (host:port), INTEROP_SERVICE, INTEROP_COUNT.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func tell(sent map[string]any) {
	check(json.NewEncoder(os.Stdout).Encode(sent))
}

func main() {
	ctx := context.Background()
	endpoint, grpc := os.Getenv("INTEROP_ENDPOINT"), os.Getenv("INTEROP_PROTOCOL") == "grpc"
	count := must(strconv.Atoi(os.Getenv("INTEROP_COUNT")))
	res := resource.NewSchemaless(attribute.String("service.name", os.Getenv("INTEROP_SERVICE")))

	var spansTo sdktrace.SpanExporter
	var metricsTo sdkmetric.Exporter
	var logsTo sdklog.Exporter
	if grpc {
		spansTo = must(otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(endpoint), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip")))
		metricsTo = must(otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpoint(endpoint), otlpmetricgrpc.WithInsecure()))
		logsTo = must(otlploggrpc.New(ctx, otlploggrpc.WithEndpoint(endpoint), otlploggrpc.WithInsecure()))
	} else {
		spansTo = must(otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(endpoint), otlptracehttp.WithInsecure(), otlptracehttp.WithCompression(otlptracehttp.GzipCompression)))
		metricsTo = must(otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(endpoint), otlpmetrichttp.WithInsecure()))
		logsTo = must(otlploghttp.New(ctx, otlploghttp.WithEndpoint(endpoint), otlploghttp.WithInsecure()))
	}

	tracers := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(spansTo, sdktrace.WithBlocking()))
	loggers := sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(sdklog.NewBatchProcessor(logsTo, sdklog.WithMaxQueueSize(count*2))))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metricsTo, sdkmetric.WithInterval(time.Hour))))
	tracer, logger, meter := tracers.Tracer("interop"), loggers.Logger("interop"), meters.Meter("interop")
	counter := must(meter.Int64Counter("interop.counter", metric.WithUnit("{thing}")))
	histogram := must(meter.Float64Histogram("interop.histogram", metric.WithUnit("ms")))

	for i := range count {
		name := fmt.Sprintf("op-%d", i)
		spanCtx, span := tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.Int("i", i), attribute.Float64("ratio", float64(i)/7), attribute.Bool("flag", i%2 == 0),
			attribute.String("text", fmt.Sprintf("grün ✓ %d", i)), attribute.StringSlice("list", []string{"a", strconv.Itoa(i)})))
		if i%10 == 0 {
			span.AddEvent("checkpoint", trace.WithAttributes(attribute.Int("at", i)))
			span.SetStatus(codes.Error, "every tenth fails")
		}
		var record log.Record
		record.SetTimestamp(time.Now())
		record.SetSeverity(log.SeverityWarn)
		record.SetBody(attribute.StringValue(fmt.Sprintf("line-%d", i)))
		logger.Emit(spanCtx, record)
		parity := []string{"even", "odd"}[i%2]
		counter.Add(ctx, int64(i), metric.WithAttributes(attribute.String("parity", parity)))
		histogram.Record(ctx, float64(i), metric.WithAttributes(attribute.String("parity", parity)))
		span.End()
		id := span.SpanContext()
		tell(map[string]any{"kind": "span", "trace_id": id.TraceID().String(), "span_id": id.SpanID().String(), "name": name, "i": i})
		tell(map[string]any{"kind": "log", "body": fmt.Sprintf("line-%d", i), "trace_id": id.TraceID().String(), "span_id": id.SpanID().String()})
	}
	for parity, label := range []string{"even", "odd"} {
		sum, n := 0, 0
		for i := parity; i < count; i += 2 {
			sum, n = sum+i, n+1
		}
		tell(map[string]any{"kind": "sum", "name": "interop.counter", "parity": label, "value": sum})
		tell(map[string]any{"kind": "histogram", "name": "interop.histogram", "parity": label, "count": n, "sum": sum})
	}
	check(tracers.Shutdown(ctx))
	check(loggers.Shutdown(ctx))
	check(meters.Shutdown(ctx))
}
