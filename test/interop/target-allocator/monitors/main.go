// Command monitors prints the scrape configurations that the Prometheus operator generates for monitors.
//
// It reads a JSON list of ServiceMonitor and PodMonitor objects, and prints a JSON list of the configurations of each.
package main

import (
	"encoding/json"
	"log"
	"os"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
	"sigs.k8s.io/yaml"
)

type kind struct {
	Kind string `json:"kind"`
}

func main() {
	var written []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&written); err != nil {
		log.Fatal(err)
	}
	results := make([]any, 0, len(written))
	for _, object := range written {
		configs, err := generate(object)
		if err != nil {
			log.Fatal(err)
		}
		results = append(results, configs)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		log.Fatal(err)
	}
}

func generate(object json.RawMessage) (any, error) {
	var of kind
	if err := json.Unmarshal(object, &of); err != nil {
		return nil, err
	}
	services := map[string]*monitoringv1.ServiceMonitor{}
	pods := map[string]*monitoringv1.PodMonitor{}
	if of.Kind == "ServiceMonitor" {
		var monitor monitoringv1.ServiceMonitor
		if err := json.Unmarshal(object, &monitor); err != nil {
			return nil, err
		}
		services["monitor"] = &monitor
	} else {
		var monitor monitoringv1.PodMonitor
		if err := json.Unmarshal(object, &monitor); err != nil {
			return nil, err
		}
		pods["monitor"] = &monitor
	}
	server := &monitoringv1.Prometheus{}
	role := monitoringv1.EndpointSliceRole
	server.Namespace = "monitoring"
	server.Spec.ServiceDiscoveryRole = &role
	generator, err := prometheus.NewConfigGenerator(nil, server, prometheus.WithEndpointSliceSupport())
	if err != nil {
		return nil, err
	}
	text, err := generator.GenerateServerConfiguration(
		server, services, pods, nil, nil, assets.NewTestStoreBuilder(), nil, nil, nil, nil,
	)
	if err != nil {
		return nil, err
	}
	var generated struct {
		ScrapeConfigs []any `json:"scrape_configs"`
	}
	if err := yaml.Unmarshal(text, &generated); err != nil {
		return nil, err
	}
	return generated.ScrapeConfigs, nil
}
