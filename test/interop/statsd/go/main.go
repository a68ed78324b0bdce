// Command reference runs cases through the Collector's statsd receiver: it reads them from standard input and writes the
// metrics of each to standard output.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/statsdreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// Packet is a datagram of one of the senders.
type packet struct {
	Sender int    `json:"sender"`
	Text   string `json:"text"`
}

type testCase struct {
	Name    string         `json:"name"`
	Config  map[string]any `json:"config"`
	Packets []packet       `json:"packets"`
}

type outcome struct {
	Name    string            `json:"name"`
	Error   string            `json:"error,omitempty"`
	Batches []json.RawMessage `json:"batches"`
}

const interval = 3 * time.Second

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		log.Fatal(err)
	}
	outcomes := make([]outcome, len(cases))
	var running sync.WaitGroup
	slots := make(chan struct{}, 40)
	for i, each := range cases {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			batches, err := run(each)
			outcomes[i] = outcome{Name: each.Name, Batches: batches}
			if err != nil {
				outcomes[i].Error = err.Error()
			}
		})
	}
	running.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		log.Fatal(err)
	}
}

func run(c testCase) ([]json.RawMessage, error) {
	ctx := context.Background()
	factory := statsdreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*statsdreceiver.Config)
	if err := confmap.NewFromStringMap(c.Config).Unmarshal(config); err != nil {
		return nil, err
	}
	endpoint, err := freeEndpoint()
	if err != nil {
		return nil, err
	}
	config.NetAddr.Endpoint = endpoint
	config.AggregationInterval = interval
	if err := config.Validate(); err != nil {
		return nil, err
	}
	var lock sync.Mutex
	batches := []json.RawMessage{}
	sink, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
		text, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(metrics)
		if err != nil {
			return err
		}
		lock.Lock()
		defer lock.Unlock()
		batches = append(batches, text)
		return nil
	})
	if err != nil {
		return nil, err
	}
	receiver, err := factory.CreateMetrics(ctx, receivertest.NewNopSettings(component.MustNewType("statsd")), config, sink)
	if err != nil {
		return nil, err
	}
	if err := receiver.Start(ctx, nil); err != nil {
		return nil, err
	}
	senders := map[int]net.Conn{}
	for _, packet := range c.Packets {
		if senders[packet.Sender] == nil {
			if senders[packet.Sender], err = net.Dial("udp", endpoint); err != nil {
				return nil, err
			}
		}
		if _, err := senders[packet.Sender].Write([]byte(packet.Text)); err != nil {
			return nil, err
		}
	}
	time.Sleep(interval + interval/2)
	if err := receiver.Shutdown(ctx); err != nil {
		return nil, err
	}
	lock.Lock()
	defer lock.Unlock()
	return batches, nil
}

func freeEndpoint() (string, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.LocalAddr().String(), nil
}
