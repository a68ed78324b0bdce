/** Thrown while another profile of the process is made. */
export class ProfilerBusyError extends Error {
  override readonly name = 'ProfilerBusyError';

  constructor() {
    super('another profile is being made; try again when it has ended');
  }
}

let isBusy = false;

/** Reserves the profiler of the process until the returned function is called. Throws a `ProfilerBusyError`. */
export function takeTurn(): () => void {
  if (isBusy) throw new ProfilerBusyError();
  isBusy = true;
  return () => {
    isBusy = false;
  };
}
