type JsonObject = Readonly<Record<string, unknown>>;

/** An item of an OTLP/JSON request, with the messages that contain it. */
export interface JsonItem {
  readonly resource: JsonObject;
  readonly scope: JsonObject;
  /** The metric of a data point, without its points. */
  readonly metric: JsonObject | undefined;
  /** A span, log record or data point. */
  readonly item: JsonObject;
}

/** Returns the items of an OTLP/JSON request, in their order. */
export function jsonItems(request: unknown): readonly JsonItem[] {
  const items: JsonItem[] = [];
  for (const group of listsIn(request)) {
    const resource = objectOf(group['resource']);
    for (const part of listsIn(group)) {
      const scope = objectOf(part['scope']);
      for (const child of listsIn(part)) {
        const points = Object.entries(child).find(([, value]) => Array.isArray(objectOf(value)['dataPoints']));
        if (points === undefined) {
          items.push({ resource, scope, metric: undefined, item: child });
          continue;
        }
        const [kind, data] = points;
        const { dataPoints, ...rest } = objectOf(data);
        const metric = { ...child, [kind]: rest };
        for (const item of dataPoints as readonly JsonObject[]) items.push({ resource, scope, metric, item });
      }
    }
  }
  return items;
}

/** Returns the objects in the lists of an object. */
function listsIn(value: unknown): readonly JsonObject[] {
  return Object.values(objectOf(value)).flatMap((list) => (Array.isArray(list) ? (list as JsonObject[]) : []));
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
