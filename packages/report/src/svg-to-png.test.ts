import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { isUserError } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { svgToPng } from './svg-to-png.js';

const text = (letters: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" font-family="system-ui, sans-serif" fill="currentColor"><text x="5" y="28" font-size="20">${letters}</text></svg>`;

const pixelsOf = (png: Buffer, width: number, height: number): Uint8Array =>
  new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" href="data:image/png;base64,${png.toString('base64')}"/></svg>`,
  ).render().pixels;

describe('svgToPng', () => {
  it('sets text in the font that comes along, system fonts or none', () => {
    const png = svgToPng(text('Epoch'), { scale: 1, padding: 0 });
    const fontFile = createRequire(import.meta.url).resolve(
      '@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf',
    );
    const withoutSystem = new Resvg(text('Epoch'), {
      background: 'white',
      font: {
        fontFiles: [fontFile],
        loadSystemFonts: false,
        defaultFontFamily: 'Open Sans',
        sansSerifFamily: 'Open Sans',
      },
    }).render();
    const pixels = pixelsOf(png, 120, 40);
    expect(Buffer.compare(Buffer.from(pixels), withoutSystem.pixels)).toBe(0);
    const dark = [...pixels].filter((value, i) => i % 4 === 0 && value < 128).length;
    expect(dark).toBeGreaterThan(100);
  });

  it('adds padding and scale', () => {
    const png = svgToPng(text('x'), { scale: 2, padding: 10 });
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([280, 120]);
  });

  it('leaves the background out where asked', () => {
    const alpha = pixelsOf(
      svgToPng(text('x'), { scale: 1, padding: 0, background: 'transparent' }),
      120,
      40,
    )[3];
    expect(alpha).toBe(0);
  });

  it('refuses what is no SVG', () => {
    for (const broken of [
      '',
      'hello',
      '<svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"><g></svg>',
    ]) {
      try {
        svgToPng(broken);
        expect.unreachable(broken);
      } catch (error) {
        expect(isUserError(error)).toBe(true);
      }
    }
  });
});
