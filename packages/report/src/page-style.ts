import { palette } from './palette.js';

const keys = (colors: readonly string[]): string =>
  colors.map((color, i) => `.series-${i}{background:${color}}`).join('');

/** The report's style sheet: light and dark, from a phone's width up, no file from elsewhere. */
export const pageStyle = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--muted:#57606a;--line:#d8dee4;--wash:#f6f8fa;--shade:#0002;--accent:#0a5fb4}
@media (prefers-color-scheme:dark){:root{--page:#14171c;--ink:#e6e9ed;--muted:#9aa4af;--line:#303740;--wash:#1b2027;--shade:#0009;--accent:#79b8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main,header,footer{max-width:1128px;margin:0 auto;padding:0 24px}
header{padding-top:44px}
h1{margin:0;font-size:clamp(1.6rem,1.2rem + 1.6vw,2.2rem);line-height:1.2;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
h2{margin:44px 0 12px;font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.005em}
h3{margin:24px 0 8px;font-size:1rem;font-weight:600}
p{margin:0 0 12px;max-width:46rem}
.result{margin:14px 0 0;font-size:1.125rem;line-height:1.5}
.intro{margin-top:12px;color:var(--muted)}
.intro p:last-child{margin-bottom:0}
.results{margin-top:28px}
figure{margin:0}
figcaption{margin-top:8px;max-width:46rem;color:var(--muted);font-size:.875rem;line-height:1.5}
.scroll{overflow-x:auto;outline-offset:2px;background:linear-gradient(to left,var(--page) 30%,transparent) right/48px 100% no-repeat local,linear-gradient(to left,var(--shade),transparent) right/12px 100% no-repeat scroll}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{padding:8px 12px;border-bottom:1px solid var(--line);text-align:left;vertical-align:baseline;white-space:nowrap}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{white-space:normal;min-width:5rem;border-bottom-color:var(--muted);vertical-align:bottom;font-weight:600;font-size:.9375rem}
thead small{display:block;min-width:5.6rem;font-weight:400;font-size:.8125rem;line-height:1.35;color:var(--muted);white-space:normal;text-wrap:balance}
tbody th{font-weight:400;white-space:normal;overflow-wrap:anywhere}
th:first-child{position:sticky;left:0;background:var(--page)}
.results thead th{white-space:nowrap}
.results th:first-child{min-width:13rem}
.results tbody th{padding-left:1.3em}
tbody tr:last-child>*{border-bottom-color:var(--muted)}
.right{text-align:right}
td.apart{color:var(--muted)}
.key{display:inline-block;width:.7em;height:.7em;margin:0 .6em 0 -1.3em;border-radius:2px}
${keys(palette.light)}
@media (prefers-color-scheme:dark){${keys(palette.dark)}}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:28px 40px}
.figures>*{min-width:0}
.plot svg{display:block;width:100%;max-width:620px;height:auto;overflow:visible}
details{margin:0;font-size:.9375rem}
summary{cursor:pointer;padding:6px 0;color:var(--ink)}
summary:hover{color:var(--accent)}
figure+details{margin-top:6px;font-size:.875rem}
figure+details summary{color:var(--muted)}
.runs>details{border-bottom:1px solid var(--line)}
.runs>details:first-child{border-top:1px solid var(--line)}
.runs summary .muted,.muted{color:var(--muted)}
.runs dl{margin:4px 0 14px;display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 18px}
dt{color:var(--muted)}
dd{margin:0;min-width:0}
pre{margin:0;padding:10px 12px;max-height:22rem;overflow:auto;background:var(--wash);border-radius:6px;font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap}
.sheet{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(72px,1fr));gap:12px 10px}
.sheet.wide{grid-template-columns:1fr}
.sheet li{min-width:0;font-size:.8125rem;line-height:1.3;color:var(--muted);text-align:center}
.sheet.wide li{text-align:left}
.sheet img{display:block;width:100%;height:auto;margin-bottom:4px;border-radius:4px;background:#fff}
.sheet.wide img{width:auto;max-width:100%}
.classes{display:flex;flex-wrap:wrap;gap:6px}
.classes button{display:inline-flex;align-items:center;gap:6px;padding:4px 10px;border:1px solid var(--line);border-radius:14px;background:var(--wash);color:var(--ink);font:inherit;font-size:.875rem;cursor:pointer}
.classes button[aria-pressed=false]{opacity:.5;text-decoration:line-through}
.classes button:focus-visible{outline:2px solid var(--accent)}
.pointed{margin:8px 0;min-height:1.55em;font-weight:600}
.panel svg{touch-action:pan-y}
.grid table{width:auto}
.grid th,.grid td{padding:4px 6px 4px 0;border:0;text-align:center;vertical-align:top;font-size:.875rem}
.grid th:first-child{position:static}
.grid img{display:block;width:auto;height:auto;max-width:min(300px,60vw);min-width:96px;image-rendering:auto;border-radius:3px}
.colours{display:flex;flex-wrap:wrap;gap:4px 14px}
.colours svg{margin-right:6px}
footer{padding-top:20px;padding-bottom:44px;margin-top:44px;color:var(--muted);font-size:.875rem}
footer p{margin:0}
@media (max-width:520px){main,header,footer{padding-left:16px;padding-right:16px}header{padding-top:26px}.runs dl{grid-template-columns:minmax(0,1fr)}.runs dd{margin-bottom:6px}table{font-size:.9375rem}th,td{padding:7px 9px}.results thead th{white-space:nowrap}
.results th:first-child{min-width:8.5rem}}
@media print{.scroll,pre{overflow:visible;max-height:none}}
`;
