#!/usr/bin/env node
import { runAsProcess } from '@syn2real/cli';
import { main } from './main.js';

await runAsProcess(main);
