// Package reference runs the Collector's processors and connectors on configurations and requests.
//
// The input is a list of suites; the output has one line for each configuration and each of its signals, in order.
package reference

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/processor"
)

// suite is the configurations of one component, and the requests that those without steps of their own receive.
type suite struct {
	Kind           string              `json:"kind"`
	Type           string              `json:"type"`
	FeatureGates   []string            `json:"featureGates"`
	Configurations []configuration     `json:"configurations"`
	Inputs         map[string][][]byte `json:"inputs"`

	processor processor.Factory
	connector connector.Factory
}

// configuration is one configuration of the component with the pairs of signals that it runs for.
type configuration struct {
	Name      string              `json:"name"`
	Config    json.RawMessage     `json:"config"`
	Signals   []string            `json:"signals"`
	Pipelines map[string][]string `json:"pipelines"`
	Steps     []step              `json:"steps"`
	// Fails has the number of requests that a pipeline rejects before it accepts one; -1: it never does.
	Fails map[string]int `json:"fails"`
}

// step sends a request to the component or waits.
type step struct {
	Send       []byte `json:"send,omitempty"`
	WaitMillis int    `json:"waitMillis,omitempty"`
}

// result is what a configuration does: an error, or the requests that arrive behind it and the steps that fail.
type result struct {
	Refused string   `json:"refused,omitempty"`
	Failed  []int    `json:"failed,omitempty"`
	Outputs []output `json:"outputs"`
}

// output is a request that arrives behind the component.
type output struct {
	Signal   string `json:"signal"`
	Pipeline string `json:"pipeline"`
	Request  []byte `json:"request"`
}

// recorder collects the requests behind a component.
type recorder struct {
	mutex   sync.Mutex
	outputs []output
	fails   map[string]int
}

var errPipeline = errors.New("the pipeline fails")

func (r *recorder) add(signal, pipeline string, request []byte, err error) error {
	if err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if left := r.fails[pipeline]; left != 0 {
		r.fails[pipeline] = max(left-1, -1)
		return errPipeline
	}
	r.outputs = append(r.outputs, output{Signal: signal, Pipeline: pipeline, Request: request})
	return nil
}

// instance is a running component and how it receives a request.
type instance struct {
	component.Component
	send func(context.Context, []byte) error
}

// Main reads suites from the standard input and writes their results to the standard output.
func Main(processors []processor.Factory, connectors []connector.Factory) {
	var suites []suite
	check(json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&suites))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for _, s := range suites {
		for _, gate := range s.FeatureGates {
			check(featuregate.GlobalRegistry().Set(strings.TrimPrefix(gate, "-"), !strings.HasPrefix(gate, "-")))
		}
		s.processor = byType(processors)[s.Type]
		s.connector = byType(connectors)[s.Type]
		for _, result := range runSuite(s) {
			check(encoder.Encode(result))
		}
	}
}

func byType[F component.Factory](factories []F) map[string]F {
	byType := map[string]F{}
	for _, factory := range factories {
		byType[factory.Type().String()] = factory
	}
	return byType
}

// parallel is the number of configurations that run at a time: most of them wait.
const parallel = 16

func runSuite(s suite) []result {
	var results []result
	for _, c := range s.Configurations {
		results = append(results, make([]result, len(c.Signals))...)
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, parallel)
	at := 0
	for _, c := range s.Configurations {
		for _, signals := range c.Signals {
			target := &results[at]
			at++
			wait.Add(1)
			slots <- struct{}{}
			go func() {
				defer wait.Done()
				defer func() { <-slots }()
				*target = run(s, c, signals)
			}()
		}
	}
	wait.Wait()
	return results
}

func run(s suite, c configuration, signals string) (r result) {
	recorded := &recorder{fails: maps.Clone(c.Fails)}
	var failed []int
	defer func() {
		if p := recover(); p != nil {
			r = result{Refused: fmt.Sprint("panic: ", p)}
		}
	}()
	from, to, _ := strings.Cut(signals, ">")
	created, err := create(s, c, from, to, recorded)
	if err != nil {
		return result{Refused: err.Error()}
	}
	ctx := context.Background()
	if err := created.Start(ctx, componenttest.NewNopHost()); err != nil {
		_ = created.Shutdown(ctx)
		return result{Refused: err.Error()}
	}
	steps := c.Steps
	if steps == nil {
		for _, request := range s.Inputs[from] {
			steps = append(steps, step{Send: request})
		}
	}
	for index, step := range steps {
		if step.WaitMillis > 0 {
			time.Sleep(time.Duration(step.WaitMillis) * time.Millisecond)
		} else if err := created.send(ctx, step.Send); err != nil {
			failed = append(failed, index)
		}
	}
	check(created.Shutdown(ctx))
	recorded.mutex.Lock()
	defer recorded.mutex.Unlock()
	return result{Failed: failed, Outputs: recorded.outputs}
}

// create creates the component from its configuration, which is checked as the Collector checks it.
func create(s suite, c configuration, from, to string, recorded *recorder) (instance, error) {
	if s.Kind == "connector" {
		if s.connector == nil {
			return instance{}, fmt.Errorf("unknown connector %s", s.Type)
		}
		config, err := configure(s.connector, c.Config)
		if err != nil {
			return instance{}, err
		}
		return createConnector(s.connector, config, from, to, c.Pipelines, recorded)
	}
	if s.processor == nil {
		return instance{}, fmt.Errorf("unknown processor %s", s.Type)
	}
	config, err := configure(s.processor, c.Config)
	if err != nil {
		return instance{}, err
	}
	return createProcessor(s.processor, config, from, recorded)
}

func configure(factory component.Factory, text []byte) (component.Config, error) {
	config := factory.CreateDefaultConfig()
	retrieved, err := confmap.NewRetrievedFromYAML(text)
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	if err := conf.Unmarshal(config); err != nil {
		return nil, err
	}
	return config, confmap.Validate(config)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
