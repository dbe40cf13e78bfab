import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFloat32, fromInt64 } from './convert.js';
import { loadStateDict } from './load-state-dict.js';
import { toParams, toStateDict } from './params/to-params.js';
import { readSafetensors } from './safetensors/read.js';
import { serializeSafetensors, writeSafetensors } from './safetensors/write.js';
import { emptyStateDict, type TensorRecord } from './tensor-record.js';

const PYTHON = process.env.SYN2REAL_PYTHON ?? 'python3';

function python(code: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', code, ...args], {
    encoding: 'utf8',
    timeout: 150_000,
  });
  if (status !== 0) throw new Error(`${PYTHON} failed: ${stderr}`);
  return stdout;
}

function has(module: string): boolean {
  const found =
    spawnSync(PYTHON, ['-c', `import importlib.util as u, sys; sys.exit(u.find_spec('${module}') is None)`])
      .status === 0;
  if (!found) {
    process.stderr.write(
      `SKIPPED: ${PYTHON} has no module ${module}, so this package was not run against it (set SYN2REAL_PYTHON to a Python that has it)\n`,
    );
  }
  return found;
}

const hasTorch = has('torch');
const hasSafetensors = hasTorch && has('safetensors');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const base64 = (tensors: Readonly<Record<string, TensorRecord>>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      [[...shape], Buffer.from(data).toString('base64')],
    ]),
  );

const RANDOM_VIEWS = `
import base64, json, random, sys, torch
kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]
def view(t):
    for _ in range(random.randrange(4)):
        if t.dim() == 0: break
        axis = random.randrange(t.dim())
        how = random.randrange(5)
        if how == 0: t = t.transpose(axis, random.randrange(t.dim()))
        elif how == 1 and t.shape[axis]: t = t.narrow(axis, random.randrange(t.shape[axis]), 1)
        elif how == 2 and t.shape[axis]: t = t.select(axis, random.randrange(t.shape[axis]))
        elif how == 3: t = t[tuple([slice(None)] * axis + [slice(None, None, 2)])]
        else: t = t.unsqueeze(axis).expand(*t.shape[:axis], 3, *t.shape[axis:])
    return t
random.seed(0)
torch.manual_seed(0)
state = {}
for i in range(150):
    base = (torch.randn([random.randrange(5) for _ in range(random.randrange(4))]) * 50).to(random.choice(kinds))
    state[f"t{i}"] = view(base)
    state[f"t{i}.shared"] = view(base)
torch.save(state, sys.argv[1] + ".zip")
torch.save(state, sys.argv[1] + ".legacy", _use_new_zipfile_serialization=False)
raw = lambda t: bytes(torch.empty(t.numel(), dtype=t.dtype).copy_(t.reshape(-1)).view(torch.uint8).tolist()) if t.numel() else b""
print(json.dumps({k: [list(t.shape), base64.b64encode(raw(t)).decode()] for k, t in state.items()}))
`;

describe.skipIf(!hasTorch)('beside torch itself', () => {
  it('reads 300 random views of random types that torch saves', async () => {
    const path = join(folder, 'random');
    const expected = JSON.parse(python(RANDOM_VIEWS, path));
    expect(Object.keys(expected)).toHaveLength(300);
    for (const suffix of ['zip', 'legacy']) {
      expect(base64((await loadStateDict(`${path}.${suffix}`)).tensors)).toEqual(expected);
    }
  });
});

describe.skipIf(!hasSafetensors)('beside the safetensors library', () => {
  it('writes the very bytes that the library writes', async () => {
    const path = join(folder, 'bytes.safetensors');
    python(
      `
import sys, torch
from safetensors.torch import save_file
kinds = dict(a=torch.bool, b=torch.uint8, c=torch.int8, d=torch.int16, e=torch.float16, f=torch.bfloat16, g=torch.int32, h=torch.float32, i=torch.float64, j=torch.int64)
state = {name + suffix: torch.arange(3).to(kind) for name, kind in kinds.items() for suffix in ("", ".é\\n\\"\\\\", ".😀", ".\\uffee")}
save_file(state, sys.argv[1], metadata={"format": "pt"})`,
      path,
    );
    const { tensors, metadata } = await readSafetensors(path);
    expect(Object.keys(tensors)).toHaveLength(40);
    expect(Buffer.from(serializeSafetensors(tensors, metadata)).equals(await readFile(path))).toBe(true);
  });

  it('writes what the library reads, and PyTorch loads strictly', async () => {
    const checkpoint = join(folder, 'module.pt');
    const module =
      'torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ConvTranspose2d(4, 2, 2), torch.nn.Flatten(), torch.nn.Linear(72, 5))';
    python(`import sys, torch\ntorch.save(${module}.state_dict(), sys.argv[1])`, checkpoint);
    const { tensors } = await loadStateDict(checkpoint);
    const { params, buffers } = toParams(tensors);
    const path = join(folder, 'module.safetensors');
    await writeSafetensors(path, await toStateDict([params, buffers]), { step: '3' });
    const printed = python(
      `
import sys, torch
from safetensors import safe_open
from safetensors.torch import load_file
module = ${module}
state = load_file(sys.argv[2])
print(module.load_state_dict(state, strict=True))
original = torch.load(sys.argv[1])
print(all(torch.equal(state[k], v) for k, v in original.items()), safe_open(sys.argv[2], "pt").metadata())`,
      checkpoint,
      path,
    );
    expect(printed).toBe("<All keys matched successfully>\nTrue {'step': '3'}\n");
  });

  it('writes every dtype, the empty file, and odd names', async () => {
    const path = join(folder, 'odd.safetensors');
    const tensors = Object.assign(emptyStateDict(), {
      '': fromInt64([2n ** 62n], []),
      'ü"\\\n': fromFloat32(new Float32Array(0), [0, 3]),
    });
    await writeSafetensors(path, tensors);
    await writeSafetensors(`${path}.empty`, {});
    const printed = python(
      `
import sys
from safetensors.torch import load_file
print(sorted((k, v.dtype, list(v.shape), v.tolist()) for k, v in load_file(sys.argv[1]).items()), load_file(sys.argv[1] + ".empty"))`,
      path,
    );
    expect(printed).toBe(
      `[('', torch.int64, [], ${2n ** 62n}), ('ü"\\\\\\n', torch.float32, [0, 3], [])] {}\n`,
    );
  });
});
