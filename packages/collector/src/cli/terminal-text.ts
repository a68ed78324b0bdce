/**
 * Escapes control and bidirectional characters as JSON does (`\\u001b`), except line feeds, because telemetry is
 * untrusted and could control the terminal. JSON remains equivalent.
 */
export function terminalText(text: string): string {
  return text.replace(CONTROL_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const CONTROL_CHARACTERS = /(?!\n)[\p{Cc}\p{Bidi_C}]/gu;
