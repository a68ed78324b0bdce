// Command older has the components whose newest available version does not build with 0.161.
package main

import (
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/processor"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/exceptionsconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/routingconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/sumconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/geoipprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/logdedupprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/lookupprocessor"

	"otelier.test/reference"
)

func main() {
	reference.Main([]processor.Factory{
		geoipprocessor.NewFactory(),
		logdedupprocessor.NewFactory(),
		lookupprocessor.NewFactory(),
	}, []connector.Factory{
		exceptionsconnector.NewFactory(),
		routingconnector.NewFactory(),
		sumconnector.NewFactory(),
	})
}
