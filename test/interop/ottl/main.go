// Evaluates OTTL statements and conditions with the Collector's implementation: the reference for test/interop/ottl.
//
//	go build -o /tmp/ottl-reference . && /tmp/ottl-reference < cases.json > results.jsonl
//
// The input is a list of suites; the output has one line for each case of each suite, in order.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottldatapoint"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlexemplar"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottllog"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
)

// suite is the cases of one context, each of which runs on every input.
type suite struct {
	Context    string   `json:"context"`
	Inputs     []string `json:"inputs"`
	Statements []string `json:"statements"`
	Conditions []string `json:"conditions"`
}

// result is the outcome of one case: an error of the text, or the outcome on each input.
type result struct {
	Text    string    `json:"text"`
	Invalid string    `json:"invalid,omitempty"`
	Results []outcome `json:"results,omitempty"`
}

// outcome is the request after a statement, or whether a condition matches.
type outcome struct {
	Request string `json:"request,omitempty"`
	Matches *bool  `json:"matches,omitempty"`
	Error   string `json:"error,omitempty"`
}

// evaluation is a context of an input: its transform context, and how to encode the request.
type evaluation[K any] struct {
	target K
	encode func() string
}

func main() {
	if err := featuregate.GlobalRegistry().Set("ottl.functions.enableLambda", true); err != nil {
		panic(err)
	}
	var suites []suite
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&suites); err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for _, s := range suites {
		switch s.Context {
		case "log":
			run(s, encoder, must(ottllog.NewParser(ottlfuncs.StandardFuncs[*ottllog.TransformContext](), componenttest.NewNopTelemetrySettings(), ottllog.EnablePathContextNames())), logInput)
		case "span":
			run(s, encoder, must(ottlspan.NewParser(ottlfuncs.StandardFuncs[*ottlspan.TransformContext](), componenttest.NewNopTelemetrySettings(), ottlspan.EnablePathContextNames())), spanInput)
		case "metric":
			run(s, encoder, must(ottlmetric.NewParser(ottlfuncs.StandardFuncs[*ottlmetric.TransformContext](), componenttest.NewNopTelemetrySettings(), ottlmetric.EnablePathContextNames())), metricInput)
		case "datapoint":
			run(s, encoder, must(ottldatapoint.NewParser(ottlfuncs.StandardFuncs[*ottldatapoint.TransformContext](), componenttest.NewNopTelemetrySettings(), ottldatapoint.EnablePathContextNames())), dataPointInput)
		case "exemplar":
			run(s, encoder, must(ottlexemplar.NewParser(ottlfuncs.StandardFuncs[*ottlexemplar.TransformContext](), componenttest.NewNopTelemetrySettings(), ottlexemplar.EnablePathContextNames())), exemplarInput)
		default:
			panic("unknown context " + s.Context)
		}
	}
}

func run[K any](s suite, encoder *json.Encoder, parser ottl.Parser[K], read func(string) evaluation[K]) {
	ctx := context.Background()
	for _, text := range s.Statements {
		statement, err := parser.ParseStatement(text)
		r := result{Text: text, Invalid: message(err)}
		if err == nil {
			for _, input := range s.Inputs {
				e := read(input)
				_, _, err := protect(func() (any, bool, error) { return statement.Execute(ctx, e.target) })
				r.Results = append(r.Results, outcome{Request: e.encode(), Error: message(err)})
			}
		}
		check(encoder.Encode(r))
	}
	for _, text := range s.Conditions {
		condition, err := parser.ParseCondition(text)
		r := result{Text: text, Invalid: message(err)}
		if err == nil {
			for _, input := range s.Inputs {
				e := read(input)
				_, matches, err := protect(func() (any, bool, error) {
					matches, err := condition.Eval(ctx, e.target)
					return nil, matches, err
				})
				r.Results = append(r.Results, outcome{Matches: &matches, Error: message(err)})
			}
		}
		check(encoder.Encode(r))
	}
}

// protect turns a panic into an error.
func protect(f func() (any, bool, error)) (value any, matches bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{}
		}
	}()
	return f()
}

type panicked struct{}

func (panicked) Error() string { return "panic" }

func logInput(input string) evaluation[*ottllog.TransformContext] {
	logs := must((&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(input)))
	resource := logs.ResourceLogs().At(0)
	scope := resource.ScopeLogs().At(0)
	return evaluation[*ottllog.TransformContext]{
		ottllog.NewTransformContext(resource, scope, scope.LogRecords().At(0)),
		func() string { return string(must((&plog.JSONMarshaler{}).MarshalLogs(logs))) },
	}
}

func spanInput(input string) evaluation[*ottlspan.TransformContext] {
	traces := must((&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(input)))
	resource := traces.ResourceSpans().At(0)
	scope := resource.ScopeSpans().At(0)
	return evaluation[*ottlspan.TransformContext]{
		ottlspan.NewTransformContext(resource, scope, scope.Spans().At(0)),
		func() string { return string(must((&ptrace.JSONMarshaler{}).MarshalTraces(traces))) },
	}
}

func metricInput(input string) evaluation[*ottlmetric.TransformContext] {
	metrics := must((&pmetric.JSONUnmarshaler{}).UnmarshalMetrics([]byte(input)))
	resource := metrics.ResourceMetrics().At(0)
	scope := resource.ScopeMetrics().At(0)
	return evaluation[*ottlmetric.TransformContext]{
		ottlmetric.NewTransformContext(resource, scope, scope.Metrics().At(0)),
		func() string { return string(must((&pmetric.JSONMarshaler{}).MarshalMetrics(metrics))) },
	}
}

func dataPointInput(input string) evaluation[*ottldatapoint.TransformContext] {
	metrics := must((&pmetric.JSONUnmarshaler{}).UnmarshalMetrics([]byte(input)))
	resource := metrics.ResourceMetrics().At(0)
	scope := resource.ScopeMetrics().At(0)
	metric := scope.Metrics().At(0)
	return evaluation[*ottldatapoint.TransformContext]{
		ottldatapoint.NewTransformContext(resource, scope, metric, firstPoint(metric)),
		func() string { return string(must((&pmetric.JSONMarshaler{}).MarshalMetrics(metrics))) },
	}
}

func exemplarInput(input string) evaluation[*ottlexemplar.TransformContext] {
	metrics := must((&pmetric.JSONUnmarshaler{}).UnmarshalMetrics([]byte(input)))
	resource := metrics.ResourceMetrics().At(0)
	scope := resource.ScopeMetrics().At(0)
	metric := scope.Metrics().At(0)
	point := firstPoint(metric).(interface{ Exemplars() pmetric.ExemplarSlice })
	return evaluation[*ottlexemplar.TransformContext]{
		ottlexemplar.NewTransformContext(resource, scope, metric, point, point.Exemplars().At(0)),
		func() string { return string(must((&pmetric.JSONMarshaler{}).MarshalMetrics(metrics))) },
	}
}

func firstPoint(metric pmetric.Metric) any {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		return metric.Gauge().DataPoints().At(0)
	case pmetric.MetricTypeSum:
		return metric.Sum().DataPoints().At(0)
	case pmetric.MetricTypeHistogram:
		return metric.Histogram().DataPoints().At(0)
	case pmetric.MetricTypeExponentialHistogram:
		return metric.ExponentialHistogram().DataPoints().At(0)
	default:
		return metric.Summary().DataPoints().At(0)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
