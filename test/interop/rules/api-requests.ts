/** Rules that need no telemetry: recording, firing, pending, inactive, failing and beyond the limit of their group. */
export const RULES = `groups:
  - name: vectors
    interval: 1s
    labels: { team: ops }
    rules:
      - { record: 'job:up:sum', expr: 'vector(1)', labels: { a: b } }
      - alert: Firing
        expr: vector(1.5) > 0
        labels: { severity: page, value: '{{ $value }}' }
        annotations: { summary: 'is {{ $value | humanize }}' }
      - { alert: Pending, expr: 'label_replace(vector(0.05), "x", "y<z", "", "")', for: 1h30m }
      - { alert: Inactive, expr: vector(1) > 2, keep_firing_for: 5m }
  - name: failing
    interval: 1s
    rules:
      - record: broken
        expr: (vector(1) or label_replace(vector(2), "a", "b", "", "")) + on() vector(1)
  - name: limited
    interval: 1s
    limit: 1
    rules:
      - { alert: TooMany, expr: 'vector(1) or label_replace(vector(2), "a", "b", "", "")' }
`;

export const REQUESTS = [
  'rules',
  'alerts',
  'rules?type=alert',
  'rules?type=record',
  'rules?type=other',
  'rules?rule_name[]=Firing&rule_name[]=broken',
  'rules?rule_group[]=limited',
  'rules?rule_group[]=none',
  'rules?file[]=none.yml',
  'rules?exclude_alerts=true',
  'rules?exclude_alerts=perhaps',
  'rules?match[]={team="ops",severity="page"}',
  'rules?match[]={team=',
  'rules?group_limit=1',
  'rules?group_limit=0',
  'rules?group_limit=x',
  'rules?group_next_token=x',
  'rules?group_limit=2&group_next_token=unknown',
];

/** Returns a response without times, durations and directories. */
export function withoutTimes(text: string): unknown {
  return JSON.parse(text, (key, value) => {
    if (key === 'evaluationTime') return 0;
    if (key === 'lastEvaluation' || key === 'activeAt' || key === 'keepFiringSince') return typeof value;
    if (key === 'groupNextToken') return String(value).length;
    return key === 'file' ? String(value).replace(/^.*\//, '') : value;
  });
}
