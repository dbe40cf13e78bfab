import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The release of ONNX Runtime that the graphs are written for: its blocked operators are internal to it. */
export const ORT_VERSION = '1.30.0';

const CUDA_PROVIDER = 'libonnxruntime_providers_cuda.so';

/** Where ONNX Runtime's native files were found. */
export interface Addon {
  /** `package`: in this package. `onnxruntime-node`: in that package, installed beside it. */
  readonly from: 'package' | 'onnxruntime-node';
  /** The folder of the addon, the library and its providers. */
  readonly folder: string;
  /** Whether NVIDIA's provider lies there. */
  readonly hasCuda: boolean;
}

function packageFolder(require: NodeJS.Require, name: string, version?: string): string | undefined {
  try {
    const manifest = `${name}/package.json`;
    if (version !== undefined && (require(manifest) as { version: string }).version !== version)
      return undefined;
    return dirname(require.resolve(manifest));
  } catch {
    return undefined;
  }
}

/**
 * An installed onnxruntime-node of the same release where it brings CUDA; else the files of this package; else (in its
 * repository, where they are not copied) any onnxruntime-node of the same release.
 */
export function findAddon(
  require: NodeJS.Require = createRequire(import.meta.url),
  platform: string = process.platform,
  arch: string = process.arch,
): Addon | undefined {
  const at = (root: string | undefined, from: Addon['from'], ...path: string[]): Addon | undefined => {
    if (root === undefined) return undefined;
    const folder = join(root, ...path, platform, arch);
    if (!existsSync(join(folder, 'onnxruntime_binding.node'))) return undefined;
    return { from, folder, hasCuda: existsSync(join(folder, CUDA_PROVIDER)) };
  };
  const other = at(
    packageFolder(require, 'onnxruntime-node', ORT_VERSION),
    'onnxruntime-node',
    'bin',
    'napi-v6',
  );
  if (other?.hasCuda) return other;
  return at(packageFolder(require, '@syn2real/tfjs-backend-onnxruntime'), 'package', 'native') ?? other;
}
