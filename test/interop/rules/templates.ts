/** A template, the value of the alert in the notation of series, and the result that both programs must have. */
export interface TemplateCase {
  readonly template: string;
  readonly value: string;
  readonly expected: string;
}

const cases = (...rows: readonly (readonly [string, string, string])[]): readonly TemplateCase[] =>
  rows.map(([template, value, expected]) => ({ template, value, expected }));

export const TEMPLATES: readonly TemplateCase[] = cases(
  ['{{ $value }}', '1000000', '1e+06'],
  ['{{ $value }}', '123456.5', '123456.5'],
  ['{{ $value }}', '0.00001', '1e-05'],
  ['{{ $value }}', '-Inf', '-Inf'],
  ['{{ humanize $value }}', '1234567', '1.235M'],
  ['{{ humanize $value }}', '0.0012', '1.2m'],
  ['{{ humanize $value }}', '0', '0'],
  ['{{ humanize $value }}', 'NaN', 'NaN'],
  ['{{ humanize "3000" }}', '0', '3k'],
  ['{{ humanize1024 $value }}', '1048576', '1Mi'],
  ['{{ humanizeDuration $value }}', '93784', '1d 2h 3m 4s'],
  ['{{ humanizeDuration $value }}', '-3600.5', '-1h 0m 0s'],
  ['{{ humanizeDuration $value }}', '59.1234', '59.12s'],
  ['{{ humanizeDuration $value }}', '0.002', '2ms'],
  ['{{ humanizePercentage $value }}', '0.123456', '12.35%'],
  ['{{ humanizeTimestamp $value }}', '1435065584.128', '2015-06-23 13:19:44.128 +0000 UTC'],
  ['{{ stripPort $labels.instance }}', '0', 'db-1.example.com'],
  ['{{ stripDomain $labels.instance }}', '0', 'db-1:5432'],
  ['{{ stripDomain "10.0.0.1:80" }}', '0', '10.0.0.1:80'],
  ['{{ $labels.missing }}|{{ .Labels.instance | reReplaceAll "(.*)-([0-9]).*" "$2-$1" }}', '0', '|1-db'],
  ['{{ if match "^db" $labels.instance }}database{{ else }}other{{ end }}', '0', 'database'],
  ['{{ "the quick fox" | title }} {{ toUpper "a" }}', '0', 'The Quick Fox A'],
  ['{{ parseDuration "1h30m" }} {{ toDuration 90.5 }}', '0', '5400 1m30.5s'],
  ['{{ printf "%.2f %05.1f %s" $value $value "x" }}', '2.3456', '2.35 002.3 x'],
  ['{{ with args 1 "b" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}', '0', '1b<no value>'],
  ['{{ query "nothing" | len }}{{ range query "nothing" }}x{{ else }} none{{ end }}', '0', '0 none'],
  [
    '{{ with query "m" }}{{ . | first | value }} {{ (. | first).Labels.instance }}{{ end }}',
    '7',
    '7 db-1.example.com:5432',
  ],
  [
    '{{ $value | humanize }} {{ len $labels }} {{ printf "%v" $labels }}',
    '1',
    '1 2 map[__name__:m instance:db-1.example.com:5432]',
  ],
  ['{{ and true 0 }} {{ or "" "x" }} {{ not 1 }} {{ eq $value 7.0 }} {{ lt 1.5 $value }}', '7', '0 x false true true'],
  ['{{ slice "abcdef" 1 3 }} {{ index "abc" 1 }} {{ len "äb" }} {{ printf "%q" "a\\"b" }}', '0', 'bc 98 3 "a\\"b"'],
  ['{{ toTime $value }}', '1435065584', '2015-06-23 13:19:44 +0000 UTC'],
  ['{{ urlQueryEscape "a b&c/d" }} {{ tableLink "up" }}', '0', 'a+b%26c%2Fd /graph?g0.expr=up&g0.tab=1'],
  ['{{- /* a comment */ -}} {{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '0', '2'],
);
