/** OpenInference's flat attributes: `llm.input_messages.0.message.role`. */
const PREFIXES: readonly (readonly [prefix: string, target: string])[] = [
  ['llm.input_messages.', 'gen_ai.input.messages'],
  ['llm.output_messages.', 'gen_ai.output.messages'],
];

/** Messages reconstructed from flat attributes. */
export interface FlatMessages {
  readonly target: string;
  /** The messages as JSON, as defined by the semantic conventions. */
  readonly json: string;
  /** The keys of the flat attributes. */
  readonly keys: readonly string[];
}

/** Reports whether a key can belong to a flat message. */
export function isFlatMessageKey(key: string): boolean {
  return key.startsWith('llm.') && PREFIXES.some(([prefix]) => key.startsWith(prefix));
}

/** Builds messages from flat attributes. */
export function buildMessages(keys: readonly string[], textOf: (key: string) => string): FlatMessages[] {
  return PREFIXES.flatMap(([prefix, target]) => {
    const messages = new Map<number, FlatMessage>();
    const used: string[] = [];
    for (const key of keys) {
      const found = /^([+-]?\d{1,9})\.message\.(.+)$/.exec(key.startsWith(prefix) ? key.slice(prefix.length) : '');
      if (found === null) continue;
      const [, index = '', field = ''] = found;
      const message = messages.get(Number(index)) ?? { role: '', content: '', toolCallId: '', toolCalls: new Map() };
      messages.set(Number(index), message);
      setField(message, field, textOf(key));
      used.push(key);
    }
    if (messages.size === 0) return [];
    return [{ target, json: toJson(inOrder(messages).map(chatMessage)), keys: used }];
  });
}

interface ToolCall {
  id: string;
  name: string;
  args: string;
}

interface FlatMessage {
  role: string;
  content: string;
  toolCallId: string;
  readonly toolCalls: Map<number, ToolCall>;
}

function setField(message: FlatMessage, field: string, text: string): void {
  if (field === 'role') message.role = text;
  else if (field === 'content') message.content = text;
  else if (field === 'tool_call_id') message.toolCallId = text;
  const found = /^tool_calls\.([+-]?\d{1,9})\.tool_call\.(.+)$/.exec(field);
  if (found === null) return;
  const call = message.toolCalls.get(Number(found[1])) ?? { id: '', name: '', args: '' };
  message.toolCalls.set(Number(found[1]), call);
  if (found[2] === 'id') call.id = text;
  else if (found[2] === 'function.name') call.name = text;
  else if (found[2] === 'function.arguments') call.args = text;
}

function chatMessage({ role, content, toolCallId, toolCalls }: FlatMessage): object {
  if (toolCallId !== '') {
    const part = { type: 'tool_call_response', id: toolCallId, response: content };
    return { role: role === 'user' ? 'tool' : role, parts: [part] };
  }
  if (toolCalls.size > 0) {
    const parts = inOrder(toolCalls).map(({ id, name, args }) => ({
      type: 'tool_call',
      ...(id !== '' && { id }),
      name,
      ...(args !== '' && { arguments: parsedOrText(args) }),
    }));
    return { role, parts };
  }
  return { role, parts: content === '' ? [] : [{ type: 'text', content }] };
}

function parsedOrText(text: string): unknown {
  try {
    return sorted(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Sorts object keys, so that equal messages are serialized identically. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]));
}

function inOrder<T>(byIndex: ReadonlyMap<number, T>): T[] {
  return [...byIndex].sort(([a], [b]) => a - b).map(([, value]) => value);
}

/** Serializes a value as JSON and escapes HTML characters, as Go's `encoding/json` does. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
