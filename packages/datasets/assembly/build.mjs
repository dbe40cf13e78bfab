// Compiles kernels.ts to WebAssembly and writes it, in base64, into src/wasm/kernels-binary.ts.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** The compiled kernels as the text of src/wasm/kernels-binary.ts. */
export async function compileKernels() {
  const outFile = 'kernels.wasm';
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      'kernels.ts',
      '--outFile',
      outFile,
      '--optimizeLevel',
      '3',
      '--runtime',
      'stub',
      '--noAssert',
      '--importMemory',
      '--enable',
      'simd,bulk-memory',
      '--baseDir',
      fileURLToPath(new URL('.', import.meta.url)),
    ],
    { writeFile: (name, contents) => files.set(name, contents) },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const base64 = Buffer.from(files.get(outFile)).toString('base64');
  return `// Compiled from assembly/kernels.ts by \`pnpm build:wasm\`.\nexport const KERNELS_BASE64 =\n  '${base64}';\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/wasm/kernels-binary.ts', import.meta.url), await compileKernels());
}
