import type { ReactNode } from 'react';
import type { Answer } from '../data/use-answer.ts';
import { Failure } from './failure.tsx';
import { LoadingRows } from './loading.tsx';

/** What a pane shows of its answer: bars while it loads, the error if it failed, else the picture. */
export function Answered<Data>({
  answer,
  children,
  loading,
  tight = false,
}: {
  readonly answer: Answer<Data>;
  readonly children: (data: Data) => ReactNode;
  readonly loading?: ReactNode;
  readonly tight?: boolean;
}): ReactNode {
  if (answer.failure !== undefined) return <Failure failure={answer.failure} retry={answer.retry} tight={tight} />;
  if (answer.data === undefined) return loading ?? <LoadingRows />;
  return children(answer.data);
}
