// Reads cases as JSON from standard input, and writes the pods that the instrumentation of the OpenTelemetry operator makes of
// them. It is built inside of a checkout of the operator, whose packages are internal: see build.sh.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/open-telemetry/opentelemetry-operator/apis/v1alpha1"
	"github.com/open-telemetry/opentelemetry-operator/internal/config"
	"github.com/open-telemetry/opentelemetry-operator/internal/instrumentation"
)

type testCase struct {
	Name      string            `json:"name"`
	Namespace corev1.Namespace  `json:"namespace"`
	Pod       corev1.Pod        `json:"pod"`
	Objects   []json.RawMessage `json:"objects"`
}

type result struct {
	Name  string      `json:"name"`
	Pod   *corev1.Pod `json:"pod,omitempty"`
	Error string      `json:"error,omitempty"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	scheme := runtime.NewScheme()
	check(clientgoscheme.AddToScheme(scheme))
	check(v1alpha1.AddToScheme(scheme))
	decoder := serializer.NewCodecFactory(scheme).UniversalDeserializer()
	var cases []testCase
	check(json.NewDecoder(os.Stdin).Decode(&cases))
	results := make([]result, 0, len(cases))
	for _, one := range cases {
		var objects []client.Object
		for _, raw := range one.Objects {
			object, _, err := decoder.Decode(raw, nil, nil)
			check(err)
			objects = append(objects, object.(client.Object))
		}
		reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
		mutator := instrumentation.NewMutator(logr.Discard(), reader, events.NewFakeRecorder(100), config.New())
		pod, err := mutator.Mutate(context.Background(), one.Namespace, one.Pod)
		if err != nil {
			results = append(results, result{Name: one.Name, Error: err.Error()})
		} else {
			results = append(results, result{Name: one.Name, Pod: &pod})
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	check(encoder.Encode(results))
}
