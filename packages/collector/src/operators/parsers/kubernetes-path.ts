import { EvaluationError } from '../../ottl/values/value.ts';
import type { Entry } from '../entry/entry.ts';

/** `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`, also with the suffix of a rotated file. */
const PATH = /[/\\]?([^/\\_]+)_([^/\\_]+)_([a-f0-9-]+)[/\\]([^/\\._]+)[/\\](\d+)\.log(?:\.\d{8}-\d{6})?$/;
const NAMES = ['namespace.name', 'pod.name', 'pod.uid', 'container.name', 'container.restart_count'];

/** Sets the attributes of the resource from the path of a container's log file. Throws an `EvaluationError`. */
export function kubernetesResource(entry: Entry): void {
  const path = entry.attributes?.get('log.file.path');
  if (typeof path !== 'string')
    throw new EvaluationError(
      'expected the attribute log.file.path: set include_file_path, or add_metadata_from_filepath: false',
    );
  const match = PATH.exec(path);
  if (match === null) throw new EvaluationError(`expected the path of a container's log file, got "${path}"`);
  entry.resource ??= new Map();
  for (const [index, name] of NAMES.entries()) entry.resource.set(`k8s.${name}`, match[index + 1]);
}
