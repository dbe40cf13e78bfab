/** TensorFlow.js, with every gradient registered: the one import of it in this project. */
export * as tf from '@tensorflow/tfjs';
