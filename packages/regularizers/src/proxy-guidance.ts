import { crossEntropyToTeacher, type FunctionRegularizer, klDivergence, type tf } from '@syn2real/core';
import { checkWeight, entry } from './checks.js';

/** Options of {@link proxyGuidance}. */
export interface ProxyGuidanceOptions {
  /** λ. Default 0.1, the best of the paper's Table 1. */
  weight?: number;
  /** T: both softmaxes are taken of logits / T. Default 1. */
  temperature?: number;
  /** KL divergence, which is 0 where the networks agree, or the paper's cross-entropy. Default `'kl'`. */
  form?: 'kl' | 'cross-entropy';
}

/**
 * Proxy guidance: the trained network, read through the old task's classifier, stays close to the frozen one.
 *
 * `'kl'`: L = (1/B) Σ_i Σ_k p_old,k (log p_old,k − log p_new,k); `'cross-entropy'`: L = −(1/B) Σ_i Σ_k p_old,k log p_new,k,
 * where p = softmax(old head(pool) / T), p_old of the frozen network and p_new of the trained one. The two differ by the
 * teacher's entropy; their gradient with respect to the old-head logits is the same, (p_new − p_old) / (B·T). Add
 * `weight` times it to the task's loss.
 *
 * It reads the pooled features `pool` `[B, C]`; the record keeps the teacher's old-head logits, `logits` `[B, K_old]`.
 * No gradient reaches the teacher. It flows through the old head into the trained network; the old head's own
 * parameters stay as they are as long as they are not among those that you differentiate with respect to.
 *
 * The record's tensors belong to whoever calls `record`, the loss to the enclosing `tf.tidy`.
 *
 * @throws RangeError where the weight is negative or the temperature not positive
 * @example
 * ```ts
 * const guidance = proxyGuidance({ weight: 0.1 });
 * const teacher = tf.tidy(() => guidance.record({ pool: frozen(images) }, oldHead));
 * const loss = () => taskLoss().add(guidance.loss({ pool: trained(images) }, teacher, oldHead).mul(guidance.weight));
 * ```
 * @see Chen, Yu, Wang, Anandkumar: Automated Synthetic-to-Real Generalization (ICML 2020), eq. 2 and 4.
 * The paper prints the cross-entropy, its released code computes the divergence
 */
export function proxyGuidance({
  weight = 0.1,
  temperature = 1,
  form = 'kl',
}: ProxyGuidanceOptions = {}): FunctionRegularizer {
  const name = 'proxy-guidance';
  checkWeight(name, weight);
  if (!(temperature > 0)) throw new RangeError(`${name}: a temperature is positive; got ${temperature}.`);
  if (form !== 'kl' && form !== 'cross-entropy') {
    throw new RangeError(`${name}: the form is 'kl' or 'cross-entropy'; got ${JSON.stringify(form)}.`);
  }
  const divergence = form === 'kl' ? klDivergence : crossEntropyToTeacher;
  return {
    name,
    weight,
    needs: ['pool'],
    record: (teacher, oldHead) => ({ logits: oldHead(entry(name, 'feature', teacher, 'pool')) }),
    loss(student, teacher, oldHead) {
      const logits = entry(name, 'record', teacher, 'logits') as tf.Tensor2D;
      return divergence(logits, oldHead(entry(name, 'feature', student, 'pool')), { temperature });
    },
  };
}
