import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNotificationTemplates } from '../templates/check-templates.ts';
import { parseAlertmanagerConfig, parseAlertmanagerFile } from './parse.ts';
import { formatPath } from './reader.ts';

const VALID = `route: { receiver: team }
receivers: [{ name: team }]
`;

test('names the line, the path, what was expected and what came', () => {
  const cases: readonly (readonly [text: string, line: number, message: string])[] = [
    [`${VALID}rout: x\n`, 3, 'rout: unknown field, expected one of '],
    [
      'route: { receiver: other }\nreceivers: [{ name: team }]',
      1,
      'route.receiver: expected the name of a receiver, got "other"',
    ],
    ['receivers: [{ name: team }]', 1, 'route: expected the root of the routing tree, got none'],
    [
      `route:\n  receiver: team\n  group_wait: 5\nreceivers: [{ name: team }]`,
      3,
      'route.group_wait: expected a duration such as "30s", "5m" or "1h30m", got "5"',
    ],
    [
      `route:\n  receiver: team\n  group_by: [a, '...']\nreceivers: [{ name: team }]`,
      3,
      'route.group_by: expected no other labels beside "...", which stands for all',
    ],
    [
      `route:\n  receiver: team\n  routes:\n    - matchers: ['a=~"("']\nreceivers: [{ name: team }]`,
      4,
      'route.routes[0].matchers: ',
    ],
    [
      `route: { receiver: team, routes: [{ mute_time_intervals: [night] }] }\nreceivers: [{ name: team }]`,
      1,
      'route.routes[0].mute_time_intervals: expected names of time intervals, got "night"',
    ],
    [
      `${VALID}time_intervals:\n  - name: night\n    time_intervals: [{ times: [{ start_time: '22:00', end_time: '06:00' }] }]`,
      5,
      'time_intervals[0].time_intervals[0].times[0].end_time: expected a time after start_time',
    ],
    [
      `${VALID}time_intervals: [{ name: a, time_intervals: [{ location: Moon/Base }] }]`,
      3,
      'time_intervals[0].time_intervals[0].location: expected a time zone such as "Europe/Berlin", got "Moon/Base"',
    ],
    [
      `route: { receiver: team }\nreceivers:\n  - name: team\n    webhook_configs: [{ max_alerts: 1 }]`,
      4,
      'receivers[0].webhook_configs[0].url: expected url or url_file, got none',
    ],
    [
      `route: { receiver: team }\nreceivers:\n  - name: team\n    email_configs: [{ to: a@b.c }]`,
      4,
      'receivers[0].email_configs[0].from: expected an address here or in global.smtp_from, got none',
    ],
    ['route: [', 1, 'Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ];
  for (const [text, line, message] of cases) {
    const { config, errors } = parseAlertmanagerFile(text, '/etc');
    assert.equal(config, undefined, text);
    const found = errors.find((error) => error.message.startsWith(message));
    assert.ok(found !== undefined, `${text}: ${JSON.stringify(errors)}`);
    assert.equal(found.line, line, text);
  }
});

test('loads what it does not support, and names it', () => {
  const { config, warnings } = parseAlertmanagerFile(
    `global: { opsgenie_api_key: key }
route: { receiver: team }
receivers:
  - name: team
    opsgenie_configs: [{ api_key: x }]
    slack_configs: [{ api_url: 'https://slack.example/x', channel: '#a', update_message: true }]
tracing: { endpoint: x }
`,
    '/etc',
  );
  assert.ok(config !== undefined);
  assert.deepEqual(
    warnings.map(({ line, message }) => `${line}: ${message}`),
    [
      '6: receivers[0].slack_configs[0].update_message: not supported: each notification is a message of its own',
      '5: receivers[0].opsgenie_configs: not supported: alerts are not sent to these integrations',
      '7: tracing: not supported, has no effect',
    ],
  );
});

test('shows no secret of a configuration, and no URL with a token', () => {
  const value = {
    global: { smtp_auth_password: 'hidden-1', slack_api_url: 'https://hooks.slack.com/hidden-2' },
    route: { receiver: 'team' },
    receivers: [
      {
        name: 'team',
        webhook_configs: [
          { url: 'https://host/hidden-3', http_config: { basic_auth: { username: 'me', password: 'hidden-4' } } },
        ],
        slack_configs: [
          {
            app_token: 'hidden-5',
            channel: '#a',
            http_config: { http_headers: { 'x-key': { values: ['hidden-6'] } } },
          },
        ],
        pagerduty_configs: [{ routing_key: 'hidden-7' }],
        msteamsv2_configs: [{ webhook_url: 'https://host/hidden-8' }],
        email_configs: [
          { to: 'a@b.c', from: 'a@b.c', smarthost: 'h:25', auth_password: 'hidden-9', auth_secret: 'hidden-10' },
        ],
      },
    ],
  };
  const { config, errors } = parseAlertmanagerConfig(value, '/etc');
  assert.deepEqual(errors, []);
  assert.ok(config !== undefined);
  assert.doesNotMatch(config.original, /hidden/);
  assert.match(config.original, /channel: "#a"/);
  // An invalid URL may be a secret too.
  const wrong = { ...value, receivers: [{ name: 'team', webhook_configs: [{ url: 'hidden-11' }] }] };
  const [error] = parseAlertmanagerConfig(wrong, '/etc').errors;
  assert.equal(
    `${formatPath(error?.path ?? [])}: ${error?.message}`,
    'receivers[0].webhook_configs[0].url: expected a URL such as "https://host/path", got another text',
  );
});

test('checks the templates of receivers', () => {
  const slack = {
    api_url: 'https://slack.example/x',
    title: '{{ .Status',
    text: '{{ template "slack.default.text" . }}',
  };
  const receivers = [{ name: 'team', slack_configs: [slack] }];
  const { config } = parseAlertmanagerConfig({ route: { receiver: 'team' }, receivers }, '/etc');
  assert.ok(config !== undefined);
  assert.deepEqual(
    checkNotificationTemplates(config).map(({ path, message }) => `${formatPath(path)}: ${message}`),
    ['receivers[0].slack_configs[0]: expected a template, got "{{ .Status": unclosed action'],
  );
});
