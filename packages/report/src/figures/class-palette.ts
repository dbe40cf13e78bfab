import { darkRules } from '../palette.js';

/**
 * Twelve colours for classes on a light and on a dark page, hues all around, lightness alternating, each with a contrast of at
 * least 3 : 1 against its page. Colour cannot tell so many apart for every reader: points differ by shape too, and the figure's
 * interactive form shows one class at a time.
 */
const light = [
  '#c62f3b',
  '#e0701a',
  '#8f6400',
  '#7d9200',
  '#1d7a2e',
  '#0f9d80',
  '#076f86',
  '#2b8fdb',
  '#3350b8',
  '#8a6fe8',
  '#8a2a9b',
  '#dc5fa5',
];
const dark = [
  '#ff7b80',
  '#ffa662',
  '#c79a3a',
  '#d3e06a',
  '#5cb868',
  '#7ff0d0',
  '#4fb3c9',
  '#93cdff',
  '#7f9bff',
  '#c9b8ff',
  '#c473d6',
  '#ffaad6',
];

/** The classes' colours, for tests of contrast. */
export const classColors = { light, dark };

/** A class's colour on a light page; from the thirteenth on they repeat. */
export const classColor = (index: number): string => light[index % light.length]!;

/** Square points for every second class, and the other way round from the thirteenth class on. */
export const squarePoints = (index: number): boolean => (index + Math.floor(index / light.length)) % 2 === 1;

/** Style rules that turn the classes' colours dark. */
export const darkClassRules = (scope: string): string => darkRules(scope, light, dark);
