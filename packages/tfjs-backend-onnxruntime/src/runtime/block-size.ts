import { encodeModel, NCHWC_DOMAIN, type OnnxNode } from '../onnx/model.js';
import { resolveOptions } from './options.js';
import { createSession, runInto } from './session.js';

let probed: { readonly block: number | undefined } | undefined;

const step = (op: string, input: string, output: string, rest: Partial<OnnxNode> = {}): OnnxNode => ({
  op,
  domain: '',
  name: `probe ${op}`,
  inputs: [input],
  outputs: [output],
  attributes: {},
  ...rest,
});

/** Reorders four channels and looks at how many come out. */
function probe(): number | undefined {
  const shape = Float32Array.of(0, 0, 0, 0);
  try {
    const session = createSession(
      encodeModel({
        inputs: [{ name: 'x', shape: [1, 1, 1, 4], type: 'float32' }],
        outputs: [{ name: 'y', shape: [4], type: 'float32' }],
        initializers: [],
        nodes: [
          step('ReorderInput', 'x', 'blocked', { domain: NCHWC_DOMAIN, attributes: { channels_last: 1 } }),
          step('Shape', 'blocked', 'shape'),
          step('Cast', 'shape', 'y', { attributes: { to: 1 } }),
        ],
      }),
      resolveOptions({ intraOpThreads: 1, device: 'cpu' }),
    );
    const x = new Float32Array(4);
    runInto(
      session,
      { x: { dims: [1, 1, 1, 4], data: x, type: 'float32', location: 'cpu' } },
      { y: { dims: [4], data: shape, type: 'float32', location: 'cpu' } },
    );
    session.dispose();
  } catch {
    return undefined;
  }
  const block = shape[1];
  return block === undefined || block < 4 ? undefined : block;
}

/** Channels per block of ONNX Runtime's blocked layout on this CPU; undefined where it has none. */
export function blockSize(): number | undefined {
  probed ??= { block: probe() };
  return probed.block;
}
