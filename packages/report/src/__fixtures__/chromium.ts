import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether there is a browser; where not, says loudly that tests are skipped. */
export function chromiumAvailable(): boolean {
  const available = existsSync(executablePath);
  if (!available) {
    console.warn(
      `SKIPPED: the report is not opened in a browser: there is no ${executablePath}. Install Chromium, or set CHROMIUM to its path.`,
    );
  }
  return available;
}

/** Where screenshots are kept: a folder that git ignores. */
export function screenshotFolder(): string {
  const folder = process.env.SYN2REAL_SCREENSHOTS ?? fileURLToPath(new URL('../../screens/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return folder;
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Visit {
  page: Page;
  /** Errors and warnings of the console, and of scripts. */
  complaints: string[];
  /** What was asked for beside what the page carries itself. */
  requests: string[];
}

/** Opens a page without a network and notes what it complains of and asks for. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.goto(url, { waitUntil: 'load' });
  return { page, complaints, requests };
}
