export { type OptionValues, option } from '@syn2real/cli';
