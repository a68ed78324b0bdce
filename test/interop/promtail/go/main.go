// Runs the stages of Promtail 1.6.1 over lines: reads {"stages": YAML, "labels": {}, "lines": []} objects, one a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/go-kit/kit/log"
	"github.com/grafana/loki/pkg/logentry/stages"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v2"
)

type input struct {
	Stages string            `json:"stages"`
	Labels map[string]string `json:"labels"`
	Lines  []string          `json:"lines"`
}
type output struct {
	Line   string            `json:"line"`
	Labels map[string]string `json:"labels"`
	Time   string            `json:"time,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var one input
		if err := json.Unmarshal(in.Bytes(), &one); err != nil { panic(err) }
		var config stages.PipelineStages
		if err := yaml.Unmarshal([]byte(one.Stages), &config); err != nil { panic(err) }
		pipeline, err := stages.NewPipeline(log.NewNopLogger(), config, nil, prometheus.NewRegistry())
		if err != nil { fmt.Printf("{\"error\":%q}\n", err.Error()); continue }
		results := []output{}
		for _, line := range one.Lines {
			labels := model.LabelSet{}
			for k, v := range one.Labels { labels[model.LabelName(k)] = model.LabelValue(v) }
			start := time.Unix(1, 0)
			at := start
			text := line
			pipeline.Process(labels, map[string]interface{}{}, &at, &text)
			if _, dropped := labels["__drop__"]; dropped { continue }
			found := map[string]string{}
			for k, v := range labels { found[string(k)] = string(v) }
			result := output{Line: text, Labels: found}
			if !at.Equal(start) { result.Time = at.UTC().Format(time.RFC3339Nano) }
			results = append(results, result)
		}
		text, _ := json.Marshal(results)
		fmt.Println(string(text))
	}
}
