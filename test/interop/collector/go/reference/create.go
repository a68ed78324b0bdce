package reference

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
)

var errSignal = errors.New("signal is not supported")

// instances is the number of processors that were created.
var instances atomic.Int64

func createProcessor(factory processor.Factory, config component.Config, signal string, recorded *recorder) (instance, error) {
	ctx, settings := context.Background(), processortest.NewNopSettings(factory.Type())
	// Factories share state between components with the same ID, as between the pipelines of one.
	settings.ID = component.NewIDWithName(factory.Type(), strconv.FormatInt(instances.Add(1), 10))
	switch signal {
	case "traces":
		created, err := factory.CreateTraces(ctx, settings, config, traces(recorded, "out"))
		if err != nil {
			return instance{}, err
		}
		return instance{created, sendTraces(created)}, nil
	case "metrics":
		created, err := factory.CreateMetrics(ctx, settings, config, metrics(recorded, "out"))
		if err != nil {
			return instance{}, err
		}
		return instance{created, sendMetrics(created)}, nil
	case "logs":
		created, err := factory.CreateLogs(ctx, settings, config, logs(recorded, "out"))
		if err != nil {
			return instance{}, err
		}
		return instance{created, sendLogs(created)}, nil
	}
	return instance{}, errSignal
}

// created narrows the result of a factory to a connector of one signal.
type created[C component.Component] struct {
	connector C
	err       error
}

func with[C component.Component](connector C, err error) created[C] {
	return created[C]{connector, err}
}

func (c created[C]) receives(send func(C) func(context.Context, []byte) error) (instance, error) {
	if c.err != nil {
		return instance{}, c.err
	}
	return instance{c.connector, send(c.connector)}, nil
}

func createConnector(
	factory connector.Factory, config component.Config, from, to string, pipelines map[string][]string, recorded *recorder,
) (instance, error) {
	ctx, settings := context.Background(), connectortest.NewNopSettings(factory.Type())
	settings.ID = component.NewID(factory.Type())
	toTraces := connector.NewTracesRouter(consumers(pipelines, pipeline.SignalTraces, recorded, traces))
	toMetrics := connector.NewMetricsRouter(consumers(pipelines, pipeline.SignalMetrics, recorded, metrics))
	toLogs := connector.NewLogsRouter(consumers(pipelines, pipeline.SignalLogs, recorded, logs))
	switch from + ">" + to {
	case "traces>traces":
		return with(factory.CreateTracesToTraces(ctx, settings, config, toTraces)).receives(tracesOf)
	case "traces>metrics":
		return with(factory.CreateTracesToMetrics(ctx, settings, config, toMetrics)).receives(tracesOf)
	case "traces>logs":
		return with(factory.CreateTracesToLogs(ctx, settings, config, toLogs)).receives(tracesOf)
	case "metrics>traces":
		return with(factory.CreateMetricsToTraces(ctx, settings, config, toTraces)).receives(metricsOf)
	case "metrics>metrics":
		return with(factory.CreateMetricsToMetrics(ctx, settings, config, toMetrics)).receives(metricsOf)
	case "metrics>logs":
		return with(factory.CreateMetricsToLogs(ctx, settings, config, toLogs)).receives(metricsOf)
	case "logs>traces":
		return with(factory.CreateLogsToTraces(ctx, settings, config, toTraces)).receives(logsOf)
	case "logs>metrics":
		return with(factory.CreateLogsToMetrics(ctx, settings, config, toMetrics)).receives(logsOf)
	case "logs>logs":
		return with(factory.CreateLogsToLogs(ctx, settings, config, toLogs)).receives(logsOf)
	}
	return instance{}, errSignal
}

// consumers returns a consumer for each pipeline of a signal; without names, one for the pipeline "out".
func consumers[C any](
	pipelines map[string][]string, signal pipeline.Signal, recorded *recorder, consumer func(*recorder, string) C,
) map[pipeline.ID]C {
	names := pipelines[signal.String()]
	if names == nil {
		names = []string{"out"}
	}
	byID := map[pipeline.ID]C{}
	for _, name := range names {
		byID[pipeline.NewIDWithName(signal, name)] = consumer(recorded, name)
	}
	return byID
}

func tracesOf(c connector.Traces) func(context.Context, []byte) error   { return sendTraces(c) }
func metricsOf(c connector.Metrics) func(context.Context, []byte) error { return sendMetrics(c) }
func logsOf(c connector.Logs) func(context.Context, []byte) error       { return sendLogs(c) }

func sendTraces(c consumer.Traces) func(context.Context, []byte) error {
	return func(ctx context.Context, request []byte) error {
		data, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
		check(err)
		return c.ConsumeTraces(ctx, data)
	}
}

func sendMetrics(c consumer.Metrics) func(context.Context, []byte) error {
	return func(ctx context.Context, request []byte) error {
		data, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(request)
		check(err)
		return c.ConsumeMetrics(ctx, data)
	}
}

func sendLogs(c consumer.Logs) func(context.Context, []byte) error {
	return func(ctx context.Context, request []byte) error {
		data, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(request)
		check(err)
		return c.ConsumeLogs(ctx, data)
	}
}

func traces(recorded *recorder, name string) consumer.Traces {
	return must(consumer.NewTraces(func(_ context.Context, data ptrace.Traces) error {
		request, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
		return recorded.add("traces", name, request, err)
	}))
}

func metrics(recorded *recorder, name string) consumer.Metrics {
	return must(consumer.NewMetrics(func(_ context.Context, data pmetric.Metrics) error {
		request, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(data)
		return recorded.add("metrics", name, request, err)
	}))
}

func logs(recorded *recorder, name string) consumer.Logs {
	return must(consumer.NewLogs(func(_ context.Context, data plog.Logs) error {
		request, err := (&plog.ProtoMarshaler{}).MarshalLogs(data)
		return recorded.add("logs", name, request, err)
	}))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
