/**
 * The templates that configurations of Alertmanager refer to, with the output of Alertmanager's own. The program calls
 * itself otelier and links to its own page of alerts.
 */
export const DEFAULT_TEMPLATES = [
  text('__alertmanager', 'otelier'),
  text('__alertmanagerURL', '{{ .ExternalURL }}/alerts?receiver={{ .Receiver | urlquery }}'),
  text(
    '__subject',
    '[{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] ' +
      '{{ join " " .GroupLabels.SortedPairs.Values }} ' +
      '{{ if gt (len .CommonLabels) (len .GroupLabels) }}' +
      '({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end }}',
  ),
  text('__description', ''),
  text('__text_alert_list', alertList(' ', '')),
  text('__text_alert_list_markdown', `{{ range . }}\n${alertParts('  ', '\n')}\n{{ end }}\n`),
  ...['title', 'fallback', 'titlelink', 'username'].map((part) => text(`slack.default.${part}`, slackText(part))),
  ...['callbackid', 'pretext', 'iconemoji', 'iconurl', 'text', 'footer'].map((part) =>
    text(`slack.default.${part}`, ''),
  ),
  text('slack.default.color', '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'),
  text('pagerduty.default.description', '{{ template "__subject" . }}'),
  text('pagerduty.default.client', '{{ template "__alertmanager" . }}'),
  text('pagerduty.default.clientURL', '{{ template "__alertmanagerURL" . }}'),
  text('pagerduty.default.instances', '{{ template "__text_alert_list" . }}'),
  ...['msteams', 'msteamsv2'].flatMap((kind) => [
    text(`${kind}.default.title`, '{{ template "__subject" . }}'),
    text(`${kind}.default.text`, `\n${markdown('Firing')}\n${markdown('Resolved')}\n`),
  ]),
  text('msteams.default.summary', '{{ template "__subject" . }}'),
  text('email.default.subject', '{{ template "__subject" . }}'),
].join('');

function text(name: string, body: string): string {
  return `{{ define ${JSON.stringify(name)} }}${body}{{ end }}`;
}

function slackText(part: string): string {
  if (part === 'username') return '{{ template "__alertmanager" . }}';
  if (part === 'titlelink') return '{{ template "__alertmanagerURL" . }}';
  if (part === 'title') return '{{ template "__subject" . }}';
  return '{{ template "__subject" . }} | {{ template "__alertmanagerURL" . }}';
}

function alertList(indent: string, gap: string): string {
  return `{{ range . }}${alertParts(indent, gap)}\n{{ end }}`;
}

/** The labels, annotations and source of an alert. */
function alertParts(indent: string, gap: string): string {
  const pairs = (field: string) =>
    `${field}:\n{{ range .${field}.SortedPairs }}${indent}- {{ .Name }} = {{ .Value }}\n{{ end }}`;
  return `${pairs('Labels')}${gap}${pairs('Annotations')}${gap}Source: {{ .GeneratorURL }}`;
}

function markdown(state: 'Firing' | 'Resolved'): string {
  const alerts = `.Alerts.${state}`;
  return `{{ if gt (len ${alerts}) 0 }}\n# Alerts ${state}:\n{{ template "__text_alert_list_markdown" ${alerts} }}\n{{ end }}`;
}
