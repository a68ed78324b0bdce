#!/usr/bin/env bash
# Builds etcd, kube-apiserver, kube-controller-manager, kubectl, Prometheus with its Kubernetes discovery, and a Collector with
# the components that read Kubernetes from the Go module proxy, once per directory.
#   test/interop/kubernetes/build.sh DIR
# The programs stay in DIR/bin; a program that is there already is not built again.
set -euo pipefail
directory=${1:?the directory that receives the programs}
here=$(cd "$(dirname "$0")" && pwd)
etcd_version=3.6.16
prometheus_version=0.315.1
kubernetes_version=1.36.3
export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS="-mod=mod -p=${GO_PROCESSES:-2}"
mkdir -p "$directory/bin" "$directory/etcd" "$directory/kubernetes"

if [ ! -x "$directory/bin/etcd" ]; then
  cd "$directory/etcd"
  printf 'module etcd\n\ngo 1.26.0\n' > go.mod
  go get -tool "go.etcd.io/etcd/server/v3@v$etcd_version"
  go build -trimpath -ldflags '-s -w' -o "$directory/bin/etcd" go.etcd.io/etcd/server/v3
fi

cd "$directory/kubernetes"
if [ ! -f go.sum ]; then
  module=$(go mod download -json "k8s.io/kubernetes@v$kubernetes_version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
  {
    printf 'module kubernetes\n\ngo 1.26.0\n\ngodebug default=go1.26\n\nrequire k8s.io/kubernetes v%s\n\n' "$kubernetes_version"
    sed -n "s#^\t*\(k8s.io/[a-z0-9.-]*\) => ./staging/src/.*#replace \1 => \1 v0.${kubernetes_version#1.}#p" "$module"
  } > go.mod
  printf '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n' > tools.go
  go get "k8s.io/kubernetes/cmd/kube-apiserver@v$kubernetes_version"
fi
version=k8s.io/component-base/version
for program in kube-apiserver kube-controller-manager kubectl; do
  [ -x "$directory/bin/$program" ] || go build -trimpath \
    -ldflags "-s -w -X $version.gitVersion=v$kubernetes_version -X $version.gitMajor=1 -X $version.gitMinor=${kubernetes_version:2:2}" \
    -o "$directory/bin/$program" "k8s.io/kubernetes/cmd/$program"
done

if [ ! -x "$directory/bin/otelcol-kubernetes" ]; then
  cd "$here/go"
  go build -trimpath -o "$directory/bin/otelcol-kubernetes" .
fi

if [ ! -x "$directory/bin/prometheus-kubernetes" ]; then
  module=$(go mod download -json "github.com/prometheus/prometheus@v$prometheus_version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cd "$module"
  GOWORK=off GOFLAGS="-mod=mod -p=${GO_PROCESSES:-2}" go build -trimpath -tags remove_all_sd,enable_kubernetes_sd \
    -o "$directory/bin/prometheus-kubernetes" ./cmd/prometheus
fi
