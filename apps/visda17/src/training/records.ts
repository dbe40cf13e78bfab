/** What is measured of an epoch; accuracies are fractions. */
export interface Measured {
  source?: { meanClassAccuracy: number; images: number; heldOut: boolean };
  /**
   * The old classifier's answers on the retention images, or, where none are given, on the measured source images,
   * which have no accuracy: share of answers equal to the frozen network's, and KL(frozen‖now) in nats.
   */
  retention?: {
    accuracy?: number;
    agreement: number;
    kl: number;
    images: number;
    on: 'retention' | 'source';
  };
  /** ‖θ_g − θ*_g‖₂ by group of the backbone: how far it is from the pretrained network. */
  distance?: Readonly<Record<string, number>>;
  /** Iterations whose mean the measured weights are; 0: none yet, they are the trained ones. Absent: nothing is averaged. */
  averaged?: number;
  /** Read through the oracle, for the curve; selection does not see it. */
  target?: { meanClassAccuracy: number; perClass: number[] };
}
