import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { html, trustedHtml } from './html.js';

describe('html', () => {
  it('escapes values and leaves markup', () => {
    expect(html`<p title="${'"\'&'}">${'<b>'}${html`<i>${1}</i>`}${trustedHtml('<hr>')}</p>`.markup).toBe(
      '<p title="&quot;&#39;&amp;">&lt;b&gt;<i>1</i><hr></p>',
    );
  });

  it('prints lists in a row and nothing for empty values', () => {
    expect(html`${[1, 'a', [html`<br>`]]}${null}${undefined}${false}${''}${0}`.markup).toBe('1a<br>0');
  });

  it('takes no look-alike of markup as markup', () => {
    const forged: unknown = JSON.parse('{"markup":"<script>"}');
    expect(html`${String(forged)}`.markup).not.toContain('<script>');
  });

  it('keeps any string one text node and one attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { document } = parseHTML(
          `<html><body>${html`<p title="${text}">${text}</p>`.markup}</body></html>`,
        );
        const p = document.querySelector('p');
        expect(document.body.children).toHaveLength(1);
        expect(p?.children).toHaveLength(0);
        expect(p?.attributes).toHaveLength(1);
      }),
    );
  });
});
