/** Deep enough for TensorFlow.js's gradients, which call kernels from far below the user's line. */
const DEPTH = 64;

/** How many of the user's frames an error names. */
const NAMED = 3;

const FRAME = /^\s*at /;
const isTensorFlow = (frame: string): boolean => /[\\/]@tensorflow[\\/+]/.test(frame);
const isInternal = (frame: string): boolean => /\(?node:|<anonymous>\)?$|\bnative\b/.test(frame);

/** The stack of a kernel call; turning it into text is left to who needs it. */
export interface CallSite {
  readonly stack?: string;
}

/** Notes where the current kernel was called. Costs tens of microseconds. */
export function captureCallSite(): CallSite {
  const site: CallSite = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(site, captureCallSite);
  Error.stackTraceLimit = limit;
  return site;
}

/** The user's frames, innermost first: those below TensorFlow.js's own; empty where none can be told apart. */
export function describeCallSite(site: CallSite | undefined): string {
  const frames = (site?.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  const users = frames
    .slice(Math.max(0, frames.findIndex(isTensorFlow)))
    .filter((frame) => !isTensorFlow(frame) && !isInternal(frame));
  if (!frames.some(isTensorFlow)) return '';
  return users
    .slice(0, NAMED)
    .map((frame) => frame.replace(FRAME, ''))
    .join(' < ');
}
