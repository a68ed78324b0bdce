{{- /* Merges `over` into `base`: mappings are merged, other values replaced, null removes. */ -}}
{{- define "otelier.merge" -}}
{{- range $key, $value := .over -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $.base $key -}}
{{- else if and (kindIs "map" $value) (kindIs "map" (get $.base $key)) -}}
{{- include "otelier.merge" (dict "base" (get $.base $key) "over" $value) -}}
{{- else -}}
{{- $_ := set $.base $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "otelier.baseConfig" -}}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "0.0.0.0:4317", max_recv_msg_size_mib: 64}
      http: {endpoint: "0.0.0.0:4318"}
{{- with .Values.presets.logsCollection }}
{{- if .enabled }}
  file_log:
    include: [/var/log/pods/*/*/*.log]
    {{- if not .includeOwnLogs }}
    exclude: [{{ printf "/var/log/pods/%s_%s-*/otelier/*.log" $.Release.Namespace (include "otelier.fullname" $) | quote }}]
    {{- end }}
    include_file_path: true
    preserve_trailing_whitespaces: true
    start_at: end
    {{- if .storePositions }}
    storage: file_storage
    {{- end }}
    operators:
      - {type: container, max_log_size: {{ int .maxLogSize }}}
{{- end }}
{{- end }}
{{- with .Values.presets.hostMetrics }}
{{- if .enabled }}
  host_metrics:
    root_path: /hostfs
    collection_interval: {{ .interval }}
    scrapers:
      cpu: {}
      load: {}
      memory: {}
      paging: {}
      disk: {}
      network: {}
      filesystem:
        exclude_mount_points:
          match_type: regexp
          mount_points: ["^/(dev|proc|sys|run/k3s/containerd|var/lib/(docker|containerd|kubelet)|snap)($|/)"]
        exclude_fs_types:
          match_type: regexp
          fs_types: ["^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs)$"]
{{- end }}
{{- end }}
{{- if .Values.presets.kubernetesEvents.enabled }}
  k8s_events:
    auth_type: serviceAccount
{{- end }}
{{- with .Values.presets.clusterMetrics }}
{{- if .enabled }}
  k8s_cluster:
    auth_type: serviceAccount
    collection_interval: {{ .interval }}
{{- end }}
{{- end }}
{{- with .Values.presets.kubeletMetrics }}
{{- if .enabled }}
  kubelet_stats:
    auth_type: serviceAccount
    endpoint: ${env:K8S_NODE_IP}:10250
    insecure_skip_verify: {{ .insecureSkipVerify }}
    collection_interval: {{ .interval }}
    metric_groups: [node, pod, container{{ if .volumes }}, volume{{ end }}]
    {{- if .containerIds }}
    extra_metadata_labels: [container.id]
    {{- end }}
{{- end }}
{{- end }}
{{- with .Values.presets.kubernetesAttributes }}
{{- if .enabled }}
processors:
  k8s_attributes:
    auth_type: serviceAccount
    {{- if eq $.Values.mode "agent" }}
    filter: {node_from_env_var: K8S_NODE_NAME}
    {{- end }}
    extract:
      metadata: [k8s.namespace.name, k8s.pod.name, k8s.pod.uid, k8s.pod.start_time, k8s.node.name, k8s.deployment.name, k8s.statefulset.name, k8s.daemonset.name, k8s.cronjob.name, k8s.job.name, k8s.container.name, container.image.name, container.image.tag]
      {{- with .labels }}
      labels:
        {{- range . }}
        - {from: pod, key: {{ . | quote }}}
        {{- end }}
      {{- end }}
      {{- with .annotations }}
      annotations:
        {{- range . }}
        - {from: pod, key: {{ . | quote }}}
        {{- end }}
      {{- end }}
      otel_annotations: true
    pod_association:
      - sources: [{from: resource_attribute, name: k8s.pod.uid}]
      - sources: [{from: resource_attribute, name: k8s.pod.ip}]
      - sources: [{from: connection}]
{{- end }}
{{- end }}
exporters:
{{- if include "otelier.hasStore" . }}
  store:
    directory: /data
    retention: {{ .Values.store.retention }}
    max_size: {{ .Values.store.maxSize }}
{{- else if .Values.export.endpoint }}
  {{ include "otelier.exporter" . }}:
    endpoint: {{ .Values.export.endpoint | quote }}
    sending_queue: {queue_size: {{ int .Values.export.queueSize }}}
    {{- with .Values.export.headers }}
    headers:
      {{- range $name, $from := . }}
      {{ $name | quote }}: {{ printf "%s${env:%s}" (default "" $from.prefix) (include "otelier.headerVariable" $name) | quote }}
      {{- end }}
    {{- end }}
    {{- with .Values.export.tls.secret }}
    tls: {ca_file: /etc/otelier/tls/ca.crt, cert_file: /etc/otelier/tls/tls.crt, key_file: /etc/otelier/tls/tls.key}
    {{- end }}
{{- else }} {}
{{- end }}
extensions:
  health_check_v2:
    use_v2: true
    http: {endpoint: "0.0.0.0:13133"}
{{- if .Values.presets.logsCollection.enabled }}
{{- if .Values.presets.logsCollection.storePositions }}
  file_storage: {directory: /var/lib/otelier}
{{- end }}
{{- end }}
{{- if include "otelier.hasStore" . }}
  workbench:
    {{- if include "otelier.exposesPage" . }}
    endpoint: 0.0.0.0:4319
    token: ${env:OTELIER_TOKEN}
    {{- $name := include "otelier.fullname" . }}
    {{- $names := list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) }}
    {{- with .Values.workbench.ingress.host }}
    {{- $names = append $names . }}
    {{- end }}
    allowed_hosts: {{ concat $names .Values.workbench.allowedHosts | toJson }}
    {{- else }}
    endpoint: 127.0.0.1:4319
    {{- end }}
{{- end }}
service:
  extensions: [health_check_v2
    {{- if and .Values.presets.logsCollection.enabled .Values.presets.logsCollection.storePositions }}, file_storage{{ end -}}
    {{- if include "otelier.hasStore" . }}, workbench{{ end }}]
  telemetry:
    metrics:
      readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 8888}}}}]
  pipelines:
    traces: {receivers: [otlp], {{ include "otelier.rest" . }}}
    metrics:
      {receivers: [otlp
      {{- if .Values.presets.hostMetrics.enabled }}, host_metrics{{ end -}}
      {{- if .Values.presets.clusterMetrics.enabled }}, k8s_cluster{{ end -}}
      {{- if .Values.presets.kubeletMetrics.enabled }}, kubelet_stats{{ end }}], {{ include "otelier.rest" . }}}
    logs:
      {receivers: [otlp
      {{- if .Values.presets.logsCollection.enabled }}, file_log{{ end -}}
      {{- if .Values.presets.kubernetesEvents.enabled }}, k8s_events{{ end -}}
      {{- if and .Values.presets.clusterMetrics.enabled .Values.presets.clusterMetrics.entityEvents }}, k8s_cluster{{ end }}], {{ include "otelier.rest" . }}}
{{- end -}}

{{- define "otelier.exporter" -}}
{{- if eq .Values.export.protocol "http" }}otlp_http{{ else }}otlp_grpc{{ end -}}
{{- end -}}

{{- define "otelier.headerVariable" -}}
HEADER_{{ . | upper | replace "-" "_" | replace "." "_" }}
{{- end -}}

{{- /* Processors and exporters of a pipeline. */ -}}
{{- define "otelier.rest" -}}
{{- if .Values.presets.kubernetesAttributes.enabled }}processors: [k8s_attributes], {{ end -}}
exporters: [{{ if include "otelier.hasStore" . }}store{{ else if .Values.export.endpoint }}{{ include "otelier.exporter" . }}{{ end }}]
{{- end -}}

{{- define "otelier.config" -}}
{{- $config := include "otelier.baseConfig" . | fromYaml -}}
{{- if $config.Error -}}
{{- fail (printf "the configuration of the chart: %s" $config.Error) -}}
{{- end -}}
{{- include "otelier.merge" (dict "base" $config "over" .Values.config) -}}
{{- toYaml $config -}}
{{- end -}}
