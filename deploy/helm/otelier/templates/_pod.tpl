{{- define "otelier.pod" -}}
{{- $reads := or .Values.presets.logsCollection.enabled .Values.presets.hostMetrics.enabled -}}
metadata:
  labels:
    {{- include "otelier.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- if .Values.restartOnChange }}
    otelier/config-sha256: {{ include "otelier.config" . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "otelier.serviceAccount" . }}
  automountServiceAccountToken: {{ if include "otelier.usesApiServer" . }}true{{ else }}false{{ end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- $podContext := dict "runAsNonRoot" true "runAsUser" 65532 "runAsGroup" 65532 "fsGroup" 65532 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") }}
    {{- if $reads }}
    {{- /* Files of the node belong to root. The container has no capabilities, and its root cannot be written. */}}
    {{- $podContext = dict "runAsNonRoot" false "runAsUser" 0 "runAsGroup" 0 "seccompProfile" (dict "type" "RuntimeDefault") }}
    {{- end }}
    {{- include "otelier.merge" (dict "base" $podContext "over" .Values.podSecurityContext) }}
    {{- toYaml $podContext | nindent 4 }}
  containers:
    - name: otelier
      image: {{ include "otelier.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [--config, /etc/otelier/config/config.yaml{{ if not .Values.restartOnChange }}, --watch{{ end }}]
      securityContext:
        {{- $context := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
        {{- include "otelier.merge" (dict "base" $context "over" .Values.securityContext) }}
        {{- toYaml $context | nindent 8 }}
      env:
        - {name: K8S_NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: K8S_NODE_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
        - {name: K8S_POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: K8S_POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        {{- if include "otelier.exposesPage" . }}
        - {name: OTELIER_TOKEN, valueFrom: {secretKeyRef: {name: {{ .Values.workbench.token.secret | quote }}, key: {{ .Values.workbench.token.key | quote }}}}}
        {{- end }}
        {{- if .Values.export.endpoint }}
        {{- range $name, $from := .Values.export.headers }}
        - {name: {{ include "otelier.headerVariable" $name }}, valueFrom: {secretKeyRef: {name: {{ $from.secret | quote }}, key: {{ $from.key | quote }}}}}
        {{- end }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        {{- range $port := include "otelier.ports" . | fromYamlArray }}
        - name: {{ $port.name }}
          containerPort: {{ int $port.port }}
          protocol: {{ $port.protocol }}
          {{- if and $.Values.hostPorts (eq $.Values.mode "agent") $port.receives }}
          hostPort: {{ int $port.port }}
          {{- end }}
        {{- end }}
        - {name: health, containerPort: 13133, protocol: TCP}
        - {name: own-metrics, containerPort: 8888, protocol: TCP}
      startupProbe:
        httpGet: {path: /status, port: health}
        periodSeconds: 2
        failureThreshold: 60
      readinessProbe:
        httpGet: {path: /status, port: health}
        periodSeconds: 5
      livenessProbe:
        httpGet: {path: /status, port: health}
        periodSeconds: 30
        timeoutSeconds: 10
      resources: {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/otelier/config, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: data, mountPath: /data}
        {{- if and .Values.export.endpoint .Values.export.tls.secret }}
        - {name: tls, mountPath: /etc/otelier/tls, readOnly: true}
        {{- end }}
        {{- if .Values.presets.logsCollection.enabled }}
        - {name: pod-logs, mountPath: /var/log/pods, readOnly: true}
        - {name: container-logs, mountPath: /var/lib/docker/containers, readOnly: true}
        {{- if .Values.presets.logsCollection.storePositions }}
        - {name: positions, mountPath: /var/lib/otelier}
        {{- end }}
        {{- end }}
        {{- if .Values.presets.hostMetrics.enabled }}
        - {name: host, mountPath: /hostfs, readOnly: true, mountPropagation: HostToContainer}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - {name: config, configMap: {name: {{ include "otelier.fullname" . }}}}
    - {name: tmp, emptyDir: {}}
    {{- if not (include "otelier.hasStore" .) }}
    - {name: data, emptyDir: {}}
    {{- else if .Values.store.persistence.existingClaim }}
    - {name: data, persistentVolumeClaim: {claimName: {{ .Values.store.persistence.existingClaim | quote }}}}
    {{- else if not .Values.store.persistence.enabled }}
    - {name: data, emptyDir: {}}
    {{- end }}
    {{- if and .Values.export.endpoint .Values.export.tls.secret }}
    - {name: tls, secret: {secretName: {{ .Values.export.tls.secret | quote }}}}
    {{- end }}
    {{- if .Values.presets.logsCollection.enabled }}
    - {name: pod-logs, hostPath: {path: /var/log/pods}}
    - {name: container-logs, hostPath: {path: /var/lib/docker/containers}}
    {{- if .Values.presets.logsCollection.storePositions }}
    - {name: positions, hostPath: {path: /var/lib/otelier, type: DirectoryOrCreate}}
    {{- end }}
    {{- end }}
    {{- if .Values.presets.hostMetrics.enabled }}
    - {name: host, hostPath: {path: /}}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $affinity := .Values.affinity }}
  {{- if and (eq .Values.mode "gateway") (not $affinity) }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels: {{- include "otelier.selectorLabels" . | nindent 16 }}
  {{- else if $affinity }}
  affinity: {{- toYaml $affinity | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* Ports of the service; `receives` tells those that take telemetry. */ -}}
{{- define "otelier.ports" -}}
- {name: otlp-grpc, port: 4317, protocol: TCP, appProtocol: kubernetes.io/h2c, receives: true}
- {name: otlp-http, port: 4318, protocol: TCP, appProtocol: http, receives: true}
{{- if include "otelier.exposesPage" . }}
- {name: page, port: 4319, protocol: TCP, appProtocol: http, receives: false}
{{- end }}
{{- range $name, $port := .Values.service.extraPorts }}
- {name: {{ $name }}, port: {{ int $port.port }}, protocol: {{ default "TCP" $port.protocol }}, appProtocol: {{ default "" $port.appProtocol | quote }}, receives: true}
{{- end }}
{{- end -}}
