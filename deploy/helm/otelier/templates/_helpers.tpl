{{- define "otelier.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "otelier.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "otelier.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "otelier.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "otelier.selectorLabels" -}}
app.kubernetes.io/name: {{ include "otelier.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .Values.mode }}
{{- end -}}

{{- define "otelier.labels" -}}
{{ include "otelier.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "otelier.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "otelier.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "otelier.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "otelier.hasStore" -}}
{{- if eq .Values.mode "all-in-one" }}true{{ end -}}
{{- end -}}

{{- define "otelier.exposesPage" -}}
{{- if and (eq .Values.mode "all-in-one") .Values.workbench.token.secret }}true{{ end -}}
{{- end -}}

{{- /* Whether the presets need the API server. */ -}}
{{- define "otelier.usesApiServer" -}}
{{- $p := .Values.presets -}}
{{- if or $p.kubernetesAttributes.enabled $p.kubernetesEvents.enabled $p.clusterMetrics.enabled $p.kubeletMetrics.enabled .Values.rbac.extraRules }}true{{ end -}}
{{- end -}}

{{- /* Values that contradict each other, with what to change. */ -}}
{{- define "otelier.check" -}}
{{- $p := .Values.presets -}}
{{- $exporters := dig "exporters" dict .Values.config -}}
{{- if and (ne .Values.mode "all-in-one") (not .Values.export.endpoint) (not $exporters) -}}
{{- fail (printf "export.endpoint: expected where the %s sends to, such as http://otelier:4317, got nothing" .Values.mode) -}}
{{- end -}}
{{- range $preset := list "logsCollection" "hostMetrics" "kubeletMetrics" -}}
{{- if and (get $p $preset).enabled (ne $.Values.mode "agent") -}}
{{- fail (printf "presets.%s: expected mode agent, which runs on each node, got mode %s" $preset $.Values.mode) -}}
{{- end -}}
{{- end -}}
{{- $several := or (eq .Values.mode "agent") (and (eq .Values.mode "gateway") (or .Values.autoscaling.enabled (gt (int .Values.replicas) 1))) -}}
{{- range $preset, $what := dict "kubernetesEvents" "events" "clusterMetrics" "metrics" -}}
{{- if and (get $p $preset).enabled $several -}}
{{- fail (printf "presets.%s: expected a single pod (mode all-in-one, or gateway with replicas 1 and without autoscaling), because each pod would report the %s of the whole cluster, got mode %s" $preset $what $.Values.mode) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (ne .Values.mode "gateway") -}}
{{- fail (printf "autoscaling.enabled: expected mode gateway, got mode %s" .Values.mode) -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.targetCPU) (not .Values.autoscaling.targetQueueFill) -}}
{{- fail "autoscaling: expected targetCPU or targetQueueFill, got neither" -}}
{{- end -}}
{{- if and .Values.workbench.ingress.enabled (not (include "otelier.exposesPage" .)) -}}
{{- fail "workbench.ingress.enabled: expected mode all-in-one and a token in workbench.token.secret, because the page listens on loopback without one" -}}
{{- end -}}
{{- if and .Values.workbench.ingress.enabled (not .Values.workbench.ingress.host) -}}
{{- fail "workbench.ingress.host: expected a host name, got nothing" -}}
{{- end -}}
{{- end -}}
