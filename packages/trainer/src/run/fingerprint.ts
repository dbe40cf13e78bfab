import { asJson, canonicalJson, type JsonObject, sha256 } from '../files/json.js';

/** What a number depends on: all that has to be the same for it to come out the same. */
export interface FingerprintParts {
  /** The run's whole configuration, defaults filled in. */
  readonly config: JsonObject;
  /** Fingerprint per data set, as its adapter gives it: `{ source: "…", target: "…" }`. */
  readonly data: Readonly<Record<string, string>>;
  /** SHA-256 of each weights file started from. */
  readonly weights: Readonly<Record<string, string>>;
  /** Versions of the packages, and the commit where there is one; see `codeVersion`. */
  readonly code: JsonObject;
  /** The compute engine as `selectBackend` describes it. */
  readonly backend: JsonObject;
  readonly seed: number;
  /** The rule by which the reported epoch is chosen: `"last"`, `"source-held-out"`. */
  readonly selection: string;
}

/** {@link FingerprintParts} with their hash. */
export interface Fingerprint extends FingerprintParts {
  /** SHA-256 of the parts' canonical JSON, hexadecimal. */
  readonly sha256: string;
}

/**
 * Names a result by everything it depends on: sha256 = SHA-256(canonical JSON of the parts).
 *
 * @throws TypeError where a part holds what JSON has no form for
 * @example
 * ```ts
 * const { sha256 } = fingerprint({ config, data: { source: source.fingerprint }, weights: {}, code, backend, seed: 0, selection: 'last' });
 * ```
 */
export function fingerprint(parts: FingerprintParts): Fingerprint {
  const kept: FingerprintParts = {
    config: parts.config,
    data: parts.data,
    weights: parts.weights,
    code: parts.code,
    backend: parts.backend,
    seed: parts.seed,
    selection: parts.selection,
  };
  return { ...kept, sha256: sha256(canonicalJson(asJson(kept))) };
}
