/**
 * Packs the packages as they would be published and installs them with plain npm in empty folders, with no setting at
 * all: the engine alone, where its README's examples then run, and everything together, where each package is imported.
 *
 *   pnpm build && pnpm check:install
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const ENGINE = 'packages/tfjs-backend-onnxruntime';
const work = mkdtempSync(join(tmpdir(), 'syn2real-install-'));

/** What a user's shell would have: nothing that pnpm or this repository sets for npm. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|NODE_OPTIONS|TFJS_|ONNXRUNTIME_)/i.test(name),
  ),
);

async function pack(folder) {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', work], {
    cwd: join(root, folder),
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.slice(stdout.indexOf('{'))).filename;
}

/** A new project with the tarballs installed; fails where an install script of any package fails. */
async function install(name, tarballs) {
  const folder = mkdtempSync(join(work, `${name}-`));
  await run('npm', ['init', '-y'], { cwd: folder, env });
  const start = performance.now();
  await run('npm', ['install', ...tarballs], { cwd: folder, env, maxBuffer: 1 << 26 });
  console.log(`${name}: npm install in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return folder;
}

async function runIn(folder, file, source) {
  writeFileSync(join(folder, file), source);
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env, timeout: 120_000 });
  return stdout.trim();
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}

const packages = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
);
const manifests = new Map(
  packages.map((folder) => [folder, JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))]),
);

try {
  const tarballs = new Map(await Promise.all(packages.map(async (folder) => [folder, await pack(folder)])));

  const alone = await install('engine alone', [tarballs.get(ENGINE)]);
  const readme = readFileSync(
    join(alone, 'node_modules/@syn2real/tfjs-backend-onnxruntime/README.md'),
    'utf8',
  );
  const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]);
  expect(examples.length >= 2, 'The README of the engine has no examples to run.');
  const report =
    'console.log(JSON.stringify({ backend: tf.getBackend(), runs: tf.backend().stats().runs }));';
  const output = await runIn(alone, 'readme.mjs', examples.join('\n') + report);
  const { backend, runs } = JSON.parse(output.split('\n').at(-1));
  expect(
    backend === 'onnxruntime' && runs > 10,
    `The README's examples ran on ${backend} with ${runs} graphs.`,
  );
  expect(!existsSync(join(alone, 'node_modules/onnxruntime-node')), 'onnxruntime-node was installed too.');
  console.log(`engine alone: the README's ${examples.length} examples ran, ${runs} graphs`);

  const together = await install('everything', [...tarballs.values()]);
  const names = [...manifests.values()]
    .filter((manifest) => manifest.exports)
    .map((manifest) => manifest.name);
  const imported = await runIn(
    together,
    'import.mjs',
    `const names = ${JSON.stringify(names)};
    for (const name of names) if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
    const { selectBackend } = await import('@syn2real/trainer');
    console.log((await selectBackend('onnxruntime')).name);`,
  );
  expect(imported.endsWith('onnxruntime'), `The trainer started ${imported}.`);
  for (const [folder, { bin }] of manifests) {
    for (const command of Object.keys(typeof bin === 'object' ? bin : {})) {
      const { stdout } = await run(join(together, 'node_modules/.bin', command), ['--help'], {
        cwd: together,
        env,
      });
      expect(/usage/i.test(stdout), `${command} of ${folder} prints no help.`);
    }
  }
  console.log(`everything: ${names.length} packages import, the trainer starts the engine`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
