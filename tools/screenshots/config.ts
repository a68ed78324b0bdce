/** The token for edits, with which the configuration is edited and plain values are shown. */
export const EDIT_TOKEN = 'token-of-the-screenshots';

/** A gateway of the shop: what the store keeps, and what an upstream gets, which is down. */
export const CONFIG = `# The gateway of the shop.
receivers:
  otlp:
    protocols:
      grpc: {endpoint: 127.0.0.1:0}
      http: {endpoint: 127.0.0.1:0}
  generator:
    traces_per_second: 5
    history: 65m
processors:
  memory_limiter:
    check_interval: 1s
    limit_mib: 512
  filter/health:
    traces:
      span:
        - attributes["http.route"] == "/health"
  redaction:
    allow_all_keys: true
    blocked_key_patterns: ["enduser.*", "user_agent.*"]
  tail_sampling:
    decision_wait: 2s
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: rest, type: probabilistic, probabilistic: {sampling_percentage: 50}}
  batch:
    timeout: 200ms
exporters:
  nop: {}
  store:
    directory: STORE
extensions:
  alerting:
    evaluation_interval: 5s
    groups:
      - name: shop
        rules:
          - alert: PaymentBusy
            expr: sum(rate(http_server_request_duration_seconds_count{job="shop/payment"}[5m])) > 0.1
            labels: {severity: page, service: payment}
            annotations: {summary: "Payment is busy."}
          - alert: SlowCheckout
            expr: histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{job="shop/checkout"}[5m]))) > 2
            for: 2m
            labels: {severity: warning, service: checkout}
            annotations: {summary: "The checkout takes longer than two seconds."}
    route: {receiver: team, group_by: [alertname]}
    receivers:
      - name: team
        webhook_configs: [{url: "http://127.0.0.1:9/alerts"}]
  workbench:
    endpoint: 127.0.0.1:0
    edit_token: ${EDIT_TOKEN}
service:
  extensions: [workbench, alerting]
  pipelines:
    traces:
      receivers: [otlp, generator]
      exporters: [store]
    traces/sampled:
      receivers: [otlp, generator]
      processors: [memory_limiter, filter/health, redaction, tail_sampling, batch]
      exporters: [nop]
    logs:
      receivers: [otlp, generator]
      processors: [memory_limiter, batch]
      exporters: [store]
    metrics:
      receivers: [otlp, generator]
      exporters: [store]
`;

/** A draft that changes the sampling and filters another route. */
export const DRAFT: readonly (readonly [from: string, to: string])[] = [
  ['sampling_percentage: 50', 'sampling_percentage: 20'],
  ['== "/health"', '== "/cart"'],
];
