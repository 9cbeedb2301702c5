/**
 * The viewer's own style sheet, adopted by its shadow root: a constructed sheet needs no `unsafe-inline` in a page's
 * Content-Security-Policy. A page sets the `--counterfoil-…` properties; everything else is the viewer's.
 */
export const STYLES = `
:host {
  display: block;
  color-scheme: light dark;
  --_text: var(--counterfoil-text, light-dark(#1b2430, #e4e8ee));
  --_muted: var(--counterfoil-muted, light-dark(#566173, #9ca8b8));
  --_background: var(--counterfoil-background, light-dark(#ffffff, #14181f));
  --_raised: var(--counterfoil-raised, light-dark(#f5f7f9, #1c222b));
  --_border: var(--counterfoil-border, light-dark(#d9dee5, #333c49));
  --_control: light-dark(#7d8898, #758194);
  --_accent: var(--counterfoil-accent, light-dark(#1a5fb4, #7ab4ff));
  --_on-accent: var(--counterfoil-on-accent, light-dark(#ffffff, #0c1829));
  --_added: light-dark(#e3f4e8, #16341f);
  --_removed: light-dark(#fdeaea, #43201f);
  --_radius: var(--counterfoil-radius, 6px);
  --_mono: var(--counterfoil-mono, ui-monospace, 'SF Mono', Menlo, Consolas, monospace);
  container: viewer / inline-size;
  color: var(--_text);
  background: var(--_background);
  font: 400 14px/1.45 var(--counterfoil-font, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
}
:host([theme='light']) { color-scheme: light; }
:host([theme='dark']) { color-scheme: dark; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.viewer { border: 1px solid var(--_border); border-radius: var(--_radius); overflow: hidden; background: inherit; }

form { display: flex; flex-wrap: wrap; gap: 8px; padding: 12px; border-bottom: 1px solid var(--_border); margin: 0; }
.grow { flex: 1 1 220px; min-width: 0; }
label { display: flex; flex-direction: column; gap: 2px; font-size: 12px; color: var(--_muted); }
form > button { align-self: end; }
input, select, button { font: inherit; font-size: 14px; color: var(--_text); min-height: 34px; min-width: 0; }
input, select {
  background: var(--_background); border: 1px solid var(--_control); border-radius: var(--_radius); padding: 4px 10px;
}
button {
  background: var(--_background); border: 1px solid var(--_control); border-radius: var(--_radius); padding: 4px 14px; cursor: pointer;
}
button:hover { background: var(--_raised); }
button.main { background: var(--_accent); border-color: var(--_accent); color: var(--_on-accent); font-weight: 600; }
button.main:hover { filter: brightness(1.08); }
button:disabled { color: var(--_muted); border-color: var(--_border); cursor: default; }
button.quiet { min-height: 28px; font-size: 13px; padding: 2px 10px; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
input[aria-invalid='true'] { border-color: light-dark(#b3261e, #ff8a80); }
.problem { margin: 0; padding: 8px 12px; background: var(--_removed); border-bottom: 1px solid var(--_border); }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 6px 12px; color: var(--_muted); font-size: 13px; }
.bar p { margin: 0; flex: 1 1 auto; }
.pager { display: flex; gap: 8px; }

.table { width: 100%; border-collapse: collapse; text-align: left; }
.table > thead td { background: var(--_raised); border-block: 1px solid var(--_border); }
.table > thead th {
  font-weight: 600; font-size: 12px; color: var(--_muted); background: var(--_raised);
  padding: 6px 12px; border-block: 1px solid var(--_border); white-space: nowrap;
}
.table > tbody > tr > td { padding: 7px 12px; border-bottom: 1px solid var(--_border); vertical-align: top; overflow-wrap: anywhere; }
.table > tbody > tr.entry { cursor: pointer; }
.table > tbody > tr.entry:hover { background: var(--_raised); }
.table > tbody > tr.open { background: var(--_raised); }
.table > tbody > tr:last-child > td { border-bottom: 0; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.ip_address { font-variant-numeric: tabular-nums; min-width: 9em; }
td.action { min-width: 11em; }
.toggle { width: 36px; padding: 3px 0 3px 8px !important; }
.toggle button { min-height: 28px; width: 28px; padding: 0; border-color: transparent; background: transparent; color: var(--_muted); }
.toggle button:hover { border-color: var(--_control); }
.toggle svg { display: block; margin: auto; transition: transform 0.12s; }
.open .toggle svg { transform: rotate(90deg); }
@media (prefers-reduced-motion: reduce) { .toggle svg { transition: none; } }
.two-lines { display: block; }
.two-lines small { display: block; color: var(--_muted); font-size: 12px; }
.tagged { display: flex; flex-wrap: wrap; gap: 2px 6px; align-items: baseline; }
code, pre, .changes td, .changes th { font-family: var(--_mono); font-size: 12.5px; }
.badge {
  display: inline-block; font-size: 11.5px; line-height: 1.5; padding: 0 7px; border-radius: 99px; white-space: nowrap;
  color: light-dark(#46515f, #c0cad6); background: light-dark(#e9edf1, #2c3541);
}
.badge[data-value='warning'] { color: light-dark(#6b4700, #ffd27a); background: light-dark(#fdf0d3, #40320f); }
.badge:is([data-value='error'], [data-value='critical'], [data-value='failure'], [data-value='denied']) {
  color: light-dark(#8f1d16, #ffb4ab); background: light-dark(#fde7e5, #4a211e);
}
.badge[data-value='security'] { color: light-dark(#5b2a86, #dcbfff); background: light-dark(#f1e6fb, #38234d); }
.badge:is([data-value='notice']) { color: light-dark(#114b86, #b6d5ff); background: light-dark(#e3effc, #1c3450); }

.details { padding: 4px 12px 12px 36px; min-width: 0; }
.sentence { font-size: 15px; font-weight: 600; margin: 4px 0 10px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(260px, 100%), 1fr)); gap: 8px 20px; margin: 0; }
dt { font-size: 12px; color: var(--_muted); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; }
.details h2 { font-size: 13px; margin: 18px 0 6px; }
pre {
  margin: 0; padding: 10px 12px; background: var(--_background); border: 1px solid var(--_border);
  border-radius: var(--_radius); overflow: auto; max-height: 320px; white-space: pre-wrap; overflow-wrap: anywhere;
}
.scroll { overflow-x: auto; border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_background); }
.changes { border-collapse: collapse; width: 100%; text-align: left; }
.changes th, .changes td { padding: 5px 10px; border-bottom: 1px solid var(--_border); vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; }
.changes thead th { font: 600 12px/1.4 inherit; color: var(--_muted); font-family: inherit; }
.changes tbody tr:last-child > * { border-bottom: 0; }
.changes th[scope='row'] { font-weight: 400; min-width: 90px; }
del, ins { text-decoration: none; border-radius: 3px; padding: 1px 4px; }
del { background: var(--_removed); }
ins { background: var(--_added); }
.muted { color: var(--_muted); }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 14px 0 0; }

.state { padding: 44px 20px; text-align: center; }
.state h2 { font-size: 16px; margin: 0 0 6px; }
.state p { margin: 0 auto 14px; max-width: 46ch; color: var(--_muted); }
.busy .table { opacity: 0.55; }
.skeleton { display: block; height: 12px; border-radius: 4px; background: var(--_border); opacity: 0.7; }

@container viewer (max-width: 620px) {
  .table, .table > tbody, .table > tbody > tr, .table > tbody > tr > td { display: block; }
  .table > thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .table > tbody > tr { position: relative; border-bottom: 1px solid var(--_border); padding: 8px 0; }
  .table > tbody > tr.below { padding: 0; }
  .table > tbody > tr > td { border: 0; padding: 2px 12px; min-width: 0; }
  .table > tbody > tr.entry > td[data-label] { display: grid; grid-template-columns: 76px minmax(0, 1fr); gap: 8px; }
  .table > tbody > tr.entry > td.toggle + td { padding-right: 44px; }
  .table > tbody > tr.entry > td[data-label]::before { content: attr(data-label); color: var(--_muted); font-size: 12px; line-height: 20px; }
  .table > tbody > tr > td.toggle { position: absolute; right: 6px; top: 4px; }
  .details { padding: 4px 12px 12px; }
  form > * { flex: 1 1 100%; }
  form > button { flex: 1 1 auto; }
}
@media print { form, .pager, .toggle, .actions { display: none !important; } .viewer { border: 0; overflow: visible; } }
`
