import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePytorch } from './read.js';

const golden = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../goldens/${name}`, import.meta.url)));
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

function u32(value: number): string {
  return String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
}
const u16 = (value: number) => u32(value).slice(0, 2);
const unicode = (text: string) => `X${u32(text.length)}${text}`;

/** A stored zip with these members; `change` may spoil the directory. */
function zip(members: Record<string, string>): Uint8Array {
  let body = '';
  let directory = '';
  for (const [name, content] of Object.entries(members)) {
    const sizes = u32(crc32(Buffer.from(content, 'latin1'))) + u32(content.length) + u32(content.length);
    const offset = body.length;
    body += `PK\x03\x04${u16(20)}${u16(0)}${u16(0)}${u32(0)}${sizes}${u16(name.length)}${u16(0)}${name}${content}`;
    directory += `PK\x01\x02${u16(20)}${u16(20)}${u16(0)}${u16(0)}${u32(0)}${sizes}${u16(name.length)}${u16(0).repeat(4)}${u32(0)}${u32(offset)}${name}`;
  }
  const count = u16(Object.keys(members).length);
  return latin1(
    `${body}${directory}PK\x05\x06${u32(0)}${count}${count}${u32(directory.length)}${u32(body.length)}${u16(0)}`,
  );
}

const LEGACY_HEAD =
  '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00(X\x10\x00\x00\x00protocol_versionM\xe9\x03u.';

/** The pickle in today's zip, and in the older plain form. */
function files(pickle: string): Uint8Array[] {
  return [
    zip({ 'a/data.pkl': pickle, 'a/data/0': '\0'.repeat(8) }),
    latin1(`${LEGACY_HEAD}${pickle}\x80\x02].`),
  ];
}

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    await parsePytorch(bytes);
    return 'read';
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message;
  }
}

const storage = (key = '0', numel = 'K\x02', type = 'FloatStorage') =>
  `(${unicode('storage')}ctorch\n${type}\n${unicode(key)}${unicode('cpu')}${numel}tQ`;
const tensor = (parts: { storage?: string; offset?: string; size?: string; stride?: string } = {}) =>
  `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${parts.storage ?? storage()}${parts.offset ?? 'K\x00'}${parts.size ?? 'K\x02\x85'}${parts.stride ?? 'K\x01\x85'}\x89ccollections\nOrderedDict\n)RtR.`;

describe('hostile pickles', () => {
  it('reads its own honest tensor, so that the refusals below mean something', async () => {
    const [inZip] = files(tensor());
    expect(await outcome(inZip ?? new Uint8Array())).toBe('read');
  });

  it.each<[string, string, RegExp]>([
    ['os.system by GLOBAL', `cos\nsystem\n(${unicode('true')}tR.`, /"os\.system", which is not loaded/],
    [
      'posix.system by STACK_GLOBAL',
      `\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.`,
      /"posix\.system"/,
    ],
    ['builtins.eval', `\x80\x02c__builtin__\neval\n${unicode('1')}\x85R.`, /"__builtin__\.eval"/],
    ['builtins.getattr', 'cbuiltins\ngetattr\n.', /"builtins\.getattr"/],
    ['INST', "(S'true'\nios\nsystem\n.", /"os\.system"/],
    ['INST of an allowed name', '(icollections\nOrderedDict\n.', /"collections\.OrderedDict"/],
    ['OBJ', '(ccollections\nOrderedDict\no.', /"collections\.OrderedDict"/],
    ['NEWOBJ of another class', '\x80\x02csubprocess\nPopen\n)\x81.', /"subprocess\.Popen"/],
    ['NEWOBJ of an allowed function', '\x80\x02cbuiltins\nset\n)\x81.', /"builtins\.set"/],
    ['NEWOBJ of a text', '\x80\x02K\x01)\x81.', /number 1/],
    ['NEWOBJ_EX', '\x80\x04ccollections\nOrderedDict\n)}\x92.', /"collections\.OrderedDict"/],
    ['EXT1', '\x80\x02\x82\x01.', /extension 1/],
    ['EXT2', '\x80\x02\x83\x01\x01.', /extension 257/],
    ['EXT4', '\x80\x02\x84\x01\x00\x00\x00.', /extension 1/],
    ['calling a text', `\x80\x02${unicode('os.system')})R.`, /calling the text/],
    ['calling a class of storages', '\x80\x02ctorch\nFloatStorage\n)R.', /calling torch\.FloatStorage/],
    ['calling with no tuple', '\x80\x02cbuiltins\nset\nK\x01R.', /damaged/],
    ['BUILD on a dict', '\x80\x02}}b.', /setting the state of a dict/],
    ['BUILD on a list', '\x80\x02]}b.', /setting the state of a list/],
    [
      'BUILD of an OrderedDict by a list',
      '\x80\x02ccollections\nOrderedDict\n)R]b.',
      /setting the state of a dict/,
    ],
    ['BUILD on a class', '\x80\x02ccollections\nOrderedDict\n}b.', /setting the state of collections/],
    ['a dotted name', '\x80\x04\x8c\x05torch\x8c\x0bSize.__init__\x93.', /damaged|not loaded/],
    ['a module of a module', 'ctorch._utils\n_rebuild_tensor_v2.__globals__\n.', /not loaded/],
    ['a name that objects have', 'c\nconstructor\n.', /not loaded/],
    ['a class left in the result', '\x80\x02ccollections\nOrderedDict\n.', /not plain data/],
    ['a persistent id that is text', 'P0\n.', /no storage of numbers/],
    ['a persistent id that is a number', '\x80\x02K\x01Q.', /no storage of numbers/],
    [
      'a persistent id of a module',
      `\x80\x02(${unicode('module')}ccollections\nOrderedDict\nNNtQ.`,
      /no storage of numbers/,
    ],
    [
      'a storage of another class',
      `\x80\x02(${unicode('storage')}ccollections\nOrderedDict\n${unicode('0')}${unicode('cpu')}K\x02tQ.`,
      /no storage of numbers/,
    ],
    [
      'a storage whose key is a path',
      tensor({ storage: storage('../../etc/passwd') }),
      /lacks the storage|lists|no data/,
    ],
    ['an unknown protocol', '\x80\x09N.', /unknown protocol/],
    ['an unknown instruction', '\xff.', /instruction 0xff/],
    ['a giant LONG4', '\x80\x02\x8b\xff\xff\xff\x7f.', /giant integer/],
    ['a negative LONG4', '\x80\x02\x8b\xff\xff\xff\xff.', /giant integer/],
    ['a giant INT', `I${'9'.repeat(2000)}\n.`, /an integer/],
    ['a giant LONG', `L${'9'.repeat(2000)}L\n.`, /an integer/],
    ['an endless line', `I${'9'.repeat(100_000)}`, /endless line/],
    ['a giant BINUNICODE', '\x80\x02X\xff\xff\xff\xff.', /ends early/],
    ['a giant BINUNICODE8', '\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.', /ends early/],
    ['a giant BINBYTES8', '\x80\x04\x8e\x00\x00\x00\x00\x00\x01\x00\x00.', /ends early/],
    ['a bytearray', '\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00a.', /bytearray/],
    ['an out-of-band buffer', '\x80\x05\x97.', /out-of-band/],
    ['an empty stack', '\x80\x02\x85.', /empty stack/],
    ['a pop past a mark', '\x80\x02K\x01(\x85.', /empty stack/],
    ['no mark', '\x80\x02t.', /no mark/],
    ['values left over', '\x80\x02K\x01K\x02.', /left over/],
    ['a memo never written', '\x80\x02h\x05.', /remembered as 5/],
    ['a memo by a bad index', 'N g-1\n.', /damaged/],
    ['an odd number of items', '\x80\x02}(K\x01u.', /every key/],
    ['items for a list', '\x80\x02]K\x01K\x02s.', /a dict/],
    ['values for a dict', '\x80\x02}K\x01a.', /a list/],
    ['damaged text', '\x80\x02X\x01\x00\x00\x00\xff.', /damaged text/],
    ['no end', '\x80\x02N', /ends early|too|damaged|instruction/],
    ['nothing', '', /ends early|damaged|leaves|no checkpoint/],
  ])('%s: refused', async (_, pickle, message) => {
    for (const bytes of files(pickle)) expect(await outcome(bytes)).toMatch(message);
  });

  it.each<[string, string, RegExp]>([
    ['an offset beyond the storage', tensor({ offset: 'K\x01' }), /leaves its storage/],
    ['a size beyond the storage', tensor({ size: 'K\x03\x85' }), /leaves its storage/],
    ['a stride beyond the storage', tensor({ stride: 'K\x02\x85' }), /leaves its storage/],
    ['a negative size', tensor({ size: 'J\xff\xff\xff\xff\x85' }), /non-negative/],
    ['a negative stride', tensor({ stride: 'J\xff\xff\xff\xff\x85' }), /non-negative/],
    ['a negative offset', tensor({ offset: 'J\xff\xff\xff\xff' }), /a view/],
    ['a fraction as size', tensor({ size: 'G?\xe0\0\0\0\0\0\0\x85' }), /non-negative/],
    ['sizes without strides', tensor({ stride: ')' }), /1 sizes, 0 strides/],
    ['too many axes', tensor({ size: `(${'K\x01'.repeat(65)}t` }), /short list/],
    [
      'a giant expanded tensor',
      tensor({ size: 'J\xff\xff\xff\x7fJ\xff\xff\x0f\x00\x86', stride: 'K\x00K\x00\x86' }),
      /larger than the file allows/,
    ],
    [
      'an overflowing tensor',
      tensor({ size: `(${'J\xff\xff\xff\x7f'.repeat(5)}t`, stride: `(${'K\x00'.repeat(5)}t` }),
      /giant tensor/,
    ],
    [
      'a storage larger than its bytes',
      tensor({ storage: storage('0', 'J\xff\xff\xff\x7f') }),
      /another size than declared/,
    ],
    [
      'a storage of a wider type',
      tensor({ storage: storage('0', 'K\x02', 'DoubleStorage') }),
      /another size than declared/,
    ],
    ['a tensor of nothing', '\x80\x02ctorch\nFloatTensor\n)R.', /without elements/],
    ['no storage at all', tensor({ storage: 'N' }), /None/],
  ])('%s: refused', async (_, pickle, message) => {
    expect(await outcome(files(pickle)[0] ?? new Uint8Array())).toMatch(message);
  });

  it('bounds lists that repeat themselves through the memo', async () => {
    const nested = `\x80\x02]q\x00${Array.from({ length: 90 }, (_, i) => `(j${u32(i)}j${u32(i)}tr${u32(i + 1)}`).join('')}`;
    const [bytes] = files(`${nested}${Array.from({ length: 90 }, () => '\x86').join('')}.`);
    expect(await outcome(bytes ?? new Uint8Array())).toBe('read');
  });

  it('refuses a list in itself', async () => {
    expect(await outcome(files('\x80\x02]q\x00h\x00a.')[0] ?? new Uint8Array())).toMatch(/in itself/);
  });

  it('refuses deep nesting', async () => {
    expect(await outcome(files(`\x80\x02N${'\x85'.repeat(100_000)}.`)[0] ?? new Uint8Array())).toMatch(
      /nested too deeply/,
    );
  });

  it('bounds the number of instructions and of copies', async () => {
    const endless = `\x80\x02${'NN00'.repeat(300_000)}N.`;
    expect(await outcome(files(endless)[0] ?? new Uint8Array())).toMatch(/too many instructions/);
    const copies = `\x80\x02](${'K\x01'.repeat(10_000)}eq\x00${'cbuiltins\nset\nh\x00\x85R0'.repeat(1000)}N.`;
    expect(await outcome(files(copies)[0] ?? new Uint8Array())).toMatch(/too many instructions/);
  });

  it('never does more than read or refuse, whatever the instructions', async () => {
    const op = fc.oneof(
      fc.constantFrom(...'(0123FIJKLMNPQRSTUVXabcdegijlnopqrstuz}])G.'),
      fc.constantFrom(
        '\x80\x02',
        '\x81',
        '\x85',
        '\x86',
        '\x87',
        '\x88',
        '\x8a\x01\x05',
        '\x8f',
        '\x90',
        '\x91',
        '\x92',
        '\x93',
        '\x94',
      ),
      fc.constantFrom(
        'ctorch\nFloatStorage\n',
        'ccollections\nOrderedDict\n',
        'ctorch._utils\n_rebuild_tensor_v2\n',
        'cnumpy\ndtype\n',
        'cbuiltins\nset\n',
      ),
      fc.constantFrom(
        unicode('storage'),
        unicode('0'),
        unicode('cpu'),
        'K\x02',
        'q\x00',
        'h\x00',
        'K\x01\x85',
        storage(),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 40 }), async (ops) => {
        for (const bytes of files(`${ops.join('')}.`)) expect(typeof (await outcome(bytes))).toBe('string');
      }),
      { numRuns: 1500 },
    );
  });
});

describe('damaged archives', () => {
  it.each(['small.zip.pt', 'small.legacy.pt'])('%s cut at every byte: refused', async (name) => {
    const bytes = await golden(name);
    expect(await outcome(bytes)).toBe('read');
    for (let length = 0; length < bytes.byteLength; length++)
      expect(await outcome(bytes.slice(0, length))).not.toBe('read');
  });

  it('small.tar.pt cut at every byte of its members: refused', async () => {
    const bytes = await golden('small.tar.pt');
    const lastMember = Buffer.from(bytes).indexOf('storages\0') + 512;
    for (let length = 0; length < lastMember; length++)
      expect(await outcome(bytes.slice(0, length))).not.toBe('read');
  });

  it.each([
    'small.zip.pt',
    'small.legacy.pt',
    'small.tar.pt',
    'nested.protocol4.pth.tar',
    'tiny.zip.pth',
    'before-0.4.legacy.pth',
  ])('%s with flipped bits: read or refused, nothing else', async (name) => {
    const good = await golden(name);
    const flip = fc.record({ at: fc.nat(good.byteLength - 1), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 5 }), async (flips) => {
        const bytes = good.slice();
        for (const { at, bit } of flips) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        expect(typeof (await outcome(bytes))).toBe('string');
      }),
      { numRuns: 400 },
    );
  });

  it('finds every flipped bit of a stored tensor, unless told not to look', async () => {
    const bytes = await golden('small.zip.pt');
    const at = Buffer.from(bytes).indexOf(Buffer.from(new Float32Array([1, 2]).buffer));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(await outcome(bytes)).toMatch(/CRC-32/);
    await expect(parsePytorch(bytes, { checkCrc: false })).resolves.toMatchObject({ format: 'zip' });
  });

  it('refuses members that overlap, repeat, or hide elsewhere', async () => {
    const good = zip({ 'a/data.pkl': 'N.', 'a/data/0': 'xxxx' });
    expect(await outcome(good)).toBe('read');
    const directory = Buffer.from(good).indexOf('PK\x01\x02');
    const second = Buffer.from(good).indexOf('PK\x01\x02', directory + 4);
    const overlap = good.slice();
    overlap.set(good.subarray(directory + 42, directory + 46), second + 42);
    expect(await outcome(overlap)).toMatch(/overlaps|damaged/);
    const far = good.slice();
    far.set([0xff, 0xff, 0xff, 0x7f], second + 42);
    expect(await outcome(far)).toMatch(/ends early|leaves/);
    const grown = good.slice();
    for (const field of [20, 24]) grown.set([0xff, 0xff, 0xff, 0x7f], second + field);
    expect(await outcome(grown)).toMatch(/leaves the archive/);
    const encrypted = good.slice();
    encrypted[second + 8] = 1;
    expect(await outcome(encrypted)).toMatch(/encrypted/);
    const many = good.slice();
    many.set([0xff, 0x7f], good.byteLength - 12);
    expect(await outcome(many)).toMatch(/directory is damaged/);
  });

  it.each<[string, string, string, RegExp]>([
    ['a wrong protocol number', '\xe9\x03.\x80\x02}', '\xe8\x03.\x80\x02}', /unknown protocol/],
    ['a list of storages that is none', ']', 'N', /lacks the list/],
  ])('legacy: refuses %s', async (_, from, to, message) => {
    const head = LEGACY_HEAD.replace(from, to);
    const keys = to === 'N' ? 'N.' : '].';
    expect(await outcome(latin1(`${head}\x80\x02N.\x80\x02${keys}`))).toMatch(message);
  });

  it('legacy: refuses storages that are listed wrongly or have another size', async () => {
    const value = tensor();
    const i64 = (count: number) => `${u32(count)}${u32(0)}`;
    const data = '\0'.repeat(8);
    const file = (keys: string, rest: string) => latin1(`${LEGACY_HEAD}${value}\x80\x02](${keys}e.${rest}`);
    const zero = unicode('0');
    expect(await outcome(file(zero, `${i64(2)}${data}`))).toBe('read');
    expect(await outcome(file(zero, `${i64(1)}${data}`))).toMatch(/another size than declared/);
    expect(await outcome(file(zero, `${i64(2)}${data.slice(1)}`))).toMatch(/ends early/);
    expect(await outcome(file(zero + zero, `${i64(2)}${data}${i64(2)}${data}`))).toMatch(/wrongly/);
    expect(await outcome(file(unicode('1'), `${i64(2)}${data}`))).toMatch(/wrongly/);
    expect(await outcome(file('', ''))).toMatch(/lacks the storage/);
    expect(await outcome(file('K\x01', ''))).toMatch(/wrongly/);
    expect(await outcome(file(zero, `${u32(2)}${u32(0x7fffffff)}${data}`))).toMatch(/damaged count/);
    expect(await outcome(file(zero, `${u32(-2)}${u32(-1)}${data}`))).toMatch(/damaged count/);
  });

  it('tar: refuses tensors that leave their storage, and members that leave the file', async () => {
    const good = await golden('small.tar.pt');
    const spoil = async (member: string, at: number, value: number[]) => {
      const bytes = good.slice();
      const offset = Buffer.from(bytes).indexOf(`${member}\0`);
      bytes.set(value, offset + at);
      return outcome(bytes);
    };
    const end = 512 + 70;
    const tensors = Buffer.from(good).indexOf('tensors\0') + 512;
    const axes =
      Buffer.from(good).indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]), tensors) - tensors + 512;
    expect(axes).toBeLessThan(end + 512);
    expect(await spoil('tensors', axes, [99])).toMatch(/99 axes/);
    expect(await spoil('tensors', axes, [0xff, 0xff, 0xff, 0xff])).toMatch(/-1 axes/);
    expect(await spoil('tensors', axes + 8, [3])).toMatch(/leaves its storage/);
    expect(await spoil('tensors', axes + 24, [1])).toMatch(/leaves its storage/);
    expect(await spoil('storages', 124, [0x37, 0x37, 0x37])).toMatch(/tar archive is damaged/);
  });

  it('refuses archives that are no checkpoint', async () => {
    expect(await outcome(zip({ 'readme.txt': 'hello' }))).toMatch(/no checkpoint/);
    expect(await outcome(zip({ 'a/data.pkl': 'N.', 'b/data.pkl': 'N.' }))).toMatch(/no checkpoint/);
    expect(await outcome(zip({ 'a/data.pkl': 'N.', 'a/constants.pkl': 'N.' }))).toMatch(/TorchScript/);
    expect(await outcome(latin1('\x80\x02}.'))).toMatch(/not one of PyTorch/);
    expect(await outcome(latin1('<!DOCTYPE html>'))).toMatch(/web page/);
    expect(await outcome(latin1('version https://git-lfs.github.com/spec/v1'))).toMatch(/Git LFS/);
    expect(await outcome(new Uint8Array())).toMatch(/empty file/);
    const tar = await golden('small.tar.pt');
    tar.set(latin1('other\0\0\0'), Buffer.from(tar).indexOf('storages\0'));
    expect(await outcome(tar)).toMatch(/damaged|no checkpoint/);
  });

  it('refuses a pickle longer than allowed', async () => {
    const [inZip, plain] = files(`\x80\x02${unicode('x'.repeat(5000))}.`);
    await expect(parsePytorch(inZip ?? new Uint8Array(), { maxPickleBytes: 1000 })).rejects.toThrow(
      /too long/,
    );
    await expect(parsePytorch(plain ?? new Uint8Array(), { maxPickleBytes: 1000 })).rejects.toThrow(
      /ends early/,
    );
  });
});
