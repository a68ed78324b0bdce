/** An attribute convention: the OpenTelemetry semantic convention names of its attributes, and the values of operations. */
export interface Convention {
  readonly names: Readonly<Record<string, string>>;
  /** Operation names, by the lowercase values of the convention. */
  readonly operations: Readonly<Record<string, string>>;
  /** Whether messages are flattened into one attribute per field. */
  readonly hasFlatMessages: boolean;
}

/** The conventions, by source name. */
export const CONVENTIONS = {
  // https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
  openinference: {
    names: {
      'llm.token_count.prompt': 'gen_ai.usage.input_tokens',
      'llm.token_count.completion': 'gen_ai.usage.output_tokens',
      'llm.model_name': 'gen_ai.request.model',
      'llm.provider': 'gen_ai.provider.name',
      'llm.input_messages': 'gen_ai.input.messages',
      'llm.output_messages': 'gen_ai.output.messages',
      'embedding.model_name': 'gen_ai.request.model',
      'tool.name': 'gen_ai.tool.name',
      'tool.description': 'gen_ai.tool.description',
      'tool_call.function.arguments': 'gen_ai.tool.call.arguments',
      'tool_call.id': 'gen_ai.tool.call.id',
      'reranker.model_name': 'gen_ai.request.model',
      'agent.name': 'gen_ai.agent.name',
      'session.id': 'gen_ai.conversation.id',
      'openinference.span.kind': 'gen_ai.operation.name',
    },
    operations: {
      llm: 'chat',
      embedding: 'embeddings',
      chain: 'invoke_agent',
      retriever: 'retrieval',
      reranker: 'retrieval',
      tool: 'execute_tool',
      agent: 'invoke_agent',
      prompt: 'text_completion',
    },
    hasFlatMessages: true,
  },
  // https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions
  openllmetry: {
    names: {
      'llm.usage.prompt_tokens': 'gen_ai.usage.input_tokens',
      'llm.usage.completion_tokens': 'gen_ai.usage.output_tokens',
      'llm.request.model': 'gen_ai.request.model',
      'llm.response.model': 'gen_ai.response.model',
      'llm.request.max_tokens': 'gen_ai.request.max_tokens',
      'llm.request.temperature': 'gen_ai.request.temperature',
      'llm.request.top_p': 'gen_ai.request.top_p',
      'llm.top_k': 'gen_ai.request.top_k',
      'llm.frequency_penalty': 'gen_ai.request.frequency_penalty',
      'llm.presence_penalty': 'gen_ai.request.presence_penalty',
      'llm.chat.stop_sequences': 'gen_ai.request.stop_sequences',
      'llm.request.functions': 'gen_ai.tool.definitions',
      'llm.response.finish_reason': 'gen_ai.response.finish_reasons',
      'llm.response.stop_reason': 'gen_ai.response.finish_reasons',
      'llm.request.type': 'gen_ai.operation.name',
      'traceloop.span.kind': 'gen_ai.operation.name',
      'traceloop.entity.name': 'gen_ai.agent.name',
      'traceloop.entity.input': 'gen_ai.input.messages',
      'traceloop.entity.output': 'gen_ai.output.messages',
    },
    operations: {
      workflow: 'invoke_workflow',
      task: 'invoke_agent',
      agent: 'invoke_agent',
      tool: 'execute_tool',
      completion: 'text_completion',
      chat: 'chat',
      rerank: 'retrieval',
      embedding: 'embeddings',
    },
    hasFlatMessages: false,
  },
  // https://github.com/langchain-ai/langchain
  langchain: {
    names: { 'lc.metadata.thread_id': 'gen_ai.conversation.id', 'langgraph.node.name': 'gen_ai.agent.name' },
    operations: {},
    hasFlatMessages: false,
  },
  // https://github.com/crewAIInc/crewAI
  crewai: {
    names: Object.fromEntries([
      ['agent_role', 'gen_ai.agent.name'],
      ['crew_id', 'gen_ai.conversation.id'],
    ]),
    operations: {},
    hasFlatMessages: false,
  },
  // https://github.com/pydantic/pydantic-ai
  pydanticai: { names: { agent_name: 'gen_ai.agent.name' }, operations: {}, hasFlatMessages: false },
  custom: { names: {}, operations: {}, hasFlatMessages: false },
} as const satisfies Readonly<Record<string, Convention>>;

/** The name of a convention source. */
export type SourceName = keyof typeof CONVENTIONS;

/** All source names. */
export const SOURCE_NAMES = Object.keys(CONVENTIONS) as [SourceName, ...SourceName[]];

/** The type of an attribute. `any` is not checked. */
export type TargetType = 'string' | 'int' | 'double' | 'strings' | 'any';

/** Attributes in semantic conventions 1.40 whose type is not `string`. */
const TYPES: ReadonlyMap<string, TargetType> = new Map(
  Object.entries({
    'gen_ai.embeddings.dimension.count': 'int',
    'gen_ai.evaluation.score.value': 'double',
    'gen_ai.input.messages': 'any',
    'gen_ai.output.messages': 'any',
    'gen_ai.request.choice.count': 'int',
    'gen_ai.request.encoding_formats': 'strings',
    'gen_ai.request.frequency_penalty': 'double',
    'gen_ai.request.max_tokens': 'int',
    'gen_ai.request.presence_penalty': 'double',
    'gen_ai.request.seed': 'int',
    'gen_ai.request.stop_sequences': 'strings',
    'gen_ai.request.temperature': 'double',
    'gen_ai.request.top_k': 'double',
    'gen_ai.request.top_p': 'double',
    'gen_ai.response.finish_reasons': 'strings',
    'gen_ai.retrieval.documents': 'any',
    'gen_ai.system_instructions': 'any',
    'gen_ai.tool.call.arguments': 'any',
    'gen_ai.tool.call.result': 'any',
    'gen_ai.tool.definitions': 'any',
    'gen_ai.usage.cache_creation.input_tokens': 'int',
    'gen_ai.usage.cache_read.input_tokens': 'int',
    'gen_ai.usage.input_tokens': 'int',
    'gen_ai.usage.output_tokens': 'int',
  } as const),
);

/** String attributes in semantic conventions 1.40. */
const STRINGS = new Set(
  [
    ...['agent.description', 'agent.id', 'agent.name', 'agent.version', 'conversation.id', 'data_source.id'],
    ...['evaluation.explanation', 'evaluation.name', 'evaluation.score.label', 'operation.name', 'output.type'],
    ...['prompt.name', 'provider.name', 'request.model', 'response.id', 'response.model', 'retrieval.query.text'],
    ...['token.type', 'tool.call.id', 'tool.description', 'tool.name', 'tool.type'],
  ].map((name) => `gen_ai.${name}`),
);

/** Returns an attribute's type in the semantic conventions; `any` if they do not define the attribute. */
export function targetType(key: string): TargetType {
  return TYPES.get(key) ?? (STRINGS.has(key) ? 'string' : 'any');
}
