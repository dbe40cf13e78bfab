/**
 * Reads vitest's JSON report and prints "PASSED FAILED SKIPPED", then for each failed test, or file that did not load,
 * its file and full name and, for the first of them, the first lines of its message.
 *
 *   node .ci/count-tests.mjs REPORT.json
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MESSAGES = 12;
const MESSAGE_LINES = 3;
const MESSAGE_WIDTH = 240;
/** What vitest's report has in place of "Test timed out in … ms". */
const NO_MESSAGE = 'STACK_TRACE_ERROR';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failures = report.testResults.flatMap((file) => {
  const path = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0 && file.status === 'failed') {
    return [{ title: `${path}: the file failed`, message: file.message }];
  }
  return failed.map((test) => ({
    title: `${path} > ${test.fullName} (${Math.round(test.duration ?? 0)} ms)`,
    message: test.failureMessages?.join('\n').replace(NO_MESSAGE, 'timed out'),
  }));
});

console.log(report.numPassedTests, failures.length, report.numPendingTests + report.numTodoTests);
for (const [index, { title, message }] of failures.entries()) {
  console.log(title);
  if (index < MESSAGES) console.log(firstLines(message ?? '').join('\n'));
}

function firstLines(message) {
  return stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, MESSAGE_LINES)
    .map((line) => `    ${line.trim().slice(0, MESSAGE_WIDTH)}`);
}
