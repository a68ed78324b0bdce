/** A structural schema of Kubernetes: OpenAPI 3 with the extensions `x-kubernetes-…`. */
export interface Schema {
  readonly type?: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

/** A rule in the Common Expression Language, where `self` is the value. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** Path of the field that the message names, from the value. */
  readonly fieldPath?: string;
}

/** Options of an object. */
export interface ObjectOptions {
  readonly required?: readonly string[];
  readonly rules?: readonly Rule[];
}

/** Returns an object with these fields. Others are refused or dropped, as the client asks for. */
export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  { required = [], rules = [] }: ObjectOptions = {},
): Schema {
  return {
    type: 'object',
    description,
    ...(required.length > 0 && { required }),
    properties,
    ...rulesOf(rules),
  };
}

/** Returns the schema of objects of the operator. `status` has what each kind has beside its generation and conditions. */
export function resourceSchema(
  description: string,
  spec: Schema,
  { status = {}, ...options }: ObjectOptions & { readonly status?: Readonly<Record<string, Schema>> } = {},
): Schema {
  return object(
    description,
    {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status: object('What the operator has observed.', {
        observedGeneration: { type: 'integer', format: 'int64' },
        conditions: CONDITIONS,
        ...status,
      }),
    },
    options,
  );
}

/** Returns the keyword for rules, if there are any. */
export function rulesOf(rules: readonly Rule[]): Schema {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}

/** Returns a text, whose length is limited so that rules have a bounded cost. */
export function text(description: string, keywords: Schema = {}): Schema {
  return { type: 'string', description, maxLength: 1024, ...keywords };
}

/** Returns a text of a set. */
export function choice(description: string, values: readonly string[], initial?: string): Schema {
  return { type: 'string', description, enum: values, ...(initial !== undefined && { default: initial }) };
}

/** Returns a whole number. */
export function integer(description: string, minimum: number, maximum: number, initial?: number): Schema {
  return {
    type: 'integer',
    format: 'int32',
    description,
    minimum,
    maximum,
    ...(initial !== undefined && { default: initial }),
  };
}

/** Returns a map of texts, such as labels. */
export function textMap(description: string, keywords: Schema = {}): Schema {
  return {
    type: 'object',
    description,
    maxProperties: 100,
    additionalProperties: { type: 'string', maxLength: 4096 },
    ...keywords,
  };
}

/** Returns a list of items. `key` names the field that is different in each item. */
export function list(
  description: string,
  items: Schema,
  { key, ...keywords }: Schema & { readonly key?: string } = {},
): Schema {
  const keyed = key === undefined ? {} : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] };
  return { type: 'array', description, maxItems: 100, items, ...keyed, ...keywords };
}

/** Returns an object whose fields the schema of pods or of the configuration defines. */
export function open(description: string): Schema {
  return { type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** Returns a quantity such as `500m` or `1Gi`. */
export function quantity(description: string): Schema {
  return {
    description,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    pattern: '^([0-9]+|[0-9]*\\.[0-9]+)([eE][0-9]+|[kMGTPE]i?|m|Ki)?$',
  };
}

/** Returns a number or a percentage of pods. */
export function countOrPercent(description: string): Schema {
  return {
    description,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    pattern: '^[0-9]{1,6}$|^(100|[0-9]{1,2})%$',
  };
}

/** The pattern of the name of an image. */
export const IMAGE = '^[a-z0-9]([-._:/@a-zA-Z0-9]*[a-zA-Z0-9])?$';

/** Returns the rules for the name of an object, of which a service is made. `reason` says why its length is limited. */
export function nameRules(maxLength: number, reason: string): readonly Rule[] {
  return [
    {
      rule: `size(self.metadata.name) <= ${maxLength}`,
      message: `metadata.name: expected at most ${maxLength} characters, because ${reason}`,
    },
    {
      rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
      message: 'metadata.name: expected a letter, then letters, digits and "-", because the service has this name',
    },
  ];
}

/** The pattern of the name of an object: a label of DNS. */
export const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
/** The pattern of a name that has labels of the DNS, such as that of a secret. */
export const DNS_SUBDOMAIN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

/** The conditions of a status, as in all APIs of Kubernetes. */
export const CONDITIONS: Schema = list(
  'What is true of the object.',
  object(
    'One condition.',
    {
      type: text('Name of the condition.', { maxLength: 316 }),
      status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      reason: text('Reason in one word.'),
      message: text('Explanation for people.', { maxLength: 32768 }),
    },
    { required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'] },
  ),
  { key: 'type', maxItems: 20 },
);
