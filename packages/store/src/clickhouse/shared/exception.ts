/** SQL for the attributes of a span's last exception event; an empty map if it has none. */
export const EXCEPTION = "arrayLast((attributes, name) -> name = 'exception', `Events.Attributes`, `Events.Name`)";
