import type { Signal } from '@otelier/otlp';
import { ENDPOINT_TYPES, type ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { CreatorConfig } from './config.ts';
import { DEFAULT_ATTRIBUTES } from './default-attributes.ts';
import { hintedReceiver } from './hints.ts';
import { compileRule } from './rule.ts';
import { compileTemplate, type Template } from './template.ts';
import { type Variables, variablesOf } from './variables.ts';

/** A receiver that an endpoint gets. */
export interface PlannedReceiver {
  /** ID in the configuration, such as `redis/1`. */
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The resource attributes to add. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Default: all signals that the receiver has. */
  readonly signals: readonly Signal[] | undefined;
  /** Whether annotations of the endpoint wrote the options, so that they are not trusted. */
  readonly isHinted: boolean;
}

/** A receiver of an endpoint, or why there is none. */
export type Planned = PlannedReceiver | { readonly id: string; readonly failure: string };

/** Returns the receivers of an endpoint. */
export type Planner = (endpoint: ObservedEndpoint) => readonly Planned[];

/** Compiles a configuration to a function that plans receivers. */
export function createPlanner({ receivers, resourceAttributes, discovery }: CreatorConfig): Planner {
  const attributesOf = new Map(
    ENDPOINT_TYPES.map((type) => [
      type,
      attributeTemplates({ ...DEFAULT_ATTRIBUTES[type], ...resourceAttributes[type] }),
    ]),
  );
  const templates = Object.entries(receivers).map(([id, receiver]) => ({
    id,
    rule: compileRule(receiver.rule),
    options: compileTemplate(receiver.config),
    attributes: attributeTemplates(receiver.resourceAttributes),
  }));
  const hinted = (endpoint: ObservedEndpoint, variables: Variables): Planned | undefined => {
    const found = hintedReceiver(endpoint, discovery);
    if (found === undefined || 'failure' in found) return found;
    const attributes = () => withoutEmpty(textsOf(attributesOf.get(endpoint.type), variables));
    return attempt(found.id, () => ({ ...found, attributes: attributes(), isHinted: true }));
  };
  return (endpoint) => {
    const variables = variablesOf(endpoint);
    const hint = discovery.enabled ? hinted(endpoint, variables) : undefined;
    if (hint !== undefined) return [hint];
    return templates.flatMap(({ id, rule, options, attributes }): Planned[] => {
      const planned = attempt(id, () => {
        if (!rule(variables)) return undefined;
        const all = { ...textsOf(attributesOf.get(endpoint.type), variables), ...textsOf(attributes, variables) };
        return {
          id,
          options: options(variables) as PlannedReceiver['options'],
          attributes: withoutEmpty(all),
          signals: undefined,
          isHinted: false,
        };
      });
      return planned === undefined ? [] : [planned];
    });
  };
}

type AttributeTemplates = readonly (readonly [string, Template])[];

function attributeTemplates(texts: Readonly<Record<string, string>>): AttributeTemplates {
  return Object.entries(texts).map(([key, text]) => [key, compileTemplate(text)]);
}

function textsOf(templates: AttributeTemplates = [], variables: Variables): Record<string, string> {
  return Object.fromEntries(templates.map(([key, template]) => [key, textOf(template(variables))]));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function withoutEmpty(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
}

function attempt<T extends PlannedReceiver | undefined>(id: string, plan: () => T): T | Planned {
  try {
    return plan();
  } catch (error) {
    return { id, failure: errorMessage(error) };
  }
}
