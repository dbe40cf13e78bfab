/** The compiled kernels as the text of src/wasm/kernels-binary.ts. */
export function compileKernels(): Promise<string>;
