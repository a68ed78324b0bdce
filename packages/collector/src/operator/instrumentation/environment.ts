import type { Variable } from '../webhook/pod.ts';

/** Variables of a container. */
export type Environment = readonly Variable[];

/** Returns a variable by its name. The last one of a name counts, as in a container. */
export function variableOf(environment: Environment, name: string): Variable | undefined {
  return environment.findLast((variable) => variable.name === name);
}

/** Adds variables that do not exist. */
export function withMissing(environment: Environment, added: Environment): Environment {
  const all = [...environment];
  for (const variable of added) if (variableOf(all, variable.name) === undefined) all.push(variable);
  return all;
}

/** Changes the value of a variable, or adds it. A value that comes from elsewhere stays: it cannot be read here. */
export function withValue(
  environment: Environment,
  name: string,
  change: (known: string | undefined) => string,
): Environment {
  const known = variableOf(environment, name);
  if (known === undefined) return [...environment, { name, value: change(undefined) }];
  if (known.valueFrom !== undefined) return environment;
  return environment.map((one) => (one === known ? { name, value: change(known.value ?? '') } : one));
}

/** Moves a variable to the end, where it can refer to all others. */
export function withLast(environment: Environment, name: string): Environment {
  const moved = variableOf(environment, name);
  return moved === undefined ? environment : [...environment.filter((variable) => variable !== moved), moved];
}

/** Returns a variable with a field of the pod. */
export function fieldVariable(name: string, fieldPath: string): Variable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
