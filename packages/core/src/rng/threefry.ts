/**
 * Threefry-2x32 with 20 rounds: a keyed, counter-based random function.
 *
 * Two 32-bit words out for a key and a counter of two words each; the same inputs give the same words anywhere.
 *
 * @see Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011), and its known answers
 */
export function threefry2x32(
  key: readonly [number, number],
  counter: readonly [number, number],
): [number, number] {
  const k0 = key[0] >>> 0;
  const k1 = key[1] >>> 0;
  const schedule = [k0, k1, (PARITY ^ k0 ^ k1) >>> 0] as const;
  let x = (counter[0] + k0) >>> 0;
  let y = (counter[1] + k1) >>> 0;
  for (let block = 0; block < 5; block++) {
    const rotations = block % 2 === 0 ? EVEN : ODD;
    for (const r of rotations) {
      x = (x + y) >>> 0;
      y = (((y << r) | (y >>> (32 - r))) ^ x) >>> 0;
    }
    x = (x + schedule[(block + 1) % 3]!) >>> 0;
    y = (y + schedule[(block + 2) % 3]! + block + 1) >>> 0;
  }
  return [x, y];
}

const PARITY = 0x1bd11bda;
const EVEN = [13, 15, 26, 6] as const;
const ODD = [17, 29, 16, 24] as const;
