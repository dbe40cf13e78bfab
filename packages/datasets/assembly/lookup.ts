/**
 * `out[i] = table[source[i]]` for `length` bytes; gives how many of them are `counted`. Eight at a time: both areas have
 * 8 bytes to spare behind.
 */
export function lookup(source: usize, length: usize, table: usize, out: usize, counted: u32): u32 {
  let found: u32 = 0;
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) {
    const values = load<u64>(source + i);
    let results: u64 = 0;
    for (let bit: u64 = 0; bit < 64; bit += 8) {
      const result = <u32>load<u8>(table + <usize>((values >> bit) & 0xff));
      results |= (<u64>result) << bit;
      found += u32(result === counted);
    }
    store<u64>(out + i, results);
  }
  for (; i < length; i++) {
    const result = <u32>load<u8>(table + <usize>load<u8>(source + i));
    store<u8>(out + i, <u8>result);
    found += u32(result === counted);
  }
  return found;
}
