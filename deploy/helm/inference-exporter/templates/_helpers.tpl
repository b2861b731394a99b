{{- define "inference-exporter.name" -}}
{{- if contains "inference-exporter" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-inference-exporter" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "inference-exporter.selector" -}}
app.kubernetes.io/name: inference-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "inference-exporter.labels" -}}
{{ include "inference-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "inference-exporter.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "inference-exporter.configYaml" -}}
{{- toYaml .Values.config }}
{{- end }}

{{/* The container, with the name of its port as `port`: the same for both modes. */}}
{{- define "inference-exporter.container" -}}
name: inference-exporter
image: {{ include "inference-exporter.image" .context | quote }}
imagePullPolicy: {{ .context.Values.image.pullPolicy }}
args:
  - serve
  - --config.file=/etc/inference-exporter/config.yml
  - --web.listen-address=:10800
ports:
  - name: {{ .port }}
    containerPort: 10800
startupProbe:
  httpGet: { path: /-/ready, port: {{ .port }} }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /-/healthy, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 2
  failureThreshold: 6
resources:
  {{- toYaml .context.Values.resources | nindent 2 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
  seccompProfile: { type: RuntimeDefault }
volumeMounts:
  - { name: inference-exporter-config, mountPath: /etc/inference-exporter, readOnly: true }
  - { name: inference-exporter-data, mountPath: /var/lib/inference-exporter }
  - { name: inference-exporter-tmp, mountPath: /tmp }
{{- end }}

{{/* The volumes that both modes have. */}}
{{- define "inference-exporter.volumes" -}}
- name: inference-exporter-config
  projected:
    sources:
      - configMap: { name: {{ include "inference-exporter.name" . }} }
      {{- range $file, $configMap := .Values.references }}
      - configMap:
          name: {{ $configMap }}
          items: [{ key: {{ $file | quote }}, path: {{ printf "references/%s" $file | quote }} }]
      {{- end }}
- name: inference-exporter-tmp
  emptyDir: { sizeLimit: 64Mi }
{{- end }}

{{/* For charts that depend on this one: an entry of `initContainers`, the `volumes` it needs, and the pod's labels. */}}
{{- define "inference-exporter.sidecar" -}}
{{- $context := index .Subcharts "inference-exporter" -}}
- restartPolicy: Always
  {{- include "inference-exporter.container" (dict "context" $context "port" "model-metrics") | nindent 2 }}
{{- end }}

{{- define "inference-exporter.sidecarVolumes" -}}
{{- $context := index .Subcharts "inference-exporter" -}}
{{ include "inference-exporter.volumes" $context }}
- name: inference-exporter-data
  emptyDir: { sizeLimit: 1Gi }
{{- end }}

{{- define "inference-exporter.sidecarLabels" -}}
{{- $context := index .Subcharts "inference-exporter" -}}
inference-exporter: sidecar
inference-exporter/release: {{ $context.Release.Name }}
{{- end }}
