// Command trace-protocols converts the requests of Zipkin and Jaeger with the Collector's receivers, and OTLP to Zipkin
// and Jaeger with the translators of its exporters. It reads cases from stdin and writes their outcomes to stdout, one JSON each line.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log"
	"net/http/httptest"
	"os"

	"github.com/gogo/protobuf/jsonpb"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	jaegertranslator "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"net/http"
)

type testCase struct {
	Kind        string          `json:"kind"`
	Path        string          `json:"path,omitempty"`
	ContentType string          `json:"contentType,omitempty"`
	Parse       bool            `json:"parse,omitempty"`
	Body        []byte          `json:"body,omitempty"`
	Request     json.RawMessage `json:"request,omitempty"`
}

type outcome struct {
	Status  int             `json:"status,omitempty"`
	Text    string          `json:"text,omitempty"`
	Body    []byte          `json:"body,omitempty"`
	Bodies  [][]byte        `json:"bodies,omitempty"`
	Request json.RawMessage `json:"request,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func main() {
	jaeger, err := startJaeger()
	if err != nil {
		log.Fatal(err)
	}
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for scanner.Scan() {
		var one testCase
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			log.Fatal(err)
		}
		var result outcome
		switch one.Kind {
		case "zipkin":
			result = receiveZipkin(one)
		case "zipkin_json":
			result = export(one, zipkinv2.NewJSONTracesMarshaler())
		case "zipkin_proto":
			result = export(one, zipkinv2.NewProtobufTracesMarshaler())
		case "export_jaeger_proto":
			result = exportJaeger(one, func(span *model.Span) ([]byte, error) { return span.Marshal() })
		case "export_jaeger_json":
			result = exportJaeger(one, jaegerJSON)
		default:
			result = jaeger.receive(one)
		}
		if err := out.Encode(result); err != nil {
			log.Fatal(err)
		}
	}
}

func receiveZipkin(one testCase) outcome {
	factory := zipkinreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*zipkinreceiver.Config)
	config.ParseStringTags = one.Parse
	sink := new(consumertest.TracesSink)
	receiver, err := factory.CreateTraces(context.Background(), receivertest.NewNopSettings(factory.Type()), config, sink)
	if err != nil {
		log.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, one.Path, bytes.NewReader(one.Body))
	request.Header.Set("Content-Type", one.ContentType)
	response := httptest.NewRecorder()
	receiver.(http.Handler).ServeHTTP(response, request)
	return outcome{Status: response.Code, Text: response.Body.String(), Request: received(sink)}
}

func received(sink *consumertest.TracesSink) json.RawMessage {
	all := sink.AllTraces()
	if len(all) == 0 {
		return nil
	}
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(all[0])
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func export(one testCase, marshaler ptrace.Marshaler) outcome {
	traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(one.Request)
	if err != nil {
		log.Fatal(err)
	}
	body, err := marshaler.MarshalTraces(traces)
	if err != nil {
		return outcome{Error: err.Error()}
	}
	return outcome{Body: body}
}

// exportJaeger converts spans as the Kafka exporter does: each is a message, with its process.
func exportJaeger(one testCase, marshal func(*model.Span) ([]byte, error)) outcome {
	traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(one.Request)
	if err != nil {
		log.Fatal(err)
	}
	var result outcome
	for _, batch := range jaegertranslator.ProtoFromTraces(traces) {
		for _, span := range batch.Spans {
			span.Process = batch.Process
			body, err := marshal(span)
			if err != nil {
				return outcome{Error: err.Error()}
			}
			result.Bodies = append(result.Bodies, body)
		}
	}
	return result
}

func jaegerJSON(span *model.Span) ([]byte, error) {
	out := new(bytes.Buffer)
	err := (&jsonpb.Marshaler{}).Marshal(out, span)
	return out.Bytes(), err
}

var host = componenttest.NewNopHost()
