"""Sends a known set of spans, log records and metrics with the official SDK and prints what it sent, one JSON a line.

Environment: INTEROP_PROTOCOL (grpc or http/protobuf), INTEROP_ENDPOINT, INTEROP_SERVICE, INTEROP_COUNT.
"""

import json
import logging
import os

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

protocol = os.environ["INTEROP_PROTOCOL"]
endpoint = os.environ["INTEROP_ENDPOINT"]
count = int(os.environ["INTEROP_COUNT"])
resource = Resource.create({"service.name": os.environ["INTEROP_SERVICE"]})

if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter

    spans_to, metrics_to, logs_to = (
        OTLPSpanExporter(endpoint=endpoint, insecure=True),
        OTLPMetricExporter(endpoint=endpoint, insecure=True),
        OTLPLogExporter(endpoint=endpoint, insecure=True),
    )
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    spans_to, metrics_to, logs_to = (
        OTLPSpanExporter(endpoint=endpoint + "/v1/traces"),
        OTLPMetricExporter(endpoint=endpoint + "/v1/metrics"),
        OTLPLogExporter(endpoint=endpoint + "/v1/logs"),
    )


def tell(**sent):
    print(json.dumps(sent), flush=True)


tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(spans_to))
tracer = tracers.get_tracer("interop", "1.0")
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(logs_to))
handler = LoggingHandler(logger_provider=loggers)
log = logging.getLogger("interop")
log.setLevel(logging.INFO)
log.addHandler(handler)
log.propagate = False
meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(metrics_to, export_interval_millis=3_600_000)])
meter = meters.get_meter("interop")
counter = meter.create_counter("interop.counter", unit="{thing}")
histogram = meter.create_histogram("interop.histogram", unit="ms")

for i in range(count):
    with tracer.start_as_current_span(f"op-{i}", kind=SpanKind.SERVER) as span:
        span.set_attributes({"i": i, "ratio": i / 7, "flag": i % 2 == 0, "text": f"grün ✓ {i}", "list": ["a", str(i)]})
        if i % 10 == 0:
            span.add_event("checkpoint", {"at": i})
            span.set_status(Status(StatusCode.ERROR, "every tenth fails"))
        context = span.get_span_context()
        log.warning("line-%d", i)
        tell(kind="span", trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}", name=f"op-{i}", i=i)
        tell(kind="log", body=f"line-{i}", trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}")
    counter.add(i, {"parity": "even" if i % 2 == 0 else "odd"})
    histogram.record(i, {"parity": "even" if i % 2 == 0 else "odd"})

for parity in (0, 1):
    values = [i for i in range(count) if i % 2 == parity]
    label = "even" if parity == 0 else "odd"
    tell(kind="sum", name="interop.counter", parity=label, value=sum(values))
    tell(kind="histogram", name="interop.histogram", parity=label, count=len(values), sum=sum(values))

for provider in (tracers, loggers, meters):
    provider.force_flush()
    provider.shutdown()
