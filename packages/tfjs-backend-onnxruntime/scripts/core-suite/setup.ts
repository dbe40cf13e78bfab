import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '../../src/index';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

const backendName = process.env.CORE_SUITE_BACKEND ?? 'onnxruntime';
setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
