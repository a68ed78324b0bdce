import { createRandom, type Random } from '@otelier/testkit/otlp/random';

/** Labels of an alert. */
export type Labels = Readonly<Record<string, string>>;

/** A configuration whose routes are compared for many label sets. `template` stands for the address of the webhook. */
export interface RoutingCase {
  readonly config: string;
  readonly labels: readonly Labels[];
}

/** Alerts and silences that are posted to a configuration. */
export interface SuppressionCase {
  readonly config: string;
  readonly alerts: readonly Labels[];
  /** Indices of the alerts that are resolved in the second phase. */
  readonly resolved: readonly number[];
  readonly silences: readonly (readonly SilenceMatcher[])[];
}

/** A matcher in Alertmanager's API. */
export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  alertname: ['Down', 'Slow', 'Full', 'Odd name "x"'],
  severity: ['critical', 'warning', 'info'],
  team: ['web', 'db', 'web-eu', ''],
  region: ['eu', 'us', 'ü'],
  instance: ['i1', 'i2', 'i3'],
};
const NAMES = Object.keys(VALUES);
const PATTERNS = ['web.*', 'web|db', '.+', '.*', 'e.', '[^u].*', 'i[12]', 'critical|warning', '(?i:WEB)'];

/** Creates the configurations and label sets whose routes are compared. */
export function routingCases(count: number, labelSets: number): readonly RoutingCase[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(1000 + index);
    return { config: configOf(random, false), labels: Array.from({ length: labelSets }, () => labelsOf(random)) };
  });
}

/** Creates alerts, inhibition rules and silences. */
export function suppressionCases(count: number): readonly SuppressionCase[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(2000 + index);
    const alerts = new Map(
      Array.from({ length: 14 }, () => labelsOf(random)).map((labels) => [
        JSON.stringify(Object.entries(labels).sort()),
        labels,
      ]),
    );
    const list = [...alerts.values()];
    return {
      config: configOf(random, true),
      alerts: list,
      resolved: list.flatMap((_alert, at) => (random(3) === 0 ? [at] : [])),
      silences: Array.from({ length: random(3) }, () => silenceOf(random)),
    };
  });
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T;
}

function labelsOf(random: Random): Labels {
  const names = NAMES.filter((name) => name === 'alertname' || random(3) > 0);
  return Object.fromEntries(
    names.map((name) => [name, pick(random, VALUES[name] ?? [])] as const).filter(([, value]) => value !== ''),
  );
}

function matcherOf(random: Random): string {
  const name = pick(random, NAMES);
  const operator = pick(random, ['=', '=', '!=', '=~', '!~']);
  const value = operator.includes('~') ? pick(random, PATTERNS) : pick(random, VALUES[name] ?? []);
  return `${name}${operator}${JSON.stringify(value)}`;
}

function silenceOf(random: Random): readonly SilenceMatcher[] {
  const name = pick(random, NAMES);
  const first = { name, value: pick(random, (VALUES[name] ?? []).filter(Boolean)), isRegex: false, isEqual: true };
  if (random(2) === 0) return [first];
  const other = pick(random, NAMES);
  return [
    first,
    { name: other, value: pick(random, ['web.*', 'i[12]', 'eu|us']), isRegex: true, isEqual: random(2) === 0 },
  ];
}

const RECEIVERS = ['default', 'web', 'db', 'all'];

/** Returns a configuration; those whose notifications are compared have short times and one webhook per receiver. */
function configOf(random: Random, notifies: boolean): string {
  const route = {
    receiver: 'default',
    group_by: groupBy(random),
    ...(notifies && { group_wait: '2s', group_interval: '5s', repeat_interval: '1h' }),
    routes: Array.from({ length: 1 + random(4) }, () => routeOf(random, 0)),
  };
  const receivers = RECEIVERS.map((name) => ({
    name,
    ...(notifies && { webhook_configs: [{ url: `URL/${name}`, send_resolved: name !== 'db' }] }),
  }));
  const inhibit = notifies
    ? Array.from({ length: 1 + random(2) }, () => ({
        source_matchers: [`severity="critical"`, ...(random(2) === 0 ? [matcherOf(random)] : [])],
        target_matchers: [pick(random, ['severity="warning"', 'severity=~"warning|info"', 'severity!="critical"'])],
        equal: pick(random, [['region'], ['alertname', 'region'], [], ['team']]),
      }))
    : [];
  return JSON.stringify({ route, receivers, inhibit_rules: inhibit });
}

function groupBy(random: Random): readonly string[] {
  return pick(random, [['alertname'], ['alertname', 'region'], [], ['...'], ['team', 'severity']]);
}

function routeOf(random: Random, depth: number): object {
  const style = random(4);
  const name = pick(random, NAMES);
  const matchers =
    style === 0
      ? { match: { [name]: pick(random, VALUES[name] ?? []) } }
      : style === 1
        ? { match_re: { [name]: pick(random, PATTERNS) } }
        : { matchers: Array.from({ length: 1 + random(2) }, () => matcherOf(random)) };
  return {
    ...matchers,
    ...(random(4) > 0 && { receiver: pick(random, RECEIVERS) }),
    ...(random(3) === 0 && { continue: true }),
    ...(random(3) === 0 && { group_by: groupBy(random) }),
    ...(depth < 2 &&
      random(2) === 0 && { routes: Array.from({ length: 1 + random(2) }, () => routeOf(random, depth + 1)) }),
  };
}

/** Templates whose results are compared. `html` has values that must be escaped. */
export const TEMPLATES: readonly { readonly type: 'text' | 'html'; readonly text: string }[] = [
  ...[
    '{{ template "slack.default.title" . }}',
    '{{ template "slack.default.fallback" . }}',
    '{{ template "slack.default.color" . }}|{{ template "slack.default.text" . }}|{{ template "slack.default.pretext" . }}',
    '{{ template "pagerduty.default.description" . }}',
    '{{ template "pagerduty.default.instances" .Alerts }}',
    '{{ template "pagerduty.default.clientURL" . }}',
    '{{ template "msteamsv2.default.title" . }}',
    '{{ template "msteamsv2.default.text" . }}',
    '{{ template "msteams.default.summary" . }}',
    '{{ template "email.default.subject" . }}',
    '{{ template "__text_alert_list" .Alerts.Firing }}',
    '{{ template "__text_alert_list_markdown" .Alerts }}',
    '{{ .Receiver }} {{ .Status }} {{ .ExternalURL }} {{ len .Alerts }}',
    '{{ .CommonLabels }} {{ .GroupLabels }} {{ .CommonAnnotations }}',
    '{{ .CommonLabels.SortedPairs }} {{ .CommonLabels.Names }} {{ .CommonLabels.Values }}',
    '{{ range .CommonLabels.SortedPairs }}{{ .Name }}:{{ .Value }};{{ end }}',
    '{{ (.CommonLabels.Remove (stringSlice "job" "none")).Names | join "," }}',
    '{{ .GroupLabels.Values.Join "-" }}|{{ .GroupLabels.SortedPairs.Values | join "+" }}',
    '{{ range .Alerts }}{{ .Status }} {{ .Labels.instance }} {{ .Labels.missing }}|{{ .Annotations.summary }} {{ .Fingerprint }};{{ end }}',
    '{{ range .Alerts.Firing }}{{ .StartsAt }} {{ .EndsAt }}{{ end }}',
    '{{ range .Alerts }}{{ .StartsAt.Format "Mon 2 Jan 2006 15:04:05 MST" }} {{ .StartsAt.Unix }} {{ .EndsAt.IsZero }};{{ end }}',
    '{{ range .Alerts }}{{ date "2006-01-02" .StartsAt }} {{ .StartsAt | tz "Europe/Berlin" | date "15:04 -0700" }};{{ end }}',
    '{{ range $i, $alert := .Alerts }}{{ $i }}={{ $alert.Labels.instance }} {{ end }}',
    '{{ with $alerts := .Alerts.Resolved }}{{ len $alerts }}{{ else }}none{{ end }}',
    '{{ "hello World-wide o\'neil" | title }} {{ "AbC" | toLower }} {{ "abc" | toUpper }} [{{ "  x " | trimSpace }}]',
    '{{ match "^a.c$" "abc" }} {{ match "b" "abc" }} {{ reReplaceAll "(\\\\w+)-(\\\\w+)" "$2=$1" "one-two" }}',
    '{{ join ", " (stringSlice "a" "b") }} {{ urlUnescape "a%20b+c" }} {{ "a b&c" | urlquery }}',
    '{{ toJson .CommonLabels }} {{ .Alerts | toJson }}',
    '{{ "<&>" | toJson }} {{ list 1 "two" | toJson }} {{ dict "a" 1 "b" (list true) | toJson }}',
    '{{ base64encode "a?b>" }} {{ base64decode "YT9iPg==" }}',
    '{{ humanizeDuration 93784 }} {{ humanizeDuration 0.5 }} {{ (toDate "2006-01-02" "2026-12-01").Year }}',
    '{{ define "x" }}[{{ . }}]{{ end }}{{ template "x" .Status }}{{ template "x" "y" }}',
    '{{ block "named" .Receiver }}<{{ . }}>{{ end }}',
    '{{- /* comment */ -}}  {{- "trimmed" -}}   end',
    '{{ if and (eq .Status "firing") (gt (len .Alerts) 1) }}many{{ else if eq .Status "firing" }}one{{ else }}none{{ end }}',
    '{{ printf "%s %d %05.2f %q" .Status (len .Alerts) 1.5 "x" }}',
    '{{ index .CommonLabels "job" }} {{ (index .Alerts 0).Labels.instance }} {{ slice "abcdef" 1 3 }}',
    '{{ append (list "a") "b" 3 | toJson }}',
    '{{ .Missing }}',
    '{{ template "none" . }}',
    '{{ .Alerts.Firing',
    '{{ mustToDate "2006-01-02" "x" }}',
  ].map((text) => ({ type: 'text' as const, text })),
  ...[
    '<p>{{ .CommonAnnotations.html }}</p>',
    '<a href="{{ .ExternalURL }}?x={{ .CommonAnnotations.html }}">{{ .CommonLabels.job }}</a>',
    '<a href="{{ .CommonAnnotations.script }}" title="{{ .CommonAnnotations.html }}">x</a>',
    '<p>{{ .CommonAnnotations.html | safeHtml }}</p>',
    '{{ range .CommonLabels.SortedPairs }}<b>{{ .Name }}</b>={{ .Value }}<br>{{ end }}',
  ].map((text) => ({ type: 'html' as const, text })),
];

/** The data on which templates are executed, in the form of amtool. */
export const TEMPLATE_DATA = {
  receiver: 'team-web',
  status: 'firing',
  notification_reason: 'first notification',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'Down', job: 'api', instance: 'a:1', zone: 'b' },
      annotations: { summary: 'a is down', html: '<b>1 & "2"</b>', script: 'javascript:alert(1)' },
      startsAt: '2026-12-01T11:30:00.25Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://rules/1?a=b&c=d',
      fingerprint: 'f963f8ac13281c36',
    },
    {
      status: 'resolved',
      labels: { alertname: 'Down', job: 'api', instance: 'b:1' },
      annotations: { html: '<b>1 & "2"</b>', script: 'javascript:alert(1)' },
      startsAt: '2026-07-01T10:00:00Z',
      endsAt: '2026-07-01T10:05:30Z',
      generatorURL: 'http://rules/2',
      fingerprint: '521f5186fb803089',
    },
  ],
  groupLabels: { alertname: 'Down' },
  commonLabels: { alertname: 'Down', job: 'api' },
  commonAnnotations: { html: '<b>1 & "2"</b>', script: 'javascript:alert(1)' },
  routeLabels: {},
  externalURL: 'http://am.example',
};
