const TEXT = 'font-family: Helvetica, Arial, sans-serif; font-size: 14px; line-height: 1.5; color: #222;';
const LINK = 'color: #1a63b8;';

function alerts(state: 'Firing' | 'Resolved'): string {
  const pairs = '{{ range . }}{{ .Name }} = {{ .Value }}<br>{{ end }}';
  return `{{ if gt (len .Alerts.${state}) 0 }}<h2 style="font-size: 16px; margin: 24px 0 8px;">[{{ len .Alerts.${state} }}] ${state}</h2>
{{ range .Alerts.${state} }}<p style="margin: 0 0 16px;"><strong>Labels</strong><br>{{ with .Labels.SortedPairs }}${pairs}{{ end }}
{{ with .Annotations.SortedPairs }}<strong>Annotations</strong><br>${pairs}{{ end }}
{{ if .GeneratorURL }}<a href="{{ .GeneratorURL }}" style="${LINK}">Source</a>{{ end }}</p>
{{ end }}{{ end }}`;
}

/** The HTML of mails. Mail programs show no style sheets, so that styles are attributes. */
export const EMAIL_TEMPLATE = `{{ define "email.default.html" }}<!DOCTYPE html>
<html lang="en">
<head><meta charset="UTF-8"><title>{{ template "__subject" . }}</title></head>
<body style="${TEXT} margin: 0; padding: 20px; background-color: #f4f4f5;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width: 640px; margin: 0 auto; background-color: #fff; border: 1px solid #ddd;">
<tr>{{ if gt (len .Alerts.Firing) 0 }}<td style="${TEXT} padding: 16px; color: #fff; background-color: #b3261e;">{{ else }}<td style="${TEXT} padding: 16px; color: #fff; background-color: #1c7a3f;">{{ end }}
{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for {{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}</td></tr>
<tr><td style="${TEXT} padding: 16px;"><a href="{{ template "__alertmanagerURL" . }}" style="${LINK}">View in {{ template "__alertmanager" . }}</a>
${alerts('Firing')}
${alerts('Resolved')}</td></tr>
<tr><td style="${TEXT} padding: 16px; font-size: 12px;"><a href="{{ .ExternalURL }}" style="${LINK}">Sent by {{ template "__alertmanager" . }}</a></td></tr>
</table>
</body>
</html>
{{ end }}`;
