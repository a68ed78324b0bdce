// Command reference sends log records with the Collector's syslog exporter: it reads cases from standard input, and writes
// what arrives at a TCP listener to standard output.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/syslogexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
)

type testCase struct {
	Config map[string]any  `json:"config"`
	Logs   json.RawMessage `json:"logs"`
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		log.Fatal(err)
	}
	outputs := make([]string, len(cases))
	for i, each := range cases {
		output, err := run(each)
		if err != nil {
			log.Fatal(err)
		}
		outputs[i] = output
	}
	if err := json.NewEncoder(os.Stdout).Encode(outputs); err != nil {
		log.Fatal(err)
	}
}

func run(c testCase) (string, error) {
	ctx := context.Background()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	received := make(chan string)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		bytes, _ := io.ReadAll(conn)
		received <- string(bytes)
	}()
	factory := syslogexporter.NewFactory()
	config := factory.CreateDefaultConfig().(*syslogexporter.Config)
	if err := confmap.NewFromStringMap(c.Config).Unmarshal(config); err != nil {
		return "", err
	}
	address := listener.Addr().(*net.TCPAddr)
	config.Endpoint, config.Port = "127.0.0.1", address.Port
	config.TLS.Insecure = true
	if err := config.Validate(); err != nil {
		return "", err
	}
	exporter, err := factory.CreateLogs(ctx, exportertest.NewNopSettings(component.MustNewType("syslog")), config)
	if err != nil {
		return "", err
	}
	if err := exporter.Start(ctx, componenttest.NewNopHost()); err != nil {
		return "", err
	}
	logs, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(c.Logs)
	if err != nil {
		return "", err
	}
	if err := exporter.ConsumeLogs(ctx, logs); err != nil {
		return "", err
	}
	output := <-received
	return output, exporter.Shutdown(ctx)
}
