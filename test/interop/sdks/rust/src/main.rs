//! Sends a known set of spans, log records and metrics with the official SDK and prints what it sent, one JSON a line.
//!
//! Environment: INTEROP_PROTOCOL (grpc, http/protobuf or http/json), INTEROP_ENDPOINT (URL), INTEROP_SERVICE, INTEROP_COUNT.

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_otlp::{Compression, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::Resource;
use serde_json::json;
use std::env::var;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// gRPC wants a runtime, the HTTP client a thread that may block: this is one with both.
#[tokio::main]
async fn main() -> Result<(), Failure> {
    tokio::task::spawn_blocking(run).await?
}

fn run() -> Result<(), Failure> {
    let (protocol, endpoint) = (var("INTEROP_PROTOCOL")?, var("INTEROP_ENDPOINT")?);
    let count: i64 = var("INTEROP_COUNT")?.parse()?;
    let resource = Resource::builder_empty().with_service_name(var("INTEROP_SERVICE")?).build();
    let (spans_to, logs_to, metrics_to) = exporters(&protocol, &endpoint)?;
    let tracers = SdkTracerProvider::builder().with_resource(resource.clone()).with_simple_exporter(spans_to).build();
    let loggers = SdkLoggerProvider::builder().with_resource(resource.clone()).with_simple_exporter(logs_to).build();
    let meters = SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(metrics_to).build();
    send(count, tracers, loggers, meters)
}

fn exporters(protocol: &str, endpoint: &str) -> Result<(SpanExporter, LogExporter, MetricExporter), Failure> {
    if protocol == "grpc" {
        return Ok((
            SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_compression(Compression::Gzip).build()?,
            LogExporter::builder().with_tonic().with_endpoint(endpoint).build()?,
            MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?,
        ));
    }
    let format = if protocol == "http/json" { Protocol::HttpJson } else { Protocol::HttpBinary };
    Ok((
        SpanExporter::builder().with_http().with_protocol(format).with_endpoint(format!("{endpoint}/v1/traces")).build()?,
        LogExporter::builder().with_http().with_protocol(format).with_endpoint(format!("{endpoint}/v1/logs")).build()?,
        MetricExporter::builder().with_http().with_protocol(format).with_endpoint(format!("{endpoint}/v1/metrics")).build()?,
    ))
}

fn send(count: i64, tracers: SdkTracerProvider, loggers: SdkLoggerProvider, meters: SdkMeterProvider) -> Result<(), Failure> {
    let (tracer, logger, meter) = (tracers.tracer("interop"), loggers.logger("interop"), meters.meter("interop"));
    let counter = meter.u64_counter("interop.counter").with_unit("{thing}").build();
    let histogram = meter.f64_histogram("interop.histogram").with_unit("ms").build();
    for i in 0..count {
        let mut span = tracer.span_builder(format!("op-{i}")).with_kind(SpanKind::Server).start(&tracer);
        let list: Vec<StringValue> = vec!["a".into(), i.to_string().into()];
        span.set_attributes([
            KeyValue::new("i", i),
            KeyValue::new("ratio", i as f64 / 7.0),
            KeyValue::new("flag", i % 2 == 0),
            KeyValue::new("text", format!("grün ✓ {i}")),
            KeyValue::new("list", Value::Array(Array::String(list))),
        ]);
        if i % 10 == 0 {
            span.add_event("checkpoint", vec![KeyValue::new("at", i)]);
            span.set_status(Status::error("every tenth fails"));
        }
        let id = span.span_context().clone();
        let context = Context::current_with_span(span);
        {
            let _active = context.clone().attach();
            let mut record = logger.create_log_record();
            record.set_severity_number(Severity::Warn);
            record.set_body(AnyValue::from(format!("line-{i}")));
            logger.emit(record);
        }
        let parity = [KeyValue::new("parity", if i % 2 == 0 { "even" } else { "odd" })];
        counter.add(i as u64, &parity);
        histogram.record(i as f64, &parity);
        context.span().end();
        let (trace_id, span_id) = (id.trace_id().to_string(), id.span_id().to_string());
        println!("{}", json!({"kind": "span", "trace_id": trace_id, "span_id": span_id, "name": format!("op-{i}"), "i": i}));
        println!("{}", json!({"kind": "log", "body": format!("line-{i}"), "trace_id": trace_id, "span_id": span_id}));
    }
    for (parity, label) in [(0, "even"), (1, "odd")] {
        let values: Vec<i64> = (0..count).filter(|i| i % 2 == parity).collect();
        let sum: i64 = values.iter().sum();
        println!("{}", json!({"kind": "sum", "name": "interop.counter", "parity": label, "value": sum}));
        println!("{}", json!({"kind": "histogram", "name": "interop.histogram", "parity": label, "count": values.len(), "sum": sum}));
    }
    tracers.shutdown()?;
    loggers.shutdown()?;
    meters.shutdown()?;
    Ok(())
}
