/** How telemetry becomes documents. */
export const MAPPING_MODES = ['bodymap', 'ecs', 'none', 'otel', 'raw'] as const;

/** How telemetry becomes documents. */
export type MappingMode = (typeof MAPPING_MODES)[number];

/** Parses the name of a mode; an empty one and `no` are `none`. */
export function parseMappingMode(name: string): MappingMode | undefined {
  const lower = name.toLowerCase();
  const canonical = lower === '' || lower === 'no' ? 'none' : lower;
  return MAPPING_MODES.find((mode) => mode === canonical);
}
