#!/usr/bin/env bash
# Builds the program that runs the instrumentation of the OpenTelemetry operator on pods, inside of a checkout of the operator,
# because its packages are internal. The checkout is only read.
#   test/interop/injection/build.sh CHECKOUT PROGRAM
set -euo pipefail
checkout=${1:?a checkout of github.com/open-telemetry/opentelemetry-operator}
program=${2:?where the program is written}
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$program" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp -r "$checkout/." "$work"
  mkdir -p "$work/cmd/pod-mutator" "$(dirname "$program")"
  cp "$here/pod-mutator/main.go" "$work/cmd/pod-mutator/main.go"
  cd "$work"
  CGO_ENABLED=0 GOTOOLCHAIN=local go build -p "${GO_PROCESSES:-2}" -trimpath -buildvcs=false -ldflags '-s -w' -o "$program" ./cmd/pod-mutator
fi
