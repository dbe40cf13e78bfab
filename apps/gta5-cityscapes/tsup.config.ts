import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

export default defineConfig(base(['src/index.ts', 'src/cli.ts']));
