declare module 'jstat' {
  const jStat: {
    readonly studentt: {
      /** The quantile `p` of Student's t. */
      inv(p: number, degreesOfFreedom: number): number;
    };
  };
  export default jStat;
}
