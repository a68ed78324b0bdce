import {
  AttributeEditor,
  DEFAULT_TENANT,
  type Decision,
  EncodedAttribute,
  encodeKey,
  type ItemCursor,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  type Signal,
  Splices,
} from '@otelier/otlp';
import type { Hooks } from '../../../component/rewriter.ts';
import { encodeValue, readValue } from '../../../ottl/values/codec.ts';
import type { Value } from '../../../ottl/values/value.ts';
import type { RedactionRules } from '../rules.ts';
import { addSummary, Changes, SUMMARY } from '../summary.ts';
import { MaskingWalk, type WalkRules } from './masking-walk.ts';
import { itemPlan, type MessagePlan, RESOURCE_PLAN, SCOPE_PLAN } from './message-plan.ts';

/** Returns hooks that mask the values of the catalog in all texts of items, resources and scopes. */
export function catalogHooks(
  signal: Signal,
  rules: RedactionRules,
  summary: string,
  attributesField: (dataField: number) => number,
): Hooks {
  const walks = new Map<string, MaskingWalk>();
  const walkOf = (tenant: string): MaskingWalk => {
    let walk = walks.get(tenant);
    if (walk === undefined) {
      if (walks.size >= MAX_TENANTS) walks.clear();
      walk = new MaskingWalk(walkRulesOf(rules, tenant));
      walks.set(tenant, walk);
    }
    return walk;
  };
  let walk = walkOf(DEFAULT_TENANT);
  const changes = { attributes: new Changes(), body: new Changes() };
  const editor = new AttributeEditor();

  const mask = (
    bytes: Uint8Array,
    start: number,
    end: number,
    plan: MessagePlan,
    field: number,
    splices: Splices,
  ): boolean => {
    changes.attributes.clear();
    changes.body.clear();
    if (!walk.record(bytes, start, end, plan, splices, changes)) return false;
    if (summary === '') return true;
    editor.reset(bytes, start, end, field);
    addSummary(changes.attributes, SUMMARY.attributes, summary, targetOf(editor));
    addSummary(changes.body, SUMMARY.body, summary, targetOf(editor));
    editor.record(splices);
    return true;
  };

  const owner = (bytes: Uint8Array, start: number, end: number, plan: MessagePlan, field: number): Decision => {
    const splices = new Splices();
    return mask(bytes, start, end, plan, field, splices) ? splices.apply(bytes, start, end) : 'keep';
  };

  return {
    begin(request, { tenant }) {
      walk = walkOf(tenant);
      return request;
    },
    resource: ({ bytes, resourceStart, resourceEnd }) =>
      owner(bytes, resourceStart, resourceEnd, RESOURCE_PLAN, RESOURCE_FIELDS.attributes),
    scope: ({ bytes, scopeStart, scopeEnd }) => owner(bytes, scopeStart, scopeEnd, SCOPE_PLAN, SCOPE_FIELDS.attributes),
    item({ bytes, start, end, dataField, splices }: ItemCursor) {
      mask(bytes, start, end, itemPlan(signal, dataField), attributesField(dataField), splices);
      return 'keep';
    },
  };
}

/** Number of tenants whose rules are kept. */
const MAX_TENANTS = 256;

/** Returns the rules for the texts of a tenant. */
export function walkRulesOf(rules: RedactionRules, tenant: string): WalkRules {
  const { enabled, mask } = rules.masksOf(tenant);
  return {
    enabled,
    mask,
    redactAllTypes: rules.redactAllTypes,
    mayAllow: rules.mayAllow,
    keyRule: (key) => rules.keyRule(key),
    isAllowed: (text) => rules.isAllowed(text),
  };
}

function targetOf(editor: AttributeEditor) {
  return {
    get(key: string): Value {
      const range = editor.value(encodeKey(key));
      return range === undefined ? undefined : readValue(range.bytes, range.start, range.end);
    },
    set(key: string, value: Value): void {
      editor.set(EncodedAttribute.ofRaw(encodeKey(key), encodeValue(value)));
    },
  };
}
