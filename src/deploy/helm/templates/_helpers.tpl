{{- define "pipelines.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "pipelines.labels" -}}
app.kubernetes.io/name: pipelines
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "pipelines.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "pipelines.secret" -}}
{{ .Values.existingSecret | default (include "pipelines.name" .) }}
{{- end }}

{{- define "pipelines.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "pipelines.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "pipelines.annotations" -}}
{{- if not .Values.existingSecret }}
checksum/secret: {{ toJson .Values.secret | sha256sum }}
{{- end }}
{{- if .Values.metrics.enabled }}
prometheus.io/scrape: "true"
prometheus.io/port: "8080"
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{- define "pipelines.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* What every role is told besides its own: where it listens, the secrets that all share, and what the values say. */ -}}
{{- define "pipelines.environment" -}}
- name: PIPELINES_URL
  value: http://0.0.0.0:8080
{{- if .Values.ingress.enabled }}
- name: PIPELINES_API__BASE_URL
  value: http{{ if .Values.ingress.tlsSecret }}s{{ end }}://{{ .Values.ingress.host }}
{{- end }}
{{- range tuple "PIPELINES_DATABASE" "PIPELINES_FERNET_KEY" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "pipelines.secret" $ }}
      key: {{ . }}
{{- end }}
{{- if .Values.metrics.enabled }}
- name: PIPELINES_METRICS_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ include "pipelines.secret" . }}
      key: PIPELINES_METRICS_TOKEN
{{- end }}
{{- if .Values.plugins.existingClaim }}
- name: PIPELINES_PLUGINS
  value: /plugins
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "pipelines.probes" -}}
ports:
  - name: http
    containerPort: 8080
startupProbe:
  httpGet: {path: /health/live, port: http}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /health/live, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end }}
