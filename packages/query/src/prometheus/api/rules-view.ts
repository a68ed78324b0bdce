/** The rules that a process evaluates, as the API of Prometheus shows them. Times are milliseconds since the epoch. */
export interface RulesView {
  groups(): readonly RuleGroupView[];
}

/** A group of rules. */
export interface RuleGroupView {
  readonly name: string;
  readonly file: string;
  /** The tenant whose telemetry the rules read, and that sees them. */
  readonly tenant: string;
  readonly intervalMillis: number;
  readonly limit: number;
  readonly evaluatedAt: number | undefined;
  readonly evaluationMillis: number;
  readonly rules: readonly RuleView[];
}

type Texts = Readonly<Record<string, string>>;

/** A rule with the state of its last evaluation. */
export interface RuleView {
  readonly kind: 'alerting' | 'recording';
  readonly name: string;
  /** The expression, formatted. */
  readonly query: string;
  /** The language of the expression, unless it is PromQL. */
  readonly language?: string | undefined;
  readonly labels: Texts;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError: string | undefined;
  readonly evaluatedAt: number | undefined;
  readonly evaluationMillis: number;
  /** Of an alerting rule. */
  readonly forMillis: number;
  readonly keepFiringForMillis: number;
  readonly annotations: Texts;
  readonly alerts: readonly AlertView[];
}

/** A pending or firing alert. */
export interface AlertView {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly state: 'pending' | 'firing';
  readonly activeAt: number;
  readonly keepFiringSince: number | undefined;
  readonly value: number;
}
