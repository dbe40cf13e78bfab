import * as cpuNamespace from '@tensorflow/tfjs-backend-cpu';

const cpu = (cpuNamespace as { default?: typeof cpuNamespace }).default ?? cpuNamespace;

/** TensorFlow.js kernel backend that runs on ONNX Runtime's CPU library. */
export class OnnxRuntimeBackend extends cpu.MathBackendCPU {}
