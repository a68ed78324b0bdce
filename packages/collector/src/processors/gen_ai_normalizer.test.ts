import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues, type PlainValue } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { genAiNormalizer } from './gen_ai_normalizer.ts';

processorContract(genAiNormalizer, { config: { sources: { openinference: {} } } });

type Attributes = { readonly [key: string]: PlainValue };

/** Returns the attributes of a span and its event, which are initially equal, and the schema URL of the scope. */
async function normalized(sources: object, attributes: Attributes, schemaUrl?: string) {
  const bench = await createComponentBench(genAiNormalizer, { config: { sources } });
  await bench.start();
  const list = keyValues(attributes);
  const spans = [{ name: 's', attributes: list, events: [{ name: 'e', attributes: list }] }];
  await bench.send(
    batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans, ...(schemaUrl && { schemaUrl }) }] }] }),
  );
  await bench.close();
  const [scope] =
    decodeRequest('traces', bench.received[0]?.parts[0] ?? new Uint8Array()).resourceSpans?.[0]?.scopeSpans ?? [];
  const span = scope?.spans?.[0];
  assert.deepEqual(span?.events?.[0]?.attributes, span?.attributes);
  return { attributes: span?.attributes ?? [], schemaUrl: (scope as { schemaUrl?: string }).schemaUrl };
}

test('renames attributes of OpenInference in spans and events', async () => {
  const { attributes, schemaUrl } = await normalized(
    { openinference: {} },
    { 'llm.model_name': 'm', 'llm.token_count.prompt': 7, 'openinference.span.kind': 'LLM', other: true },
  );
  assert.deepEqual(
    attributes,
    keyValues({
      'llm.model_name': 'm',
      'llm.token_count.prompt': 7,
      'openinference.span.kind': 'LLM',
      other: true,
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.operation.name': 'chat',
    }),
  );
  assert.equal(schemaUrl, 'https://opentelemetry.io/schemas/1.40.0');
});

test('leaves other spans and existing schema URLs', async () => {
  assert.equal((await normalized({ openinference: {} }, { other: 1 })).schemaUrl, undefined);
  const kept = await normalized({ openinference: {} }, { 'agent.name': 'a' }, 'https://example.com/1.0.0');
  assert.equal(kept.schemaUrl, 'https://example.com/1.0.0');
});

test('removes originals, and overwrites only if it is told to', async () => {
  const attributes = { 'llm.request.model': 'new', 'gen_ai.request.model': 'old', 'llm.request.type': 'completion' };
  const removed = await normalized({ openllmetry: { remove_originals: true } }, attributes);
  assert.deepEqual(
    removed.attributes,
    keyValues({
      'llm.request.model': 'new',
      'gen_ai.request.model': 'old',
      'gen_ai.operation.name': 'text_completion',
    }),
  );
  const overwritten = await normalized({ openllmetry: { remove_originals: true, overwrite: true } }, attributes);
  assert.deepEqual(
    overwritten.attributes,
    keyValues({ 'gen_ai.request.model': 'new', 'gen_ai.operation.name': 'text_completion' }),
  );
});

test('converts values to the type of the conventions, or leaves the original', async () => {
  const { attributes } = await normalized(
    { openllmetry: { remove_originals: true } },
    {
      'llm.response.finish_reason': 'stop',
      'llm.usage.prompt_tokens': '12',
      'llm.usage.completion_tokens': 1.5,
      'llm.request.temperature': 1,
      'llm.request.model': 4,
      'llm.chat.stop_sequences': ['a', 1],
      'traceloop.entity.input': { a: 1 },
    },
  );
  assert.deepEqual(attributes, [
    ...keyValues({
      'llm.usage.completion_tokens': 1.5,
      'llm.chat.stop_sequences': ['a', 1],
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 12,
    }),
    { key: 'gen_ai.request.temperature', value: { doubleValue: 1 } },
    ...keyValues({ 'gen_ai.request.model': '4', 'gen_ai.input.messages': { a: 1 } }),
  ]);
});

test('joins the flat messages of OpenInference', async () => {
  const { attributes } = await normalized(
    { openinference: { remove_originals: true } },
    {
      'llm.input_messages.1.message.role': 'user',
      'llm.input_messages.1.message.content': 'a < b',
      'llm.input_messages.0.message.role': 'system',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.tool_calls.0.tool_call.id': 'c1',
      'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'f',
      'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{"b":1,"a":2}',
      'llm.output_messages.1.message.role': 'user',
      'llm.output_messages.1.message.tool_call_id': 'c1',
      'llm.output_messages.1.message.content': 'ok',
      'llm.output_messages.x.message.role': 'kept',
    },
  );
  assert.deepEqual(
    attributes,
    keyValues({
      'llm.output_messages.x.message.role': 'kept',
      'gen_ai.input.messages':
        '[{"role":"system","parts":[]},{"role":"user","parts":[{"type":"text","content":"a \\u003c b"}]}]',
      'gen_ai.output.messages':
        '[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"a":2,"b":1}}]},' +
        '{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ok"}]}]',
    }),
  );
});

test('applies sources in the order of their names, with own names and values', async () => {
  const { attributes } = await normalized(
    {
      openinference: { overwrite: true, custom_mappings: { 'llm.model_name': 'my.model' } },
      custom: {
        custom_mappings: { a: 'gen_ai.operation.name', b: 'gen_ai.agent.name' },
        value_mappings: { 'gen_ai.operation.name': { Talk: 'chat' } },
      },
      crewai: {},
      langchain: {},
      pydanticai: {},
    },
    { a: 'TALK', b: 'custom', agent_role: 'writer', 'agent.name': 'inference', 'llm.model_name': 'm' },
  );
  assert.deepEqual(
    attributes.slice(5),
    keyValues({ 'gen_ai.agent.name': 'inference', 'gen_ai.operation.name': 'chat', 'my.model': 'm' }),
  );
});

test('refuses invalid configurations', async () => {
  const refused = (config: object, message: RegExp) =>
    assert.rejects(createComponentBench(genAiNormalizer, { config: { ...config } }), message);
  await refused({}, /sources: /);
  await refused({ sources: {} }, /sources: expected at least one source/);
  await refused({ sources: { foobar: {} } }, /foobar/);
  await refused({ sources: { custom: {} } }, /custom_mappings: expected at least one attribute/);
  await refused(
    { sources: { custom: { custom_mappings: { a: 'a' } } } },
    /custom_mappings: expected two different names/,
  );
});
