#!/usr/bin/env node
import { main } from './main.js';

if (process.channel) {
  // A suite's process ends with the suite, in good order.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
process.exitCode = await main(process.argv.slice(2));
