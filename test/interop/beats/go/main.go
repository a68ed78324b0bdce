// Command send sends 3,000 events to a port with Elastic's client of the Lumberjack protocol: synchronous, with several
// windows at a time, and compressed.
package main

import (
	"fmt"
	"log"
	"os"
	"sync"

	client "github.com/elastic/go-lumber/client/v2"
)

const (
	windows    = 10
	windowSize = 100
)

func batch(kind string, window int) []interface{} {
	events := make([]interface{}, windowSize)
	for i := range events {
		events[i] = map[string]interface{}{
			"@timestamp": "2023-11-14T22:13:20.123Z",
			"@metadata":  map[string]interface{}{"beat": "filebeat"},
			"message":    fmt.Sprintf("%s %d", kind, window*windowSize+i),
		}
	}
	return events
}

func synchronous(address, kind string, options ...client.Option) error {
	c, err := client.SyncDial(address, options...)
	if err != nil {
		return err
	}
	defer c.Close()
	for window := 0; window < windows; window++ {
		if n, err := c.Send(batch(kind, window)); err != nil || n != windowSize {
			return fmt.Errorf("%s: %d acknowledged: %w", kind, n, err)
		}
	}
	return nil
}

func asynchronous(address string) error {
	c, err := client.AsyncDial(address, 4)
	if err != nil {
		return err
	}
	defer c.Close()
	var waiting sync.WaitGroup
	failed := make(chan error, windows)
	for window := 0; window < windows; window++ {
		waiting.Add(1)
		err := c.Send(func(_ uint32, err error) {
			if err != nil {
				failed <- err
			}
			waiting.Done()
		}, batch("async", window))
		if err != nil {
			return err
		}
	}
	waiting.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	for _, err := range []error{
		synchronous(address, "sync"),
		synchronous(address, "compressed", client.CompressionLevel(6)),
		asynchronous(address),
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
}
