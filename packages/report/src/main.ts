import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isUserError, UserError } from '@syn2real/core';
import { tsneAvailable } from './embedding/embed.js';
import { reportRuns } from './from-runs/report-runs.js';

const help = `Usage: syn2real-report RUN… [options]

One self-contained HTML page from run folders alone, of any app: tables, curves, bars by
class, confusion matrices, examples, embeddings; each where the runs have what it needs.

Arguments:
  RUN                 folders of finished runs, or of policies' trainings

Options:
  --out FILE          the page (default: report.html)
  --title TEXT        its heading (default: Report)
  --intro TEXT        what was compared, on which data
  --embedding METHOD  layout of stored features: tsne, umap or none (default: tsne; umap
                      where @saehrimnir/druidjs is not installed)
  --samples N         most rows of the grid of examples (default: 8)
  --debug             print stack traces
  --help              this text

Example:
  syn2real-report runs/naive-0 runs/asg-0 --out report.html --title 'Printed to handwritten'
`;

/** The program `syn2real-report`: its arguments in, its exit code out. 1 is an error that was explained on stderr. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    const plain = error instanceof Error ? error.message : String(error);
    const shown = args.includes('--debug') ? (stack ?? plain) : plain;
    const unexpected = isUserError(error) ? '' : '\n  This was not expected. Run it again with --debug.';
    process.stderr.write(`error: ${shown}${unexpected}\n`);
    return 1;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help || args.length === 0) {
    process.stdout.write(help);
    return;
  }
  const embedding = values.embedding ?? (tsneAvailable() ? 'tsne' : 'umap');
  const samples = Number(values.samples ?? 8);
  const faults = [
    positionals.length === 0 && 'no run folder',
    !isEmbedding(embedding) && `--embedding ${embedding}: tsne, umap or none`,
    !(Number.isInteger(samples) && samples >= 0) && `--samples ${values.samples}: a whole number from 0`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0 || !isEmbedding(embedding)) throw usage(faults.join('; '));
  const { out, title, intro } = values;
  await reportRuns(positionals, { out, title, intro, embedding, samples });
  process.stderr.write(`report: ${out} (${Math.ceil(statSync(out).size / 1000)} kB)\n`);
}

const isEmbedding = (value: string): value is 'tsne' | 'umap' | 'none' =>
  ['tsne', 'umap', 'none'].includes(value);

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', default: 'report.html' },
        title: { type: 'string', default: 'Report' },
        intro: { type: 'string' },
        embedding: { type: 'string' },
        samples: { type: 'string' },
        debug: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause));
  }
}

const usage = (got: string): UserError =>
  new UserError({
    what: 'the command line cannot be understood',
    got,
    expected:
      'syn2real-report RUN… [--out FILE] [--title TEXT] [--intro TEXT] [--embedding METHOD] [--samples N]',
    fix: 'see syn2real-report --help',
  });
