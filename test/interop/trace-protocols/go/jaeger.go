package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/jaegerreceiver"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const (
	grpcAddress    = "127.0.0.1:38250"
	httpAddress    = "127.0.0.1:38268"
	compactAddress = "127.0.0.1:38831"
	binaryAddress  = "127.0.0.1:38832"
	// Longer than a datagram takes on loopback. Datagrams that the receiver rejects have no other sign.
	datagramWait = 300 * time.Millisecond
)

type jaeger struct {
	sink       *consumertest.TracesSink
	connection *grpc.ClientConn
}

func startJaeger() (*jaeger, error) {
	factory := jaegerreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	source := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"grpc":           map[string]any{"endpoint": grpcAddress},
		"thrift_http":    map[string]any{"endpoint": httpAddress},
		"thrift_compact": map[string]any{"endpoint": compactAddress},
		"thrift_binary":  map[string]any{"endpoint": binaryAddress},
	}})
	if err := source.Unmarshal(config); err != nil {
		return nil, err
	}
	sink := new(consumertest.TracesSink)
	receiver, err := factory.CreateTraces(context.Background(), receivertest.NewNopSettings(factory.Type()), config, sink)
	if err != nil {
		return nil, err
	}
	if err := receiver.Start(context.Background(), host); err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(grpcAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return &jaeger{sink: sink, connection: connection}, err
}

func (j *jaeger) receive(one testCase) outcome {
	j.sink.Reset()
	switch one.Kind {
	case "jaeger_grpc":
		var response []byte
		err := j.connection.Invoke(context.Background(), "/jaeger.api_v2.CollectorService/PostSpans", one.Body, &response,
			grpc.ForceCodec(rawCodec{}))
		result := outcome{Status: int(status.Code(err)), Request: received(j.sink)}
		if err != nil {
			result.Error = err.Error()
		}
		return result
	case "jaeger_http":
		response, err := http.Post("http://"+httpAddress+one.Path, one.ContentType, bytes.NewReader(one.Body))
		if err != nil {
			log.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return outcome{Status: response.StatusCode, Text: string(text), Request: received(j.sink)}
	case "jaeger_compact":
		return j.datagram(compactAddress, one.Body)
	case "jaeger_binary":
		return j.datagram(binaryAddress, one.Body)
	}
	log.Fatalf("unknown kind %q", one.Kind)
	return outcome{}
}

func (j *jaeger) datagram(address string, body []byte) outcome {
	connection, err := net.Dial("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write(body); err != nil {
		log.Fatal(err)
	}
	for end := time.Now().Add(datagramWait); time.Now().Before(end) && len(j.sink.AllTraces()) == 0; {
		time.Sleep(time.Millisecond)
	}
	return outcome{Request: received(j.sink)}
}

// rawCodec passes encoded messages. Its name makes the content type that of protobuf for the server.
type rawCodec struct{}

func (rawCodec) Marshal(value any) ([]byte, error) { return value.([]byte), nil }
func (rawCodec) Unmarshal(data []byte, value any) error {
	*value.(*[]byte) = data
	return nil
}
func (rawCodec) Name() string { return "proto" }
