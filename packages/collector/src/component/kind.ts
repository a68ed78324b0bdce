/** A component kind. Its plural is the name of the configuration section. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';
