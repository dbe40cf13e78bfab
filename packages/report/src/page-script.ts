import { createHash } from 'node:crypto';

/**
 * The page's only script: class buttons and pointing at points, for embeddings. Fixed text, allowed by its hash; it reads
 * nothing but the page and writes text and attributes only.
 */
export const pageScript = `
for (const root of document.querySelectorAll('.embedding')) {
  const buttons = [...root.querySelectorAll('[data-toggle]')];
  const told = root.querySelector('.pointed');
  const nameOf = new Map(buttons.map((b) => [b.dataset.toggle, b.textContent]));
  const hidden = new Set();
  const marked = (key) => root.querySelectorAll('.points [data-class="' + key + '"],.halo [data-class="' + key + '"]');
  const show = (key, on) => {
    if (on) hidden.delete(key); else hidden.add(key);
    for (const e of marked(key)) e.style.display = on ? '' : 'none';
    for (const b of buttons) if (b.dataset.toggle === key) b.setAttribute('aria-pressed', String(on));
  };
  for (const b of buttons) {
    const key = b.dataset.toggle;
    b.addEventListener('click', () => show(key, hidden.has(key)));
    b.addEventListener('dblclick', () => {
      const alone = buttons.every((o) => o === b || hidden.has(o.dataset.toggle));
      for (const o of buttons) show(o.dataset.toggle, alone || o === b);
    });
  }
  const dim = (key) => {
    for (const e of root.querySelectorAll('.points [data-class]')) e.style.opacity = key === undefined || e.dataset.class === key ? '' : '0.15';
  };
  for (const svg of root.querySelectorAll('.panel svg')) {
    const points = [...svg.querySelectorAll('.points [data-class]')].flatMap((path) =>
      path.getAttribute('d').slice(1).split('M').map((at) => {
        const [x, y] = at.split('h')[0].split(',').map(Number);
        return { x, y, key: path.dataset.class };
      }));
    const point = (event) => {
      const matrix = svg.getScreenCTM();
      if (!matrix) return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      let best; let least = 144;
      for (const p of points) {
        const square = (p.x - at.x) ** 2 + (p.y - at.y) ** 2;
        if (square < least && !hidden.has(p.key)) { best = p; least = square; }
      }
      dim(best && best.key);
      told.textContent = best ? (nameOf.get(best.key) ?? 'unknown class') : '\\u00a0';
    };
    svg.addEventListener('pointermove', point);
    svg.addEventListener('pointerdown', point);
    svg.addEventListener('pointerleave', () => { dim(undefined); told.textContent = '\\u00a0'; });
  }
}
`;

/** The script's hash, as a content security policy names it. */
export const pageScriptHash = `'sha256-${createHash('sha256').update(pageScript).digest('base64')}'`;
