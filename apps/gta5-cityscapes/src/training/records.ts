/** How well pixels were told apart; fractions. A class that is neither there nor predicted has no IoU. */
export interface DenseScores {
  meanIou: number;
  perClassIou: (number | null)[];
  pixelAccuracy: number;
  /** Counts of pixels: a row a true class, a column a predicted one. */
  confusion: number[][];
  images: number;
}

/** What is measured of an epoch; accuracies are fractions. */
export interface Measured {
  source?: DenseScores & {
    heldOut: true;
    /** Images of nearly the nominal size, counted at their label images'. */
    resized?: readonly string[];
  };
  /** The old classifier's answers on the retention images; KL(frozen‖now) in nats. */
  retention?: { accuracy: number; agreement: number; kl: number; images: number };
  /** ‖θ_g − θ*_g‖₂ by group of the backbone: how far it is from the pretrained network. */
  distance?: Readonly<Record<string, number>>;
  /** Read through the oracle, for the curve; selection does not see it. */
  target?: DenseScores;
}
