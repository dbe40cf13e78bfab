/**
 * Copies ONNX Runtime's native files out of the pinned onnxruntime-node into native/, so that the package brings them
 * itself and nothing has an install script. Each file is checked against native.sha256, and has to stand in
 * licenses/README.md with its licence.
 *
 *   node scripts/native.mjs [--update | --clean]
 *
 * --clean removes native/; --update writes native.sha256 anew, after onnxruntime-node's version has changed.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A second copy of libonnxruntime.1.dylib, which is the name that the addon loads. */
const LEFT_OUT = /^darwin\/[^/]+\/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/;
/** What the CUDA download adds, where a developer has run it. */
const CUDA = /libonnxruntime_providers_\w+\.so$/;

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'native');
rmSync(target, { recursive: true, force: true });
if (process.argv.includes('--clean')) process.exit(0);

const listFile = join(root, 'native.sha256');
const source = join(
  dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
  'bin',
  'napi-v6',
);
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(source.length + 1)
      .split(sep)
      .join('/'),
  )
  .filter((file) => !LEFT_OUT.test(file) && !CUDA.test(file))
  .sort();
const list = files
  .map(
    (file) =>
      `${createHash('sha256')
        .update(readFileSync(join(source, file)))
        .digest('hex')}  ${file}\n`,
  )
  .join('');

if (process.argv.includes('--update')) writeFileSync(listFile, list);
else if (list !== readFileSync(listFile, 'utf8')) {
  console.error(`The files of onnxruntime-node in ${source} are not those of native.sha256. Found:\n${list}`);
  process.exit(1);
}

const licences = readFileSync(join(root, 'licenses', 'README.md'), 'utf8');
const unlisted = files.filter((file) => !licences.includes(`\`${basename(file)}\``));
if (unlisted.length > 0) {
  console.error(`licenses/README.md names no licence for ${unlisted.join(', ')}`);
  process.exit(1);
}

for (const file of files) {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(join(source, file), join(target, file));
}
console.log(`${files.length} native files of ONNX Runtime in ${target}`);
