package main

import (
	"context"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
)

type linesConfig struct {
	Path string `mapstructure:"path"`
}

// jsonLines returns an exporter that appends OTLP/JSON lines to a file, as the file exporter does.
func jsonLines() exporter.Factory {
	return exporter.NewFactory(component.MustNewType("file"), func() component.Config { return &linesConfig{} },
		exporter.WithLogs(func(_ context.Context, _ exporter.Settings, config component.Config) (exporter.Logs, error) {
			return &linesExporter{path: config.(*linesConfig).Path}, nil
		}, component.StabilityLevelDevelopment))
}

type linesExporter struct {
	path string
	file *os.File
	lock sync.Mutex
	json plog.JSONMarshaler
}

func (e *linesExporter) Start(context.Context, component.Host) (err error) {
	e.file, err = os.OpenFile(e.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return err
}

func (e *linesExporter) Shutdown(context.Context) error { return e.file.Close() }

func (e *linesExporter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (e *linesExporter) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	line, err := e.json.MarshalLogs(logs)
	if err != nil {
		return err
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	_, err = e.file.Write(append(line, '\n'))
	return err
}
