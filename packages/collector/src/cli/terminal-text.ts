/**
 * Escapes as JSON does (`\\u001b`) what a terminal takes for a command or what turns the direction of text around, save
 * line feeds: telemetry is written by others. JSON stays the same JSON.
 */
export function terminalText(text: string): string {
  return text.replace(COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const COMMANDS = /(?!\n)[\p{Cc}\p{Bidi_C}]/gu;
